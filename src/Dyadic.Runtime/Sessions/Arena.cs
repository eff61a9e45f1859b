using Dyadic.Kernels;

namespace Dyadic.Runtime;

/// <summary>The memory and the bound views of one run: one micro-batch at a time, reused call after call without allocating.</summary>
internal sealed unsafe class Arena
{
    private readonly Plan _plan;
    private readonly NativeMemoryBlock _memory;
    private readonly TensorView[][] _inputs, _outputs;
    private int _batch = -1;

    /// <summary>An arena for up to <paramref name="capacity"/> samples.</summary>
    public Arena(Plan plan, int capacity)
    {
        _plan = plan;
        _memory = new(checked(plan.ArenaBytes * capacity));
        _inputs = [.. plan.Steps.Select(s => Views(s.Inputs))];
        _outputs = [.. plan.Steps.Select(s => Views(s.Outputs))];
    }

    /// <summary>Runs all steps on <paramref name="batch"/> samples; ins and outs hold the callers' pointers at the first of them.</summary>
    public void Run(int batch, ReadOnlySpan<nint> ins, ReadOnlySpan<nint> outs, in ExecutionMode mode, StepTimes? times, in RunEnd end)
    {
        Bind(batch, ins, outs);
        for (int s = 0; s < _inputs.Length; s++)
        {
            end.Check();
            long start = times is null ? 0 : StepTimes.Now;
            _plan.Steps[s].Step.Run(_inputs[s], _outputs[s], in mode);
            times?.Add(s, start);
        }
    }

    private void Bind(int batch, ReadOnlySpan<nint> ins, ReadOnlySpan<nint> outs)
    {
        for (int s = 0; s < _inputs.Length; s++)
        {
            PlanStep step = _plan.Steps[s];
            for (int i = 0; i < step.Inputs.Length; i++) _inputs[s][i] = Bind(step.Inputs[i], _inputs[s][i].Dims, batch, ins, outs);
            for (int o = 0; o < step.Outputs.Length; o++) _outputs[s][o] = Bind(step.Outputs[o], _outputs[s][o].Dims, batch, ins, outs);
        }
        _batch = batch;
    }

    private TensorView Bind(PlanArgument argument, int[] dims, int batch, ReadOnlySpan<nint> ins, ReadOnlySpan<nint> outs)
    {
        PlanValue value = _plan.Values[argument.Value];
        if (batch != _batch && _plan.Batched && value.Home != ValueHome.Constant) dims[0] = argument.Dims[0] * batch;
        byte* data = value.Home switch
        {
            ValueHome.Arena => _memory.Pointer + _plan.Offset(argument.Value) * batch,
            ValueHome.Input => (byte*)ins[value.Slot],
            ValueHome.Output => (byte*)outs[value.Slot],
            _ => _plan.Constant(value.Slot),
        };
        return new(value.Type, dims, data);
    }

    private TensorView[] Views(PlanArgument[] arguments) =>
        [.. arguments.Select(a => new TensorView(_plan.Values[a.Value].Type, [.. a.Dims], null))];
}
