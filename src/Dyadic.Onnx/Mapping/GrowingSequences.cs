using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Mapping;

/// <summary>
/// Sequences to which each iteration of a loop adds an item, however often data say: the items are stacked, as further outputs of the body are. So they must have one
/// shape, which a run checks.
/// </summary>
internal static class GrowingSequences
{
    /// <summary>The carried values that the body does nothing with but add an item at their end.</summary>
    public static int[] Find(GraphProto body, Operand[] carried) =>
        [.. Enumerable.Range(0, carried.Length).Where(i => carried[i] is Operand.Sequence or Operand.Stack && Insertion(body, i) is not null && Reads(body, body.Input[2 + i].Name) == 1)];

    /// <summary>The body without them: their items are its last outputs.</summary>
    public static GraphProto Without(GraphProto body, int[] grown)
    {
        if (grown.Length == 0) return body;
        NodeProto[] insertions = [.. grown.Select(i => Insertion(body, i)!)];
        GraphProto rest = new() { Name = body.Name };
        rest.Input.Add(body.Input.Where((_, i) => !grown.Contains(i - 2)));
        rest.Initializer.Add(body.Initializer);
        rest.SparseInitializer.Add(body.SparseInitializer);
        rest.ValueInfo.Add(body.ValueInfo);
        rest.Node.Add(body.Node.Select(n => insertions.Contains(n) ? Passed(n) : n));
        rest.Output.Add(body.Output.Where((_, i) => !grown.Contains(i - 1)));
        rest.Output.Add(insertions.Select(n => new ValueInfoProto { Name = n.Output[0] }));
        return rest;
    }

    /// <summary>Refuses items whose sizes change, as far as that is known before a run.</summary>
    public static void RequireOneShape(NodeImport n, TensorType item)
    {
        foreach (Dim size in item.Shape)
            NodeImport.Require(size.IsKnown || n.SizeOwner(size) is not null, $"each iteration adds {item} to a sequence, and may give '{size}' another size; fix the input that decides how many iterations there are (OnnxImportOptions.FixedInputs)");
    }

    // The item under the name of the sequence that it was added to.
    private static NodeProto Passed(NodeProto insertion)
    {
        NodeProto identity = new() { Name = insertion.Name, OpType = "Identity" };
        identity.Input.Add(insertion.Input[1]);
        identity.Output.Add(insertion.Output[0]);
        return identity;
    }

    // Appends an item to carried value i: the only use of both of its names.
    private static NodeProto? Insertion(GraphProto body, int carried)
    {
        string before = body.Input[2 + carried].Name, after = body.Output.Count > 1 + carried ? body.Output[1 + carried].Name : "";
        return body.Node.FirstOrDefault(n => n.OpType == "SequenceInsert" && StandardDomain.Is(n.Domain) && n.Input.Count == 2 && n.Input[0] == before && n.Input[1] != before && n.Output.Count == 1 && n.Output[0] == after && Reads(body, after) == 1);
    }

    // How often nodes, the graphs inside them and outputs read a name.
    private static int Reads(GraphProto graph, string name) =>
        graph.Output.Count(o => o.Name == name) + graph.Node.Sum(n => n.Input.Count(i => i == name) + n.Attribute.Sum(a => a.G is null ? 0 : Reads(a.G, name)));
}
