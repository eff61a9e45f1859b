using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Operators with graphs inside.</summary>
internal static class Regions
{
    private const string Limits = "a plan needs two graphs of fixed shapes that give the same shapes";

    public static IEnumerable<ImportRule> Imports =>
    [
        new("If", 7, ImportIf, Limits),
        new("Loop", 7, ImportLoop, "no plan: the graph runs node by node; the number of dimensions of a carried value stays; so does the length of a sequence, unless the number of iterations is constant or each adds an item of one shape at its end"),
        new("Scan", 8, n => { if (n.Opset < 9) BatchedScans.Import(n); else ImportScan(n); }, "no plan: the graph runs node by node"),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Of<If>("If", (n, op) => n.Write("If", [n[0]], n.Region("then_branch", op.Then, 0, 1), n.Region("else_branch", op.Otherwise, 0, 1))),
        ExportRule.Of<Loop>("Loop", ExportLoop),
        ExportRule.Of<Scan>("Scan", ExportScan),
    ];

    // A constant condition leaves one branch, whose nodes come in its place. Sequences become their items, of which both branches must have as many.
    private static void ImportIf(NodeImport n)
    {
        GraphProto then = n.Graph("then_branch"), otherwise = n.Graph("else_branch");
        if (n[0].Constant is { Length: 1 } condition)
        {
            Operand[] results = n.Inlined(condition.Reshape().Item<bool>() ? then : otherwise);
            NodeImport.Require(results.Length >= n.OutputCount, $"its graph has {results.Length} outputs, the node {n.OutputCount}");
            for (int i = 0; i < n.OutputCount; i++) n.Return(i, results[i]);
            return;
        }
        Region a = n.Region(then), b = n.Region(otherwise);
        NodeImport.Require(a.Outputs.Count == b.Outputs.Count, $"one graph has {a.Outputs.Count} outputs, the other {b.Outputs.Count}");
        for (int i = 0; i < a.Outputs.Count; i++)
            NodeImport.Require(Operand.IsLike(a.Outputs[i], b.Outputs[i]), $"output {i} is {a.Outputs[i].Kind} in one graph and {b.Outputs[i].Kind} in the other, and the condition is computed while the graph runs");
        Value[] captured = [.. a.Captured.Union(b.Captured)];
        n.ReturnLike(a.Outputs, new If(Reordered(a, captured), Reordered(b, captured), n.Name), [n[0], .. captured]);
    }

    // The captured inputs of a graph, after its own, in a common order; those that it does not read become inputs all the same.
    private static Graph Reordered(Region region, Value[] all)
    {
        Dictionary<Value, Value> inputs = region.Captured.Zip(region.Graph.Inputs).ToDictionary();
        return new(region.Graph.Name, [.. all.Select(v => inputs.GetValueOrDefault(v) ?? new Value($"{v.Name}/unused", v.Type))], region.Graph.Outputs, region.Graph.Nodes);
    }

    // Types of carried values are those before the first iteration, with sizes that the body changes made symbols; after a few rounds they stay. A sequence is carried as
    // its items where it keeps as many, and stacked where it only grows.
    private static void ImportLoop(NodeImport n)
    {
        GraphProto body = n.Graph("body");
        int carried = body.Input.Count - 2;
        NodeImport.Require(carried >= 0 && n.InputCount >= 2 + carried, $"its body has {body.Input.Count} inputs, the node {n.InputCount}");
        Operand[] all = [.. Enumerable.Range(2, carried).Select(n.Held)];
        if (all.Any(o => o is not Operand.Of) && Unrolling.TryApply(n, body, all)) return;
        int[] grown = GrowingSequences.Find(body, all), kept = [.. Enumerable.Range(0, carried).Except(grown)];
        Operand[] before = [.. kept.Select(i => all[i])];
        body = GrowingSequences.Without(body, grown);
        Value[] values = [.. before.SelectMany(o => o.Values)];
        TensorType[] types = [.. values.Select(v => v.Type)];
        Region region;
        while (true)
        {
            region = n.Region(body, [new Operand.Of(new(body.Input[0].Name, new(DType.Int64, Shape.Scalar))), new Operand.Of(new(body.Input[1].Name, new(DType.Bool, Shape.Scalar))), .. Own(body, before, types)]);
            NodeImport.Require(region.Outputs.Count > before.Length, $"its body has {region.Outputs.Count} outputs for {before.Length} carried values");
            for (int i = 0; i < before.Length; i++)
                NodeImport.Require(Operand.IsLike(before[i], region.Outputs[1 + i]), $"carried value {kept[i]} is {before[i].Kind} before an iteration and {region.Outputs[1 + i].Kind} after it, and the number of iterations is computed while the graph runs; fix the input that decides (OnnxImportOptions.FixedInputs)");
            TensorType[] after = [.. types.Select((t, i) => Widened(n, t, region.Graph.Outputs[1 + i].Type, i))];
            if (after.SequenceEqual(types)) break;
            types = after;
        }
        foreach (Operand item in region.Outputs.TakeLast(grown.Length)) GrowingSequences.RequireOneShape(n, n.ValueOf(item).Type);
        Value[] head = [.. n.Has(0) ? (Value[])[n[0]] : [], .. n.Has(1) ? (Value[])[n[1]] : []];
        int stacked = region.Outputs.Count - 1 - before.Length - grown.Length;
        int[] places = [.. kept, .. Enumerable.Range(carried, stacked), .. grown];
        Operand[] results = n.EmitLike([.. region.Outputs.Skip(1)], places, new Loop(region.Graph, values.Length, n.Has(0), n.Has(1), n.Name), [.. head, .. values, .. region.Captured]);
        for (int i = 0; i < results.Length; i++)
            n.Define(places[i], i < before.Length + stacked ? results[i] : Sequences.Joined(n, all[places[i]], n.ValueOf(results[i])));
    }

    // The body's own inputs, of these types: an item of a sequence has its number in its name.
    private static Operand[] Own(GraphProto body, Operand[] before, TensorType[] types)
    {
        string[] names = [.. before.SelectMany((o, i) => o is Operand.Of ? [body.Input[2 + i].Name] : o.Values.Select((_, k) => $"{body.Input[2 + i].Name}.{k}"))];
        return Operand.Like(before, [.. names.Zip(types, (name, type) => new Value(name, type))]);
    }

    private static TensorType Widened(NodeImport n, TensorType before, TensorType after, int index)
    {
        NodeImport.Require(before.Type == after.Type && before.Shape.Rank == after.Shape.Rank, $"carried value {index} is {before} before an iteration and {after} after it");
        return before with { Shape = [.. Enumerable.Range(0, before.Shape.Rank).Select(a => before.Shape[a] == after.Shape[a] ? before.Shape[a] : Dim.Symbol($"{n.Name}/carried{index}.{a}"))] };
    }

    private static void ExportLoop(NodeExport n, Loop op)
    {
        int count = op.Counted ? 1 : 0, first = count + (op.Conditional ? 1 : 0);
        string[] carried = [.. Enumerable.Range(first, op.Carried).Select(i => n[i])];
        n.Write("Loop", [op.Counted ? n[0] : "", op.Conditional ? n[count] : "", .. carried], n.Region("body", op.Body, 2 + op.Carried, first + op.Carried));
    }

    private static void ImportScan(NodeImport n)
    {
        GraphProto body = n.Graph("body");
        int sequences = n.Int("num_scan_inputs", 0), states = n.InputCount - sequences, stacked = body.Output.Count - states;
        NodeImport.Require(sequences > 0 && states >= 0 && body.Input.Count == n.InputCount && stacked >= 0, $"{sequences} sequences do not fit {n.InputCount} inputs and a body of {body.Input.Count}");
        int[] axes = List("scan_input_axes", sequences), back = List("scan_input_directions", sequences);
        int[] outputAxes = List("scan_output_axes", stacked), outputBack = List("scan_output_directions", stacked);
        Value[] inputs = n.All();
        TensorType[] types = [.. inputs.Select((v, i) => i < states ? v.Type : v.Type with { Shape = Without(v.Shape, axes[i - states]) })];
        Region region = n.Region(body, types);
        n.Return(new Scan(region.Graph, states, [.. axes], [.. back], [.. outputAxes], [.. outputBack], n.Name), [.. inputs, .. region.Captured]);

        int[] List(string name, int count)
        {
            int[] list = n.Ints(name) ?? new int[count];
            NodeImport.Require(list.Length == count, $"{name} has {list.Length} entries, {count} are needed");
            return list;
        }
    }

    private static Shape Without(Shape shape, int axis)
    {
        int at = shape.Axis(axis, "Scan");
        return [.. shape.Span[..at], .. shape.Span[(at + 1)..]];
    }

    private static void ExportScan(NodeExport n, Scan op) => n.Write(
        "Scan", [.. Enumerable.Range(0, op.States + op.Axes.Count).Select(i => n[i])],
        n.Region("body", op.Body, op.States + op.Axes.Count, op.States + op.Axes.Count), Attributes.Int("num_scan_inputs", op.Axes.Count),
        Attributes.Ints("scan_input_axes", op.Axes), Attributes.Ints("scan_input_directions", op.Backward),
        Attributes.Ints("scan_output_axes", op.OutputAxes), Attributes.Ints("scan_output_directions", op.OutputsBackward));
}
