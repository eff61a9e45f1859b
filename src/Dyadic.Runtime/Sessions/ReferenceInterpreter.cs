using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime;

/// <summary>Runs a plan by the definitions: nodes as they were added, logical memory order, the plain loop of each integer step, a buffer for each value.</summary>
public static unsafe class ReferenceInterpreter
{
    /// <summary>Runs a plan of one input and one output; the batch follows from the lengths.</summary>
    public static void Run<TIn, TOut>(Plan plan, ReadOnlySpan<TIn> input, Span<TOut> output) where TIn : unmanaged where TOut : unmanaged
    {
        fixed (TIn* x = input)
        fixed (TOut* y = output)
            Run(plan, [new(DTypes.Of<TIn>(), [input.Length], x)], [new(DTypes.Of<TOut>(), [output.Length], y)]);
    }

    /// <summary>Runs the plan on views, in the order of its inputs and outputs.</summary>
    /// <param name="plan">What to run.</param>
    /// <param name="inputs">One view for each input; the first gives the batch.</param>
    /// <param name="outputs">One view for each output.</param>
    /// <param name="observe">Called with each node after it ran and its outputs, which are valid during the call only.</param>
    /// <exception cref="ArgumentException">Number, types or lengths do not fit the plan.</exception>
    /// <exception cref="BudgetException">Memory, time or multiply-adds exceed <see cref="RunBudget.Current"/>.</exception>
    public static void Run(
        Plan plan, ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, Action<PlanStep, TensorView[]>? observe = null)
    {
        IReadOnlyList<PlanValue> ins = plan.Inputs, outs = plan.Outputs;
        Ensure.Argument(inputs.Length == ins.Count && outputs.Length == outs.Count,
            $"ReferenceInterpreter: {inputs.Length} inputs and {outputs.Length} outputs given, the plan has {ins.Count} and {outs.Count}. Pass one view for each.");
        int batch = inputs.Length > 0 && plan.Batched ? (int)(inputs[0].Length / ins[0].Length) : 1;
        for (int i = 0; i < inputs.Length; i++) Check(ins[i], inputs[i], batch);
        for (int o = 0; o < outputs.Length; o++) Check(outs[o], outputs[o], batch);
        RunBudget budget = RunMeter.BudgetNow;
        budget.RequireBytes("reference: the values of this batch", plan.Values.Where(v => v.Home == ValueHome.Arena).Sum(v => (double)v.Bytes) * batch);
        budget.RequireOperations("reference: this batch", plan.Operations * batch);
        using RunMeter? meter = RunMeter.Begin();
        NativeMemoryBlock?[] memory = new NativeMemoryBlock?[plan.Values.Count];
        foreach (PlanStep node in plan.Nodes)
        {
            RunMeter.Current?.Check();
            TensorView[] x = Views(plan, node.Inputs, batch, memory, inputs, outputs), y = Views(plan, node.Outputs, batch, memory, inputs, outputs);
            if (node.Step is IntStep step) step.RunReference(x, y);
            else node.Step.RunLogical(x, y, ExecutionMode.Default);
            observe?.Invoke(node, y);
        }
        GC.KeepAlive(memory);
    }

    private static TensorView[] Views(
        Plan plan, PlanArgument[] arguments, int batch, NativeMemoryBlock?[] memory, ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        TensorView[] views = new TensorView[arguments.Length];
        for (int i = 0; i < views.Length; i++)
        {
            PlanValue value = plan.Values[arguments[i].Value];
            int[] dims = [.. value.Dims];
            if (plan.Batched && value.Home != ValueHome.Constant) dims[0] *= batch;
            views[i] = new(value.Type, dims, value.Home switch
            {
                ValueHome.Input => inputs[value.Slot].Data,
                ValueHome.Output => outputs[value.Slot].Data,
                ValueHome.Constant => plan.Constant(value.Slot),
                _ => (memory[arguments[i].Value] ??= new(value.Bytes * batch)).Pointer,
            });
        }
        return views;
    }

    private static void Check(PlanValue value, in TensorView view, int batch) =>
        Ensure.Argument(view.Type == value.Type && view.Length == value.Length * batch,
            $"ReferenceInterpreter: '{value.Name}' takes {value.Length * batch} {value.Type} values for {batch} samples, got {view.Length} {view.Type}. Pass whole samples.");
}
