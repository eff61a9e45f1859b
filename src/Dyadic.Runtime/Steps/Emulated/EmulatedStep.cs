using Dyadic.Kernels;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>A step in an emulating arithmetic.</summary>
/// <param name="step">The step.</param>
/// <param name="emulation">The arithmetic.</param>
/// <param name="op">The number of the op in its run, which random numbers depend on.</param>
public sealed class EmulatedStep(Step step, Emulation emulation, uint op) : Step
{
    /// <inheritdoc/>
    public override string Kernel => $"emulated_{step.Kernel}";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (EmulatedSteps.IsExact(step, Types(inputs), Types(outputs))) step.Run(inputs, outputs, in mode);
        else EmulatedSteps.Run(step, emulation, op, inputs, outputs, in mode);
    }

    private static DType[] Types(ReadOnlySpan<TensorView> views)
    {
        var types = new DType[views.Length];
        for (int i = 0; i < types.Length; i++) types[i] = views[i].Type;
        return types;
    }
}
