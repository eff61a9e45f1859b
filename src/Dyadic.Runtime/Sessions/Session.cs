using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime;

/// <summary>Runs a plan. After the first calls nothing is allocated on the managed heap; any number of threads may run at once.</summary>
/// <remarks>
/// A batch is cut into micro-batches whose arena stays in cache, and these are shared out to the worker pool; a single sample uses threads
/// inside of its steps. An integer plan gives the same bytes for every number of threads, split and vector width.
/// Weights are packed and code is generated when a session is made, in parallel, and kept in the plan's steps for other sessions of the same mode.
/// </remarks>
public sealed unsafe class Session
{
    private const long CacheBytes = 1 << 20;
    private const int LargestMicroBatch = 64;
    private readonly Lock _gate = new();
    private readonly Stack<Arena> _idle = new();
    private readonly int[] _inputSizes, _outputSizes;
    private readonly PlanValue[] _inputs, _outputs;
    private readonly int _arenas;       // how many of them one call may have at once

    /// <summary>A session on all cores with the widest vectors.</summary>
    public Session(Plan plan)
        : this(plan, ExecutionMode.Default)
    {
    }

    /// <summary>A session in the given mode.</summary>
    /// <param name="plan">What to run.</param>
    /// <param name="mode">Vector width, instruction set and threads.</param>
    /// <param name="budget">What each call may take; <see cref="RunBudget.Current"/> unless given.</param>
    /// <exception cref="PlanException">A step cannot be prepared for the mode.</exception>
    /// <exception cref="BudgetException">The memory of one sample exceeds the budget.</exception>
    public Session(Plan plan, ExecutionMode mode, RunBudget? budget = null)
    {
        (Plan, Mode, Budget) = (plan, mode, budget ?? RunBudget.Current);
        Budget.RequireBytes("session: the arena of one sample, with constants,", (double)plan.ArenaBytes + plan.ConstantBytes);
        (_inputs, _outputs) = ([.. plan.Inputs], [.. plan.Outputs]);
        (_inputSizes, _outputSizes) = (Array.ConvertAll(_inputs, v => (int)v.Bytes), Array.ConvertAll(_outputs, v => (int)v.Bytes));
        MicroBatch = plan.Batched ? (int)Math.Clamp(CacheBytes / Math.Max(plan.ArenaBytes, 1), 1, LargestMicroBatch) : 1;
        _arenas = (int)Math.Clamp((Budget.ArenaBytes - plan.ConstantBytes) / Math.Max(plan.ArenaBytes * MicroBatch, 1), 1, mode.Threads);
        Preparation body = new(plan, mode);
        WorkerPool.For(plan.Steps.Count, mode, ref body);
    }

    /// <summary>What runs.</summary>
    public Plan Plan { get; }

    /// <summary>Vector width, instruction set and threads.</summary>
    public ExecutionMode Mode { get; }

    /// <summary>What each call may take: its time, its multiply-adds and the arenas of its threads.</summary>
    public RunBudget Budget { get; }

    /// <summary>Where the time of each step is summed, or null; costs nothing while null.</summary>
    public StepTimes? Times { get; set; }

    /// <summary>The largest number of samples that run through the plan together.</summary>
    public int MicroBatch { get; }

    /// <summary>Runs a plan of one input and one output; the batch follows from the lengths.</summary>
    /// <exception cref="ArgumentException">Element types or lengths do not fit the plan.</exception>
    /// <exception cref="BudgetException">The time or the multiply-adds exceed the budget.</exception>
    public void Run<TIn, TOut>(ReadOnlySpan<TIn> input, Span<TOut> output, CancellationToken cancel = default)
        where TIn : unmanaged where TOut : unmanaged
    {
        Ensure.Argument(_inputs.Length == 1 && _outputs.Length == 1,
            $"Session: the plan has {_inputs.Length} inputs and {_outputs.Length} outputs, this call is for one of each. Pass views.");
        int batch = Batch(_inputs[0], DTypes.Of<TIn>(), input.Length);
        Ensure.Argument(Batch(_outputs[0], DTypes.Of<TOut>(), output.Length) == batch,
            $"Session: input '{_inputs[0].Name}' holds {batch} samples, output '{_outputs[0].Name}' has {output.Length} values of {_outputs[0].Length} each. Make room for as many.");
        fixed (TIn* x = input)
        fixed (TOut* y = output)
        {
            nint ins = (nint)x, outs = (nint)y;
            Run(batch, new(ref ins), new(ref outs), cancel);
        }
    }

    /// <summary>Runs the plan on views, in the order of its inputs and outputs; the batch follows from the lengths.</summary>
    /// <exception cref="ArgumentException">Number, element types or lengths do not fit the plan.</exception>
    /// <exception cref="BudgetException">The time or the multiply-adds exceed the budget.</exception>
    public void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, CancellationToken cancel = default)
    {
        Ensure.Argument(inputs.Length == _inputs.Length && outputs.Length == _outputs.Length,
            $"Session: {inputs.Length} inputs and {outputs.Length} outputs given, the plan has {_inputs.Length} and {_outputs.Length}. Pass one view for each.");
        Span<nint> ins = stackalloc nint[inputs.Length], outs = stackalloc nint[outputs.Length];
        int batch = inputs.Length > 0 ? Batch(_inputs[0], inputs[0].Type, inputs[0].Length) : Batch(_outputs[0], outputs[0].Type, outputs[0].Length);
        for (int i = 0; i < inputs.Length; i++) ins[i] = Pointer(_inputs[i], inputs[i], batch);
        for (int o = 0; o < outputs.Length; o++) outs[o] = Pointer(_outputs[o], outputs[o], batch);
        Run(batch, ins, outs, cancel);
    }

    private static nint Pointer(PlanValue value, in TensorView view, int batch)
    {
        Ensure.Argument(view.Type == value.Type && view.Length == value.Length * batch,
            $"Session: '{value.Name}' takes {value.Length * batch} {value.Type} values for {batch} samples, got {view.Length} {view.Type}. Pass whole samples.");
        return (nint)view.Data;
    }

    private int Batch(PlanValue value, DType type, int length)
    {
        Ensure.Argument(type == value.Type, $"Session: '{value.Name}' holds {value.Type}, got {type}. Convert it first.");
        Ensure.Argument(Plan.Batched ? length % value.Length == 0 : length == value.Length,
            $"Session: '{value.Name}' takes {value.Length} values{(Plan.Batched ? " a sample" : "")}, got {length}. Pass whole samples.");
        return (int)(length / value.Length);
    }

    private void Run(int batch, ReadOnlySpan<nint> ins, ReadOnlySpan<nint> outs, CancellationToken cancel)
    {
        Budget.RequireOperations("session: this batch", Plan.Batched ? Plan.Operations * batch : Plan.Operations);
        int micro = Math.Min(MicroBatch, Math.Max(1, (batch + Mode.Threads - 1) / Mode.Threads)), chunks = (batch + micro - 1) / micro;
        bool shared = chunks > 1 && _arenas >= Mode.Threads;       // else one arena after the other, with all threads in each
        ExecutionMode inner = Mode with { Threads = shared ? 1 : Mode.Threads };
        RunEnd end = new(Budget.Time, cancel);
        fixed (nint* x = ins)
        fixed (nint* y = outs)
        {
            Chunks body = new(this, batch, micro, x, y, inner, end);
            if (shared) WorkerPool.For(chunks, Mode, ref body);
            else body.Run(0, chunks);
        }
    }

    private void RunChunk(int first, int count, nint* inputs, nint* outputs, in ExecutionMode inner, in RunEnd end)
    {
        Span<nint> ins = stackalloc nint[_inputs.Length], outs = stackalloc nint[_outputs.Length];
        for (int i = 0; i < ins.Length; i++) ins[i] = inputs[i] + (nint)first * _inputSizes[i];
        for (int o = 0; o < outs.Length; o++) outs[o] = outputs[o] + (nint)first * _outputSizes[o];
        Arena arena = Take();
        try
        {
            arena.Run(count, ins, outs, in inner, Times, in end);
        }
        finally
        {
            lock (_gate) _idle.Push(arena);
        }
    }

    private Arena Take()
    {
        lock (_gate)
            if (_idle.TryPop(out Arena? arena)) return arena;
        return new Arena(Plan, MicroBatch);
    }

    private readonly struct Preparation(Plan plan, ExecutionMode mode) : IParallelBody
    {
        public void Run(int start, int end)
        {
            for (int s = start; s < end; s++) Prepare(s, plan.Steps[s]);
        }

        private void Prepare(int index, PlanStep step)
        {
            try
            {
                step.Step.Prepare(in mode);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                throw new PlanException($"plan: step {index} {step.Step.Kernel} ('{step.Name}') cannot be prepared for {mode}: {e.Message}", e);
            }
        }
    }

    private readonly struct Chunks(
        Session session, int batch, int micro, nint* inputs, nint* outputs, ExecutionMode inner, RunEnd until) : IParallelBody
    {
        public void Run(int start, int end)
        {
            for (int c = start; c < end; c++)
                session.RunChunk(c * micro, Math.Min(micro, batch - c * micro), inputs, outputs, in inner, in until);
        }
    }
}
