using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = x converted to another element type; see <see cref="CastStep"/> for the rules. Gradients pass between floating-point types.</summary>
/// <remarks>
/// Floats become text with the fewest digits that give them back, plain from 10⁻⁴ to below 10¹⁶ and scientific beyond ("1.5e-05"), as NumPy prints them, or "NaN", "INF"
/// and "-INF"; truth values "True" and "False". Plain and scientific numbers are read, and those words in any case; a fraction is cut where an integer is wanted. Text that
/// is no number, or none of that type, is a <see cref="PrecisionException"/>.
/// </remarks>
/// <param name="To">The element type of y.</param>
/// <param name="Saturate">Whether what is too large for a float of 8 bits becomes its largest value; else infinity, or NaN where there is none.</param>
public sealed record Cast(DType To, bool Saturate = true) : Op, IStringOp
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => To.IsFloat();

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => [new(To, inputs[0].Shape)];

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new CastStep(Saturate);

    bool IStringOp.MakesStrings => To == DType.String;

    Tensor[] IStringOp.Run(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode) =>
        [To != DType.String ? NumberText.Read(inputs[0], To, Saturate) : inputs[0].Type == DType.String ? inputs[0].Detach() : NumberText.Write(inputs[0])];

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.Cast(context.Inputs[0].Type)];
}

/// <summary>Conversion between element types.</summary>
public static class CastExtensions
{
    extension(Tensor x)
    {
        /// <summary>x converted to <paramref name="type"/>; x itself when it has that type.</summary>
        public Tensor Cast(DType type) => x.Type == type ? x : x.Apply(new Cast(type));
    }
}
