using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Lowering;

/// <summary>Writes the steps of the nodes that are needed, in the order of the graph.</summary>
internal sealed class PlanEmitter(BoundGraph bound, GroupChoice choice)
{
    private readonly PlanBuilder _builder = new(bound.Batched);
    private readonly Dictionary<Value, int> _values = [];
    private readonly List<NodeReport> _reports = [];

    public LoweringResult Emit()
    {
        foreach (Value input in bound.Graph.Inputs) _values[input] = _builder.Input(input.Name, input.Type.Type, bound.DimsOf(input), NoteOf(input));
        _builder.Operations = bound.Graph.Nodes.Sum(n => n.Op.Operations(bound.InputTypes(n)));
        foreach (Node node in choice.Needed(bound.Graph)) Emit(node);
        foreach (Value output in bound.Graph.Outputs) _builder.Output(output.Name, IndexOf(output), NoteOf(output));
        return new(_builder.Build(), _reports);
    }

    private void Emit(Node node)
    {
        if (choice.Groups.TryGetValue(node, out StepGroup? group)) Emit(node, group);
        else EmitFloat(node);
    }

    private void Emit(Node node, StepGroup group)
    {
        int[] reads = [.. group.Reads.Select(IndexOf)];
        for (int s = 0; s < group.Stages.Count; s++)
        {
            StepStage stage = group.Stages[s];
            string name = s == group.Stages.Count - 1 ? node.Name : $"{node.Name}/{stage.Step.Kernel}";
            reads = _builder.Add(name, stage.Step, reads, (stage.Type, stage.Dims));
        }
        if (group.Stages.Count == 0) _values[node.Output] = reads[0];
        else _values[node.Output] = reads[^1];
        string kernel = group.Main?.Kernel ?? "alias", type = group.Stages.Count > 0 ? group.Stages[^1].Type.ToString().ToLowerInvariant() : "alias";
        foreach (Node fused in group.Fused) _reports.Add(new(fused.Name, fused.Op.Name, type, kernel, node.Name, Reason(fused)));
        _reports.Add(new(node.Name, node.Op.Name, type, kernel, null, Reason(node)));

        string? Reason(Node part) => group.Main is null or IntStep ? null : choice.ReasonFor(bound, part);
    }

    private void EmitFloat(Node node)
    {
        Step step = IsReshape(node) ? new IntReshape() : node.Op is If branch ? Branches.Lower(branch, node.Name, bound.InputTypes(node).AsSpan(1)) : node.Op.Lower(bound.InputTypes(node));
        int[] inputs = [.. (step is IntReshape ? node.Inputs.Take(1) : node.Inputs).Select(IndexOf)];
        int[] outputs = _builder.Add(node.Name, step, inputs, [.. node.Outputs.Select(v => (v.Type.Type, bound.DimsOf(v)))]);
        for (int i = 0; i < outputs.Length; i++) _values[node.Outputs[i]] = outputs[i];
        string type = bound.TypeOf(node.Outputs[0]).Type.ToString().ToLowerInvariant();
        _reports.Add(new(node.Name, node.Op.Name, type, step.Kernel, null, step is IntStep ? null : choice.ReasonFor(bound, node)));
    }

    // A change of dimensions alone moves no data: any element type, in place where the plan allows it.
    private static bool IsReshape(Node node) => MovementOps.IsReshape(node.Op) && node.Outputs.Count == 1;

    private int IndexOf(Value value)
    {
        if (_values.TryGetValue(value, out int index)) return index;
        if (!bound.Fixed.Contains(value)) throw new PlanException($"plan: value '{value.Name}' is read before it is made.");
        Tensor data = bound.Fixed.DataOf(value).ToContiguous();
        index = _builder.Constant(value.Name, data.Type, data.Shape.ToArray(), data.Bytes());
        GC.KeepAlive(data);
        return _values[value] = index;
    }

    // Scale and zero point of an integer input or output, for listings.
    private string NoteOf(Value value)
    {
        Node? dequantize = bound.Graph.ConsumersOf(value).FirstOrDefault(n => n.Op is DequantizeLinear);
        Node? near = dequantize ?? (bound.Graph.ProducerOf(value) is { Op: QuantizeLinear } q ? q : null);
        return near is not null && near.Inputs[1].Constant is { Length: 1 } scale && near.Inputs[2].Constant is { } zero
            ? QuantizationTensors.Read(scale, zero, 0).ToString()
            : "";
    }
}
