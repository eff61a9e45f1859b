using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Emulated;

namespace Dyadic.Arithmetics;

/// <summary>Variable precision and Monte Carlo arithmetic: an op that only moves or compares values runs as it is, every other one operation by operation.</summary>
/// <remarks>Ops are numbered in the order in which they are run, and random numbers depend on that number: use one instance from one thread at a time.</remarks>
/// <param name="name">As it is printed.</param>
/// <param name="isStochastic">Whether random numbers are drawn.</param>
/// <param name="step">The operations of a training step; without training, of step 0.</param>
internal sealed class EmulatedArithmetic(string name, bool isStochastic, Func<long, Emulation> step) : Arithmetic
{
    private Emulation _emulation = step(0);
    private uint _ops;

    public override string Name => name;

    public override bool IsStochastic => isStochastic;

    public override void BeginStep(long number) => (_emulation, _ops) = (step(number), 0);

    internal override Tensor[] Run(Op op, ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        TensorType[] types = Op.TypesOf(inputs), outputTypes = op.Infer(types);
        Step lowered = op.Lower(types);
        if (EmulatedSteps.IsExact(lowered, Array.ConvertAll(types, t => t.Type), Array.ConvertAll(outputTypes, t => t.Type))) return op.Forward(inputs, mode);
        if (op is IComposedOp composed) return Composed(composed, inputs);
        return Op.RunStep(new EmulatedStep(lowered, _emulation, Interlocked.Increment(ref _ops)), inputs, outputTypes, mode);
    }

    // Operation by operation, in this arithmetic: neither the tape nor a tracer sees the parts.
    private static Tensor[] Composed(IComposedOp op, ReadOnlySpan<Tensor> inputs)
    {
        ITracer? tracer = Door.Tracer;
        using GradMode.Scope scope = GradMode.Set(false);
        Door.Tracer = null;
        try
        {
            return op.Compose(inputs);
        }
        finally
        {
            Door.Tracer = tracer;
        }
    }
}
