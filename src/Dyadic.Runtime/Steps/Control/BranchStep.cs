using System.Collections.Concurrent;
using Dyadic.Kernels;
using Dyadic.Kernels.Jit;

namespace Dyadic.Runtime.Steps.Control;

/// <summary>
/// Runs one of two plans: the first where the condition is true, else the second. Inputs: condition Bool of one element, then those of either plan; outputs are those of either plan.
/// </summary>
/// <remarks>Each plan has an arena of its own, which counts to no other plan's.</remarks>
/// <param name="then">Runs where the condition is true; its shapes are fixed.</param>
/// <param name="otherwise">Runs where it is not; its inputs and outputs have the same types and lengths.</param>
internal sealed class BranchStep(Plan then, Plan otherwise) : Step
{
    private readonly ConcurrentDictionary<ExecutionMode, (Session Then, Session Otherwise)> _sessions = [];

    /// <inheritdoc/>
    public override string Kernel => "branch";

    /// <inheritdoc/>
    public override string Details => $"{then.Steps.Count} steps or {otherwise.Steps.Count}";

    /// <inheritdoc/>
    public override long WeightBytes => then.WeightBytes + otherwise.WeightBytes;

    /// <inheritdoc/>
    public override void Prepare(in ExecutionMode mode) => SessionsFor(mode);

    /// <inheritdoc/>
    public override IEnumerable<GeneratedKernel> GeneratedKernels(InstructionSet set) =>
        then.Steps.Concat(otherwise.Steps).SelectMany(s => s.Step.GeneratedKernels(set));

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (Session first, Session second) = SessionsFor(mode);
        (inputs[0].Span<bool>()[0] ? first : second).Run(inputs[1..], outputs);
    }

    private (Session Then, Session Otherwise) SessionsFor(ExecutionMode mode) =>
        _sessions.TryGetValue(mode, out (Session, Session) known) ? known : _sessions.GetOrAdd(mode, (new(then, mode), new(otherwise, mode)));
}
