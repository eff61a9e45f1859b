using System.Text;
using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Ir;

/// <summary>An op that runs graphs, whose gradients flow through the branch or the iterations that were run.</summary>
/// <param name="Label">Names sizes that only a run knows, in shapes that are inferred.</param>
public abstract record ControlFlowOp(string Label) : DataDrivenOp, IStringOp
{
    /// <summary>The graphs that may be run.</summary>
    public abstract IReadOnlyList<Graph> Regions { get; }

    /// <summary>A type that fits both: sizes that differ become symbols.</summary>
    private protected TensorType Joined(TensorType a, TensorType b, string name)
    {
        Ensure.Shape(a.Type == b.Type && a.Shape.Rank == b.Shape.Rank, $"{Name}: {name} is {a} or {b}; element type and number of dimensions must not depend on the data.");
        return a with { Shape = [.. Enumerable.Range(0, a.Shape.Rank).Select(i => a.Shape[i] == b.Shape[i] ? a.Shape[i] : Dim.Symbol($"{Label}.{name}.{i}"))] };
    }

    /// <summary>The types of a region's outputs for inputs of these types, which may say more than those it was built with.</summary>
    private protected static TensorType[] OutputTypes(Graph region, ReadOnlySpan<TensorType> inputs)
    {
        Dictionary<Value, TensorType> types = [];
        for (int i = 0; i < inputs.Length; i++) types[region.Inputs[i]] = inputs[i];
        foreach (Node node in region.Nodes)
        {
            TensorType[] inferred = node.Op.Infer([.. node.Inputs.Select(TypeOf)]);
            for (int i = 0; i < inferred.Length; i++) types[node.Outputs[i]] = inferred[i];
        }
        return [.. region.Outputs.Select(TypeOf)];

        TensorType TypeOf(Value value) => types.GetValueOrDefault(value, value.Type);
    }

    private protected static bool IsTrue(Tensor condition) => condition.Reshape().Item<bool>();

    /// <inheritdoc/>
    protected override bool PrintMembers(StringBuilder builder)
    {
        builder.Append("Label = ").Append(Label);      // the graphs are members of their own
        return true;
    }
}

/// <summary>y… = Then(captures…) where a condition is true, else Otherwise(captures…). Inputs: condition Bool of one element, captures….</summary>
/// <param name="Then">Inputs are the captures.</param>
/// <param name="Otherwise">The same inputs; as many outputs as the other graph, of the same element types and numbers of dimensions.</param>
/// <param name="Label">Names sizes that differ between both.</param>
public sealed record If(Graph Then, Graph Otherwise, string Label = "if") : ControlFlowOp(Label)
{
    /// <inheritdoc/>
    public override IReadOnlyList<Graph> Regions => [Then, Otherwise];

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(inputs[0].Type == DType.Bool, $"If: the condition is {inputs[0]}, not bool.");
        Ensure.Shape(Then.Outputs.Count == Otherwise.Outputs.Count, $"If: one graph has {Then.Outputs.Count} outputs, the other {Otherwise.Outputs.Count}.");
        Ensure.Shape(inputs.Length == 1 + Then.Inputs.Count, $"If: {inputs.Length} inputs do not fit graphs of {Then.Inputs.Count} captures.");
        TensorType[] then = OutputTypes(Then, inputs[1..]), otherwise = OutputTypes(Otherwise, inputs[1..]);
        return [.. Then.Outputs.Select((v, i) => Joined(then[i], otherwise[i], v.Name))];
    }

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode) => (IsTrue(inputs[0]) ? Then : Otherwise).Interpreter.Run(inputs[1..]);
}

/// <summary>
/// Runs a graph again and again: at most a number of times, and only while a condition holds. Inputs: the number Int64 (if counted), the condition Bool (if
/// conditional), carried values…, captures…. Outputs: the carried values at the end…, then for each further output of the graph what all iterations gave, stacked
/// along a new first axis.
/// </summary>
/// <param name="Body">Inputs: the iteration Int64 [], the condition Bool [], carried…, captures…. Outputs: the condition for going on, carried…, to be stacked….</param>
/// <param name="Carried">How many values go from one iteration to the next.</param>
/// <param name="Counted">Whether a number of iterations is given.</param>
/// <param name="Conditional">Whether a condition for the first iteration is given.</param>
/// <param name="Label">Names the number of iterations, and sizes that change.</param>
public sealed record Loop(Graph Body, int Carried, bool Counted, bool Conditional, string Label = "loop") : ControlFlowOp(Label)
{
    /// <inheritdoc/>
    public override IReadOnlyList<Graph> Regions => [Body];

    private int First => (Counted ? 1 : 0) + (Conditional ? 1 : 0);

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(inputs.Length == First + Body.Inputs.Count - 2 && Body.Outputs.Count > Carried, $"Loop: {inputs.Length} inputs do not fit the body, which has {Body.Inputs.Count}.");
        Ensure.Shape(!Counted || inputs[0].Type == DType.Int64, $"Loop: the number of iterations is {inputs[0]}, not Int64.");
        Ensure.Shape(!Conditional || inputs[First - 1].Type == DType.Bool, $"Loop: the condition is {inputs[First - 1]}, not Bool.");
        Ensure.Shape(Body.Outputs[0].Type.Type == DType.Bool, $"Loop: the body's condition is {Body.Outputs[0].Type}, not Bool.");
        TensorType[] carried = inputs.Slice(First, Carried).ToArray();
        Dim iterations = Dim.Symbol($"{Label}.iterations");
        return
        [
            .. carried.Select((c, i) => Joined(c, Body.Outputs[1 + i].Type, Body.Outputs[1 + i].Name)),
            .. Body.Outputs.Skip(1 + Carried).Select(v => v.Type with { Shape = [iterations, .. v.Shape] }),
        ];
    }

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        long most = Counted ? inputs[0].Reshape().Item<long>() : long.MaxValue;
        Tensor condition = Conditional ? inputs[First - 1].Reshape() : Tensor.Full(Shape.Scalar, 1, DType.Bool);
        Tensor[] carried = inputs.Slice(First, Carried).ToArray(), captures = inputs[(First + Carried)..].ToArray();
        Stacked stacked = new(this, Body.Outputs.Skip(1 + Carried));
        using RunMeter? own = RunMeter.Begin();
        for (long i = 0; i < most && IsTrue(condition); i++)
        {
            RunMeter.Current!.CountIteration(Name);
            Tensor[] outputs = Body.Interpreter.Run([Tensor.From([i], Shape.Scalar), condition, .. carried, .. captures]);
            (condition, carried) = (outputs[0], outputs[1..(1 + Carried)]);
            stacked.Add(outputs.AsSpan(1 + Carried));
        }
        return [.. carried, .. stacked.Result(Enumerable.Repeat((0, false), Body.Outputs.Count - 1 - Carried))];
    }
}

/// <summary>
/// Runs a graph for each slice of sequences, with states that go from one to the next. Inputs: states…, sequences…, captures…. Outputs: the states at the end…,
/// then for each further output of the graph what all iterations gave, stacked along an axis.
/// </summary>
/// <param name="Body">Inputs: states…, one slice of each sequence…, captures…. Outputs: states…, to be stacked….</param>
/// <param name="States">How many states there are.</param>
/// <param name="Axes">For each sequence the axis along which it is cut; negative counts from the end.</param>
/// <param name="Backward">For each sequence 1 where it runs from the end, else 0.</param>
/// <param name="OutputAxes">For each stacked output its new axis; negative counts from the end.</param>
/// <param name="OutputsBackward">For each stacked output 1 where the first slice goes to the end, else 0.</param>
/// <param name="Label">Names sizes that change.</param>
public sealed record Scan(Graph Body, int States, Dims Axes, Dims Backward, Dims OutputAxes, Dims OutputsBackward, string Label = "scan") : ControlFlowOp(Label)
{
    /// <inheritdoc/>
    public override IReadOnlyList<Graph> Regions => [Body];

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(inputs.Length == Body.Inputs.Count && Axes.Count > 0 && inputs.Length >= States + Axes.Count, $"Scan: {inputs.Length} inputs do not fit the body, which has {Body.Inputs.Count}.");
        Ensure.Shape(Body.Outputs.Count == States + OutputAxes.Count && Backward.Count == Axes.Count && OutputsBackward.Count == OutputAxes.Count, $"Scan: the body has {Body.Outputs.Count} outputs for {States} states and {OutputAxes.Count} axes.");
        TensorType[] all = inputs.ToArray();
        Dim length = all[States].Shape[all[States].Shape.Axis(Axes[0], Name)];
        return [.. Body.Outputs.Select((v, i) => i < States ? Joined(all[i], v.Type, v.Name) : v.Type with { Shape = Inserted(v.Shape, OutputAxes[i - States], length) })];
    }

    private Shape Inserted(Shape shape, int axis, Dim size)
    {
        int at = axis < 0 ? axis + shape.Rank + 1 : axis;
        Ensure.Shape(at >= 0 && at <= shape.Rank, $"Scan: axis {axis} does not exist in a stack of {shape}.");
        return [.. shape.Span[..at], size, .. shape.Span[at..]];
    }

    /// <inheritdoc/>
    public override Tensor[] Forward(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        Tensor[] states = inputs[..States].ToArray(), sequences = inputs.Slice(States, Axes.Count).ToArray(), captures = inputs[(States + Axes.Count)..].ToArray();
        int[] axes = [.. sequences.Select((s, i) => s.Shape.Axis(Axes[i], Name))];
        int length = sequences[0].Shape[axes[0]];
        for (int i = 0; i < sequences.Length; i++)
            Ensure.Shape(sequences[i].Shape[axes[i]] == length, $"Scan: sequence {i} is {sequences[i].Shape} with {sequences[i].Shape[axes[i]]} slices, the first has {length}.");
        Stacked stacked = new(this, Body.Outputs.Skip(States));
        using RunMeter? own = RunMeter.Begin();
        for (int t = 0; t < length; t++)
        {
            RunMeter.Current!.CountIteration(Name);
            Tensor[] slices = [.. sequences.Select((s, i) => Slice(s, axes[i], Backward[i] != 0 ? length - 1 - t : t))];
            Tensor[] outputs = Body.Interpreter.Run([.. states, .. slices, .. captures]);
            states = outputs[..States];
            stacked.Add(outputs.AsSpan(States));
        }
        return [.. states, .. stacked.Result(OutputAxes.Zip(OutputsBackward, (axis, back) => (axis, back != 0)))];
    }

    private static Tensor Slice(Tensor sequence, int axis, int at) => sequence.Slice(axis, at, at + 1).Apply(new Squeeze([axis]));
}

/// <summary>Collects what iterations give, to stack it.</summary>
internal sealed class Stacked(Op op, IEnumerable<Value> outputs)
{
    private readonly (Value Value, List<Tensor> Slices)[] _all = [.. outputs.Select(v => (v, new List<Tensor>()))];

    public void Add(ReadOnlySpan<Tensor> slices)
    {
        for (int i = 0; i < _all.Length; i++)
        {
            (Value value, List<Tensor> before) = _all[i];
            Ensure.Shape(before.Count == 0 || before[0].TensorType == slices[i].TensorType, $"{op.Name}: '{value.Name}' was {before.FirstOrDefault()?.TensorType} and is {slices[i].TensorType}; only equal shapes can be stacked.");
            before.Add(slices[i]);
        }
    }

    /// <summary>Each output stacked along its axis, from the end if asked. Without any iteration sizes that are not known are 0.</summary>
    public Tensor[] Result(IEnumerable<(int Axis, bool Backward)> how) => [.. _all.Zip(how, (one, h) =>
    {
        (Value value, List<Tensor> slices) = one;
        int rank = value.Shape.Rank, axis = h.Axis < 0 ? h.Axis + rank + 1 : h.Axis;
        if (slices.Count == 0) return Tensor.Zeros([.. Known(value.Shape.Span[..axis]), 0, .. Known(value.Shape.Span[axis..])], value.Type.Type);
        if (h.Backward) slices.Reverse();
        return Door.Run(new Concat(axis), [.. slices.Select(s => s.Apply(new Unsqueeze([axis])))])[0];
    })];

    private static IEnumerable<Dim> Known(ReadOnlySpan<Dim> dims) => dims.ToArray().Select(d => d.IsKnown ? d : (Dim)0);
}
