using Dyadic.Numerics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime;

/// <summary>Collects inputs, constants and steps in the order of execution, and makes a <see cref="Plan"/> of them.</summary>
/// <param name="batched">True: dimensions are those at batch 1, and at run time the first dimension of every value but the constants is
/// multiplied by the batch ([1, C, H, W] becomes [B, C, H, W], [4, K] becomes [4·B, K]). False: dimensions are as they are.</param>
public sealed class PlanBuilder(bool batched)
{
    private const int MostSlots = 4096;       // a call keeps a pointer for each on its stack
    private readonly List<PlanValue> _values = [];
    private readonly List<PlanStep> _nodes = [];
    private readonly List<byte[]> _constants = [];
    private readonly List<int> _inputs = [], _outputs = [];
    private readonly List<string> _outputNames = [];

    /// <summary>Multiply-adds of the steps for one sample, or for all of a plan that is not batched.</summary>
    public double Operations { get; set; }

    /// <summary>Adds an input and returns its value.</summary>
    /// <param name="name">As callers know it.</param>
    /// <param name="type">The element type.</param>
    /// <param name="dims">Dimensions at batch 1, logical order.</param>
    /// <param name="note">Free text for listings, such as scale and zero point.</param>
    public int Input(string name, DType type, int[] dims, string note = "")
    {
        _inputs.Add(NewValue(new(name, type, dims, ValueHome.Input, _inputs.Count, note)));
        return _inputs[^1];
    }

    /// <summary>Adds a constant and returns its value; the bytes are copied.</summary>
    /// <exception cref="PlanException">The number of bytes is not that of the dimensions.</exception>
    public int Constant(string name, DType type, int[] dims, ReadOnlySpan<byte> bytes)
    {
        int value = NewValue(new(name, type, dims, ValueHome.Constant, _constants.Count));
        if (_values[value].Bytes != bytes.Length)
            throw new PlanException($"plan: constant '{name}' {type} [{string.Join(", ", dims)}] needs {_values[value].Bytes} bytes, got {bytes.Length}. Check its dimensions.");
        _constants.Add(bytes.ToArray());
        return value;
    }

    /// <summary>Adds a step and returns the values it writes.</summary>
    /// <param name="node">The name of the node in the graph, for listings and errors.</param>
    /// <param name="step">What runs.</param>
    /// <param name="inputs">The values it reads, made earlier.</param>
    /// <param name="outputs">Type and dimensions (at batch 1, logical order) of what it writes.</param>
    /// <exception cref="PlanException">An input does not exist yet.</exception>
    public int[] Add(string node, Step step, int[] inputs, params (DType Type, int[] Dims)[] outputs)
    {
        foreach (int i in inputs)
            if ((uint)i >= (uint)_values.Count)
                throw new PlanException($"plan: step {_nodes.Count} {step.Kernel} ('{node}') reads value {i}, but only {_values.Count} exist. Add its producer first.");
        int[] made = new int[outputs.Length];
        for (int o = 0; o < outputs.Length; o++)
            made[o] = NewValue(new(outputs.Length == 1 ? node : $"{node}:{o}", outputs[o].Type, outputs[o].Dims, ValueHome.Arena, 0));
        _nodes.Add(new(node, step, Arguments(inputs), Arguments(made)));
        return made;
    }

    /// <summary>Names a value as an output of the plan. Inputs, constants and values named twice are copied.</summary>
    public void Output(string name, int value, string note = "")
    {
        PlanValue v = _values[value];
        if (v.Home != ValueHome.Arena)
        {
            value = Add(name, new IntReshape(), [value], (v.Type, v.Dims))[0];
            v = _values[value];
        }
        _values[value] = v with { Home = ValueHome.Output, Slot = _outputs.Count, Note = note };
        _outputs.Add(value);
        _outputNames.Add(name);
    }

    /// <summary>Chooses memory orders, plans the memory and returns the plan.</summary>
    /// <param name="budget">What the plan may take; <see cref="RunBudget.Current"/> unless given.</param>
    /// <exception cref="PlanException">There is no output.</exception>
    /// <exception cref="BudgetException">The plan has too many steps, multiply-adds or bytes, or the time is spent.</exception>
    public Plan Build(RunBudget? budget = null)
    {
        budget ??= RunMeter.BudgetNow;
        if (_outputs.Count == 0) throw new PlanException("plan: there is no output. Name one with Output.");
        if (_inputs.Count + _outputs.Count > MostSlots) throw new PlanException($"plan: {_inputs.Count} inputs and {_outputs.Count} outputs, at most {MostSlots} together are supported. Join some.");
        if (_nodes.Count > budget.Steps) throw new BudgetException($"plan: {_nodes.Count} steps exceed the budget of {budget.Steps}", $"{nameof(RunBudget)}.{nameof(RunBudget.Steps)}");
        budget.RequireOperations("plan: one sample", Operations);
        budget.RequireBytes("plan: constants and outputs", _constants.Sum(c => (double)c.Length) + _outputs.Sum(v => (double)_values[v].Bytes));
        List<PlanValue> values = [.. _values];
        List<byte[]> constants = [.. _constants];
        List<PlanStep> steps = new LayoutPass(values, constants).Run(_nodes);
        MemoryPlan memory = MemoryPlan.Of(values, steps);
        budget.RequireBytes("plan: the arena, with constants and outputs,", memory.ArenaBytes + constants.Sum(c => (double)c.Length) + _outputs.Sum(v => (double)_values[v].Bytes));
        return new Plan(batched, [.. values], [.. _nodes], [.. steps], memory, [.. _inputs], [.. _outputs], [.. _outputNames], constants, Operations);
    }

    private int NewValue(PlanValue value)
    {
        foreach (int d in value.Dims)
            if (d <= 0) throw new PlanException($"plan: value '{value.Name}' has dimensions [{string.Join(", ", value.Dims)}]. Fix every dimension above 0.");
        if (batched && value.Home != ValueHome.Constant && value.Dims.Length == 0)
            throw new PlanException($"plan: value '{value.Name}' is a scalar in a batched plan. Give it a leading dimension.");
        if (value.Bytes > int.MaxValue)
            throw new PlanException($"plan: value '{value.Name}' has {value.Bytes} bytes, at most {int.MaxValue} are possible. Use smaller inputs.");
        _values.Add(value);
        return _values.Count - 1;
    }

    private PlanArgument[] Arguments(int[] values) => [.. values.Select(v => new PlanArgument(v, _values[v].Dims))];
}
