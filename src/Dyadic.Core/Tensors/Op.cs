using System.Text;
using Dyadic.Runtime.Steps;

namespace Dyadic;

/// <summary>
/// An operation on tensors: an immutable record whose members are its attributes. The same record is on the tape, in a graph and after
/// import; record equality serves common-subexpression elimination, <c>ToString</c> the dumps. Array-like attributes use
/// <see cref="Dims"/> and <see cref="Shape"/>, which compare by value.
/// </summary>
public abstract record Op
{
    /// <summary>The name in listings and errors.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>False for ops whose outputs do not depend smoothly on any input (comparisons, arg-max, casts to integers).</summary>
    public virtual bool IsDifferentiable => true;

    /// <summary>True for ops whose gradient is by definition not the derivative, such as one straight through a rounding.</summary>
    public virtual bool HasSurrogateGradient => false;

    /// <summary>Nothing: the text of an op shows its attributes, not what follows from its type.</summary>
    protected virtual bool PrintMembers(StringBuilder builder) => false;

    /// <summary>The types of the outputs. Shapes may be symbolic.</summary>
    /// <exception cref="ShapeException">The inputs do not fit; the message names the op and the shapes.</exception>
    public abstract TensorType[] Infer(ReadOnlySpan<TensorType> inputs);

    /// <summary>The step that computes this op on contiguous views of the given types: the forward pass, both eagerly and in a plan.</summary>
    public abstract Step Lower(ReadOnlySpan<TensorType> inputs);

    /// <summary>Multiply-adds of the forward pass where each element costs more than a few operations, such as those of a product; else 0.</summary>
    /// <param name="inputs">Types that fit, of known shapes.</param>
    public virtual double Operations(ReadOnlySpan<TensorType> inputs) => 0;

    /// <summary>
    /// The gradients of the inputs, written in tensor ops so that they differentiate again; null where an input has none.
    /// </summary>
    /// <exception cref="NotSupportedException">The op has no gradient.</exception>
    public virtual Tensor?[] Gradient(GradientContext context) => throw new NotSupportedException($"{Name} has no gradient.");

    /// <summary>Runs the op: infers the shapes, allocates the outputs and runs the step. Ops that only re-view memory override it.</summary>
    public virtual Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in Kernels.ExecutionMode mode)
    {
        TensorType[] types = TypesOf(inputs);
        TensorType[] outputTypes = Infer(types);
        return RunStep(Lower(types), inputs, outputTypes, mode);
    }

    /// <summary>The types of tensors.</summary>
    protected internal static TensorType[] TypesOf(ReadOnlySpan<Tensor> tensors)
    {
        var types = new TensorType[tensors.Length];
        for (int i = 0; i < types.Length; i++) types[i] = tensors[i].TensorType;
        return types;
    }

    /// <summary>Allocates outputs of the given types and runs <paramref name="step"/> on contiguous copies or views of the inputs.</summary>
    protected internal static Tensor[] RunStep(Step step, ReadOnlySpan<Tensor> inputs, ReadOnlySpan<TensorType> outputTypes, in Kernels.ExecutionMode mode)
    {
        if (PixelSteps.Of(step, inputs) is { } pixels) return PixelSteps.Run(pixels, inputs, outputTypes, mode);
        var sources = new Tensor[inputs.Length];
        var inputViews = new Runtime.TensorView[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            sources[i] = inputs[i].ToContiguous();
            inputViews[i] = sources[i].View();
        }
        var outputs = new Tensor[outputTypes.Length];
        var outputViews = new Runtime.TensorView[outputs.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i] = Tensor.Empty(outputTypes[i].Shape, outputTypes[i].Type);
            outputViews[i] = outputs[i].View();
        }
        step.Run(inputViews, outputViews, mode);
        GC.KeepAlive(sources);   // the views are plain pointers: nothing may be collected while the step runs
        GC.KeepAlive(outputs);
        return outputs;
    }
}
