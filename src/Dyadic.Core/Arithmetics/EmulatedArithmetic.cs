using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Emulated;

namespace Dyadic.Arithmetics;

/// <summary>Variable precision and Monte Carlo arithmetic: an op that only moves or compares values runs as it is, every other one operation by operation.</summary>
/// <remarks>Ops are numbered in the order in which they are run, and random numbers depend on that number: use one instance from one thread at a time.</remarks>
internal sealed class EmulatedArithmetic(string name, Emulation emulation, bool isStochastic) : Arithmetic
{
    private uint _ops;

    public override string Name => name;

    public override bool IsStochastic => isStochastic;

    internal override Tensor[] Run(Op op, ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        TensorType[] types = Op.TypesOf(inputs), outputTypes = op.Infer(types);
        Step step = op.Lower(types);
        if (EmulatedSteps.IsExact(step, Array.ConvertAll(types, t => t.Type), Array.ConvertAll(outputTypes, t => t.Type))) return op.Forward(inputs, mode);
        return Op.RunStep(new EmulatedStep(step, emulation, Interlocked.Increment(ref _ops)), inputs, outputTypes, mode);
    }
}
