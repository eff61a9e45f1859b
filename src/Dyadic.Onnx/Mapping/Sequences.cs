using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>
/// Sequences and optionals. They are resolved while importing: a sequence is a list of values whose length is known, or a tensor that holds items of one shape however many
/// there are; an optional is there or not; the graph has tensors only. Loops and branches that carry them are in <see cref="Regions"/>.
/// </summary>
internal static class Sequences
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("SequenceEmpty", 11, n => { n.Ignore("dtype"); n.ReturnSequence([]); }),
        new("SequenceConstruct", 11, n => n.ReturnSequence(n.All())),
        new("SequenceAt", 11, ImportAt, "positions are constant, or the items have one type"),
        new("SequenceErase", 11, n => { List<Value> items = n.Sequence(0); items.RemoveAt(n.Has(1) ? Place(n, items.Count, 1, 0) : Last(items)); n.ReturnSequence(items); }, Positions),
        new("SequenceInsert", 11, ImportInsert, Positions),
        new("SequenceLength", 11, ImportLength),
        new("SequenceMap", 17, ImportMap),
        new("SplitToSequence", 11, ImportSplit, "sizes are constant, and the split axis has a known size unless parts of size 1 are wanted"),
        new("ConcatFromSequence", 11, ImportConcat),
        new("Optional", 15, n => { n.Ignore("type"); n.ReturnOptional(n.Has(0) ? n.Operand(0) : null); }),
        new("OptionalHasElement", 15, n => n.Return(Tensor.From([n.Has(0) && n.Operand(0) is not Operand.Absent], Shape.Scalar))),
        new("OptionalGetElement", 15, n => n.ReturnOptional(n.Operand(0) is Operand.Absent ? throw new ImportRefusal("the optional is empty") : n.Operand(0))),
    ];

    private const string Positions = "positions are constant";

    // Of items of one type, one that data choose.
    private static void ImportAt(NodeImport n)
    {
        if (n.Operand(0) is Operand.Sequence { Items: { } items } && !n.IsComputed(1)) n.Alias(items[Place(n, items.Count, 1, 0)]);
        else n.Return(new Gather(), Stacked(n, n.Operand(0)), n.Emit(new Reshape([]), n[1]));
    }

    private static void ImportInsert(NodeImport n)
    {
        if (n.Operand(0) is Operand.Stack stack)
        {
            NodeImport.Require(!n.Has(2), "the length of the sequence is known only when the graph runs; items can be added at its end");
            n.Define(0, Joined(n, stack, n.Emit(new Unsqueeze([0]), n[1])));
            return;
        }
        List<Value> items = n.Sequence(0);
        items.Insert(n.Has(2) ? Place(n, items.Count, 2, 1) : items.Count, n[1]);
        n.ReturnSequence(items);
    }

    private static void ImportLength(NodeImport n)
    {
        if (n.Operand(0) is Operand.Stack { Items: { } stack }) n.Return(new Reshape([]), n.Emit(new SizeOf(0), stack));
        else n.Return(Tensor.From<long>([n.Sequence(0).Count], Shape.Scalar));
    }

    /// <summary>A sequence, followed by items of one type that are stacked.</summary>
    public static Operand.Stack Joined(NodeImport n, Operand sequence, Value items) =>
        new(sequence.Values.Count == 0 ? items : n.Emit(new Concat(0), Stacked(n, sequence), items));

    // The items of a sequence along a new first axis.
    private static Value Stacked(NodeImport n, Operand sequence)
    {
        if (sequence is Operand.Stack stack) return stack.Items;
        NodeImport.Require(sequence is Operand.Sequence && sequence.Values.Count > 0, "an empty sequence, or none, where an item is chosen");
        TensorType first = sequence.Values[0].Type;
        NodeImport.Require(sequence.Values.All(v => v.Type == first), "which item of the sequence, data say; then the items must have one type and shape");
        return n.Emit(new Concat(0), [.. sequence.Values.Select(v => n.Emit(new Unsqueeze([0]), v))]);
    }

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
        if (!n[0].Shape[axis].IsKnown && !n.Has(1))
        {
            n.Define(0, new Operand.Stack(ToFront(n, keep ? n.Emit(new Unsqueeze([axis + 1]), n[0]) : n[0], axis)));
            return;
        }
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
        if (n.Operand(0) is Operand.Stack { Items: { } all })
        {
            ImportConcat(n, all, axis, stack);
            return;
        }
        Value[] parts = [.. n.Sequence(0)];
        NodeImport.Require(parts.Length > 0, "the sequence is empty");
        n.Return(new Concat(axis), stack ? [.. parts.Select(p => n.Emit(new Unsqueeze([axis]), p))] : parts);
    }

    // The first axis of a stack goes to its place, and there into the next one unless it is to stay.
    private static void ImportConcat(NodeImport n, Value stack, int axis, bool isNew)
    {
        int rank = stack.Shape.Rank - (isNew ? 0 : 1), at = axis < 0 ? axis + rank : axis;
        NodeImport.Require(at >= 0 && at < rank, $"axis {axis} does not exist in a result of {rank} axes");
        Transpose turned = new([.. Enumerable.Range(1, at), 0, .. Enumerable.Range(at + 1, stack.Shape.Rank - 1 - at)]);
        if (isNew)
        {
            n.Return(turned, stack);
            return;
        }
        ReadOnlySpan<Dim> behind = stack.Shape.Span[(at + 2)..];
        foreach (Dim dim in behind) NodeImport.Require(dim.IsKnown, $"items of {stack.Type} are joined along axis {at}; the sizes behind it must be known. Bind them on import");
        n.Return(new Reshape([.. new int[at], -1, .. behind.ToArray().Select(d => d.Size)]), n.Emit(turned, stack));
    }

    // x with an axis in front.
    private static Value ToFront(NodeImport n, Value x, int axis) =>
        axis == 0 ? x : n.Emit(new Transpose([axis, .. Enumerable.Range(0, axis), .. Enumerable.Range(axis + 1, x.Shape.Rank - 1 - axis)]), x);

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
