using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Scan of opset 8, whose states and sequences have a batch axis in front: a scan over the batch of a scan over time.</summary>
/// <remarks>With lengths, states stay after the end of a sequence, and zeros are stacked. A sequence that runs from its end is reversed up to its length.</remarks>
internal static class BatchedScans
{
    public static void Import(NodeImport n)
    {
        GraphProto body = n.Graph("body");
        int sequences = n.Int("num_scan_inputs", 0), states = n.InputCount - 1 - sequences, stacked = body.Output.Count - states;
        NodeImport.Require(sequences > 0 && states >= 0 && body.Input.Count == states + sequences && stacked >= 0, $"{sequences} sequences do not fit {n.InputCount} inputs and a body of {body.Input.Count}");
        int[] back = n.Ints("directions") ?? new int[sequences];
        NodeImport.Require(back.Length == sequences, $"directions has {back.Length} entries, {sequences} are needed");
        Value? lengths = n.Optional(0);
        Value[] inputs = [.. Enumerable.Range(1, states + sequences).Select(i => n[i])];
        for (int i = 0; i < inputs.Length; i++)
        {
            NodeImport.Require(inputs[i].Shape.Rank >= (i < states ? 1 : 2), $"input {i + 1} is {inputs[i].Type}; it has a batch axis{(i < states ? "" : " and a time axis")} in front");
            if (lengths is not null && i >= states && back[i - states] != 0) inputs[i] = n.Emit(new ReverseSequence(TimeFirst: false), inputs[i], lengths);
        }
        Region region = n.Region(body, [.. inputs.Select((v, i) => v.Type with { Shape = [.. v.Shape.Span[(i < states ? 1 : 2)..]] })]);

        // One sample: its length, if lengths are given; states, sequences, and what the body reads around it.
        GraphBuilder sample = new($"{region.Graph.Name}/sample");
        Value[] length = lengths is null ? [] : [sample.Input($"{n.Name}/length", lengths.Type with { Shape = Shape.Scalar })];
        Value[] own = [.. inputs.Select((v, i) => sample.Input($"{body.Input[i].Name}/sample", v.Type with { Shape = [.. v.Shape.Span[1..]] }))];
        Value[] captured = [.. region.Captured.Select(v => sample.Input(v.Name, v.Type))];
        Value[] steps = lengths is null ? [] : [sample.Add($"{n.Name}/steps", new Positions(0), own[states])];
        Graph step = lengths is null ? region.Graph : Masked(n, region, states, sequences);
        Scan time = new(step, states, Zeros(sequences + steps.Length), lengths is null ? [.. back] : Zeros(sequences + 1), Zeros(stacked), Zeros(stacked), $"{n.Name}/time");
        foreach (Value y in sample.AddNode(time.Label, time, [.. own, .. steps, .. captured, .. length], null).Outputs) sample.Output(y);

        Value[] all = [.. lengths is null ? (Value[])[] : [lengths], .. inputs];
        n.Return(new Scan(sample.Build(), 0, Zeros(all.Length), Zeros(all.Length), Zeros(body.Output.Count), Zeros(body.Output.Count), n.Name), [.. all, .. region.Captured]);
    }

    // The body with a step after its sequences and a length at the end: behind that, states stay and zeros come out.
    private static Graph Masked(NodeImport n, Region region, int states, int sequences)
    {
        GraphBuilder masked = new(region.Graph.Name);
        IReadOnlyList<Value> inputs = region.Graph.Inputs;
        foreach (Value own in inputs.Take(states + sequences)) masked.Input(own);
        Value step = masked.Input(n.NewSymbol("step"), new(DType.Int64, Shape.Scalar));
        foreach (Value captured in inputs.Skip(states + sequences)) masked.Input(captured);
        Value length = masked.Input(n.NewSymbol("end"), new(DType.Int64, Shape.Scalar));
        foreach (Node node in region.Graph.Nodes) masked.Add(node);
        Value runs = masked.Add(n.NewSymbol("runs"), new Less(), step, length);
        foreach ((int i, Value y) in region.Graph.Outputs.Index())
        {
            Value after = i < states ? inputs[i] : masked.Constant(n.NewSymbol("zero"), Tensor.Zeros(Shape.Scalar, y.Type.Type));
            masked.Output(masked.Add(n.NewSymbol("masked"), new Where(), runs, y, after));
        }
        return masked.Build();
    }

    private static Dims Zeros(int count) => [.. new int[count]];
}
