using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>
/// Sequences and optionals. They are resolved while importing: a sequence is a list of values whose length is known, an optional is there or not; the graph has
/// tensors only. Loops and branches that carry them are in <see cref="Regions"/>.
/// </summary>
internal static class Sequences
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("SequenceEmpty", 11, n => { n.Ignore("dtype"); n.ReturnSequence([]); }),
        new("SequenceConstruct", 11, n => n.ReturnSequence(n.All())),
        new("SequenceAt", 11, n => n.Alias(n.Sequence(0) is var items ? items[Place(n, items.Count, 1, 0)] : null!), Positions),
        new("SequenceErase", 11, n => { List<Value> items = n.Sequence(0); items.RemoveAt(n.Has(1) ? Place(n, items.Count, 1, 0) : Last(items)); n.ReturnSequence(items); }, Positions),
        new("SequenceInsert", 11, n => { List<Value> items = n.Sequence(0); items.Insert(n.Has(2) ? Place(n, items.Count, 2, 1) : items.Count, n[1]); n.ReturnSequence(items); }, Positions),
        new("SequenceLength", 11, n => n.Return(Tensor.From<long>([n.Sequence(0).Count], Shape.Scalar))),
        new("SequenceMap", 17, ImportMap),
        new("SplitToSequence", 11, ImportSplit, "sizes are constant, the split axis has a known size"),
        new("ConcatFromSequence", 11, ImportConcat),
        new("Optional", 15, n => { n.Ignore("type"); n.ReturnOptional(n.Has(0) ? n.Operand(0) : null); }),
        new("OptionalHasElement", 15, n => n.Return(Tensor.From([n.Has(0) && n.Operand(0) is not Operand.Absent], Shape.Scalar))),
        new("OptionalGetElement", 15, n => n.ReturnOptional(n.Operand(0) is Operand.Absent ? throw new ImportRefusal("the optional is empty") : n.Operand(0))),
    ];

    private const string Positions = "positions are constant";

    // A position from the end when negative; past the last by at most `beyond`.
    private static int Place(NodeImport n, int count, int input, int beyond)
    {
        int at = n.Ints(input, "the position")[0], place = at < 0 ? at + count : at;
        NodeImport.Require(place >= 0 && place < count + beyond, $"position {at} is outside of a sequence of {count}");
        return place;
    }

    private static int Last(List<Value> items) => items.Count > 0 ? items.Count - 1 : throw new ImportRefusal("the sequence is empty");

    // Parts of given sizes; of one given size, the last may be smaller; or of size 1.
    private static void ImportSplit(NodeImport n)
    {
        int axis = n[0].Shape.Axis(n.Int("axis", 0), "SplitToSequence");
        bool keep = n.Flag("keepdims", true) || n.Has(1);
        NodeImport.Require(n[0].Shape[axis].IsKnown, $"axis {axis} of {n[0].Shape} has no known size; bind it to a size on import");
        int size = n[0].Shape[axis], one = 1;
        int[] sizes;
        if (n.Has(1) && n.Constant(1, "the sizes").Rank == 1) sizes = n.Ints(1, "the sizes");
        else
        {
            if (n.Has(1)) one = n.Ints(1, "the size")[0];
            NodeImport.Require(one > 0, $"parts of size {one} cannot be");
            int count = (size / one) + (size % one > 0 ? 1 : 0);
            n.RequireFew(count);
            sizes = [.. Enumerable.Range(0, count).Select(i => Math.Min(one, size - (i * one)))];
        }
        NodeImport.Require(sizes.All(s => s >= 0) && sizes.Sum(s => (long)s) == size, $"parts of {string.Join(", ", sizes)} do not add up to axis {axis} of {n[0].Shape}");
        int from = 0;
        List<Value> parts = [];
        foreach (int part in sizes)
        {
            Value slice = n.Emit(new Slice([from], [from + part], [axis], []), n[0]);
            parts.Add(keep ? slice : n.Emit(new Squeeze([axis]), slice));
            from += part;
        }
        n.ReturnSequence(parts);
    }

    private static void ImportConcat(NodeImport n)
    {
        int axis = n.Int("axis", 0);
        bool stack = n.Flag("new_axis", false);
        Value[] parts = [.. n.Sequence(0)];
        NodeImport.Require(parts.Length > 0, "the sequence is empty");
        n.Return(new Concat(axis), stack ? [.. parts.Select(p => n.Emit(new Unsqueeze([axis]), p))] : parts);
    }

    // The body's nodes, once for each item.
    private static void ImportMap(NodeImport n)
    {
        var body = n.Graph("body");
        List<Value> first = n.Sequence(0);
        List<Value>[] results = [.. Enumerable.Range(0, n.OutputCount).Select(_ => new List<Value>())];
        for (int i = 0; i < first.Count; i++)
        {
            Operand[] outputs = n.Inlined(body, [.. Enumerable.Range(0, n.InputCount).Select(k => ItemOf(n, k, i, first.Count))]);
            for (int k = 0; k < results.Length; k++) results[k].Add(k < outputs.Length ? n.ValueOf(outputs[k]) : throw new ImportRefusal($"its graph has {outputs.Length} outputs, the node {results.Length}"));
        }
        for (int k = 0; k < results.Length; k++) n.ReturnSequence(k, results[k]);
    }

    private static Operand ItemOf(NodeImport n, int input, int item, int count)
    {
        if (n.Operand(input) is not Operand.Sequence { Items: { } items }) return n.Held(input);
        NodeImport.Require(items.Count == count, $"sequence {input} has {items.Count} items, the first {count}");
        return new Operand.Of(items[item]);
    }
}
