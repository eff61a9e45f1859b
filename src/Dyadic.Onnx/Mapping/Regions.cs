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
        new("Loop", 7, ImportLoop, "no plan: the graph runs node by node; the number of dimensions of a carried value stays"),
        new("Scan", 9, ImportScan, "no plan: the graph runs node by node"),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Of<If>("If", (n, op) => n.Write("If", [n[0]], n.Region("then_branch", op.Then, 0, 1), n.Region("else_branch", op.Otherwise, 0, 1))),
        ExportRule.Of<Loop>("Loop", ExportLoop),
        ExportRule.Of<Scan>("Scan", ExportScan),
    ];

    // A constant condition leaves one branch, whose nodes come in its place.
    private static void ImportIf(NodeImport n)
    {
        GraphProto then = n.Graph("then_branch"), otherwise = n.Graph("else_branch");
        if (n[0].Constant is { Length: 1 } condition)
        {
            (Graph taken, IReadOnlyList<Value> outer) = n.Region(condition.Reshape().Item<bool>() ? then : otherwise);
            Value[] results = n.Inline(taken, outer);
            NodeImport.Require(results.Length >= n.OutputCount, $"its graph has {results.Length} outputs, the node {n.OutputCount}");
            for (int i = 0; i < n.OutputCount; i++) n.Alias(i, results[i]);
            return;
        }
        (Graph a, IReadOnlyList<Value> fromA) = n.Region(then);
        (Graph b, IReadOnlyList<Value> fromB) = n.Region(otherwise);
        Value[] captured = [.. fromA.Union(fromB)];
        n.Return(new If(Reordered(a, fromA, captured), Reordered(b, fromB, captured), n.Name), [n[0], .. captured]);
    }

    // The captured inputs of a graph, after its own, in a common order; those that it does not read become inputs all the same.
    private static Graph Reordered(Graph graph, IReadOnlyList<Value> captured, Value[] all)
    {
        Dictionary<Value, Value> inputs = captured.Zip(graph.Inputs).ToDictionary();
        return new(graph.Name, [.. all.Select(v => inputs.GetValueOrDefault(v) ?? new Value($"{v.Name}/unused", v.Type))], graph.Outputs, graph.Nodes);
    }

    // Types of carried values are those before the first iteration, with sizes that the body changes made symbols; after a few rounds they stay.
    private static void ImportLoop(NodeImport n)
    {
        GraphProto body = n.Graph("body");
        int carried = body.Input.Count - 2;
        NodeImport.Require(carried >= 0 && n.InputCount >= 2 + carried, $"its body has {body.Input.Count} inputs, the node {n.InputCount}");
        Value[] before = [.. Enumerable.Range(2, carried).Select(i => n[i])];
        TensorType[] types = [.. before.Select(v => v.Type)];
        (Graph Graph, IReadOnlyList<Value> Captured) region;
        while (true)
        {
            region = n.Region(body, [new(DType.Int64, Shape.Scalar), new(DType.Bool, Shape.Scalar), .. types]);
            TensorType[] after = [.. types.Select((t, i) => Widened(n, t, region.Graph.Outputs[1 + i].Type, i))];
            if (after.SequenceEqual(types)) break;
            types = after;
        }
        Value[] head = [.. n.Has(0) ? (Value[])[n[0]] : [], .. n.Has(1) ? (Value[])[n[1]] : []];
        n.Return(new Loop(region.Graph, carried, n.Has(0), n.Has(1), n.Name), [.. head, .. before, .. region.Captured]);
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
        (Graph graph, IReadOnlyList<Value> captured) = n.Region(body, types);
        n.Return(new Scan(graph, states, [.. axes], [.. back], [.. outputAxes], [.. outputBack], n.Name), [.. inputs, .. captured]);

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
