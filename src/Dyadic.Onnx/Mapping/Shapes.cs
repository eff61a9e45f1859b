using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Onnx.Mapping;

/// <summary>Operators that move data or change dimensions.</summary>
internal static class Shapes
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("Reshape", 1, ImportReshape, "a plan needs sizes that follow from those of the inputs"),
        new("Flatten", 1, n => n.Return(new Flatten(n.Int("axis", 1)), n[0])),
        new("Transpose", 1, n => n.Return(new Transpose([.. n.Ints("perm") ?? []]), n[0])),
        new("Concat", 1, n => n.Return(new Concat(n.Int("axis", n.Opset < 4 ? 1 : 0)), n.All())),
        new("Split", 1, ImportSplit, "sizes are constant"),
        new("Slice", 1, ImportSlice, "axes are constant; a plan needs constant starts, ends and steps"),
        new("Pad", 1, ImportPad, "constant, reflect, edge; pads are constant"),
        new("Gather", 1, n => n.Return(new Gather(n.Int("axis", 0)), n[0], n[1])),
        new("GatherElements", 11, n => n.Return(new GatherElements(n.Int("axis", 0)), n[0], n[1])),
        new("Expand", 8, ImportExpand, "a plan needs a constant shape but for symbolic sizes that stay"),
        new("Squeeze", 1, n => n.Return(new Squeeze([.. Axes(n) ?? []]), n[0]), "axes are constant"),
        new("Unsqueeze", 1, n => n.Return(new Unsqueeze([.. Axes(n) ?? throw new ImportRefusal("axes are missing")]), n[0]), "axes are constant"),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Of<Reshape>("Reshape", (n, op) => n.Write("Reshape", [n[0], n.Constant("shape", op.Target)])),
        ExportRule.Of<Flatten>("Flatten", (n, op) => n.Write("Flatten", Attributes.Int("axis", op.Axis))),
        ExportRule.Of<Transpose>("Transpose", (n, op) => n.Write("Transpose", op.Perm.Count == 0 ? [] : [Attributes.Ints("perm", op.Perm)])),
        ExportRule.Of<Concat>("Concat", (n, op) => n.Write("Concat", Attributes.Int("axis", op.Axis))),
        ExportRule.Of<Split>("Split", (n, op) => n.Write("Split", [n[0], n.Constant("sizes", op.Sizes)], Attributes.Int("axis", op.Axis))),
        ExportRule.Of<Slice>("Slice", ExportSlice),
        ExportRule.Of<Pad>("Pad", ExportPad),
        ExportRule.Of<Gather>("Gather", (n, op) => n.Write("Gather", Attributes.Int("axis", op.Axis))),
        ExportRule.Of<GatherElements>("GatherElements", (n, op) => n.Write("GatherElements", Attributes.Int("axis", op.Axis))),
        ExportRule.Of<Expand>("Expand", ExportExpand),
        ExportRule.Of<Squeeze>("Squeeze", (n, op) => n.Write("Squeeze", op.Axes.Count == 0 ? [n[0]] : [n[0], n.Constant("axes", op.Axes)])),
        ExportRule.Of<Unsqueeze>("Unsqueeze", (n, op) => n.Write("Unsqueeze", [n[0], n.Constant("axes", op.Axes)])),
        ExportRule.Of<DynamicReshape>("Reshape", (n, op) => n.Since(op.AllowZero ? 14 : 13).Write("Reshape", op.AllowZero ? [Attributes.Flag("allowzero", true)] : [])), ExportRule.Plain<DynamicExpand>("Expand"),
        ExportRule.Of<DynamicSlice>("Slice", (n, op) => n.Write("Slice", [n[0], n[1], n[2], n.Constant("axes", op.Axes), .. op.HasSteps ? (string[])[n[3]] : []])),
        ExportRule.Plain<Contiguous>("Identity"),
    ];

    // Attribute before opset 13, input since.
    private static int[]? Axes(NodeImport n) => n.Opset < 13 ? n.Ints("axes") : n.Has(1) ? n.Ints(1, "axes") : null;

    // A symbolic size that stays in its place is 0, any other one is −1: only one of these can be.
    private static void ImportReshape(NodeImport n)
    {
        Shape x = n[0].Shape;
        bool zeros = n.Flag("allowzero", false);
        if (n.Opset >= 5 && n.IsComputed(1))
        {
            NodeImport.Require(n[1].Shape is [{ IsKnown: true }], $"the shape is {n[1].Type}; a vector of known length is needed");
            n.Return(new DynamicReshape([.. Enumerable.Range(0, n[1].Shape[0]).Select(i => Dim.Symbol(n.NewSymbol($"size{i}")))], zeros), n[0], n[1]);
            return;
        }
        Dim[] sizes = n.Opset < 5 ? AttributeSizes(n) : n.Sizes(1, "the shape");
        int[] target = new int[sizes.Length];
        for (int i = 0; i < target.Length; i++)
        {
            Dim size = sizes[i];
            target[i] = size == Operand.Rest || (zeros && size == 0) ? -1 : size.IsKnown ? size.Size : i < x.Rank && x[i] == size ? 0 : -1;      // 0 elements: the rest is 0
        }
        if (target.Count(t => t == -1) <= 1) n.Return(new Reshape([.. target]), n[0]);
        else n.Return(new DynamicReshape([.. sizes.Select((d, i) => d == Operand.Rest ? Dim.Symbol(n.NewSymbol($"size{i}")) : d)]), n[0], n[1]);
    }

    // Before opset 5 the target is an attribute, in which 0 stands for the size that x has there.
    private static Dim[] AttributeSizes(NodeImport n)
    {
        int[] target = n.Ints("shape") ?? throw new ImportRefusal("the shape is missing");
        NodeImport.Require(target.All(t => t >= -1), $"the shape [{string.Join(", ", target)}] holds a size below -1");
        return [.. target.Select(t => t == -1 ? Operand.Rest : (Dim)t)];
    }

    private static void ImportSplit(NodeImport n)
    {
        int axis = n[0].Shape.Axis(n.Int("axis", 0), "Split");
        int[]? sizes = n.Opset < 13 ? n.Ints("split") : null;
        if (n.Has(1)) sizes = n.Ints(1, "the sizes");
        int parts = n.Opset >= 18 ? n.Int("num_outputs", n.OutputCount) : n.OutputCount;
        NodeImport.Require(parts == n.OutputCount, $"num_outputs is {parts}, but {n.OutputCount} outputs are written");
        n.Return(new Split(axis, [.. sizes ?? Equal(n[0].Shape[axis], parts, axis)]), n[0]);
    }

    // Parts of equal size; the last one takes what is left and may be smaller.
    private static int[] Equal(Dim size, int parts, int axis)
    {
        NodeImport.Require(size.IsKnown, $"axis {axis} has no known size; bind it to a size on import");
        int part = (size.Size + parts - 1) / parts;
        return [.. Enumerable.Range(0, parts).Select(i => Math.Clamp(size.Size - (i * part), 0, part))];
    }

    private static void ImportSlice(NodeImport n)
    {
        bool inputs = n.Opset >= 10;
        if (inputs && (n.IsComputed(1) || n.IsComputed(2) || n.IsComputed(4) || n.Operand(1) is Operand.Sizes || n.Operand(2) is Operand.Sizes))
        {
            int count = n[1].Shape is [{ IsKnown: true } length] ? length : throw new ImportRefusal($"the starts are {n[1].Type}; a vector of known length is needed");
            int[] sliced = n.Has(3) ? n.Ints(3, "axes") : [.. Enumerable.Range(0, count)];
            n.Return(new DynamicSlice([.. sliced], n.Has(4), n.NewSymbol("size")), [n[0], n[1], n[2], .. n.Has(4) ? (Value[])[n[4]] : []]);
            return;
        }
        int[] starts = (inputs ? n.Ints(1, "starts") : n.Ints("starts")) ?? throw new ImportRefusal("starts are missing");
        int[] ends = (inputs ? n.Ints(2, "ends") : n.Ints("ends")) ?? throw new ImportRefusal("ends are missing");
        int[]? axes = !inputs ? n.Ints("axes") : n.Has(3) ? n.Ints(3, "axes") : null, steps = n.Has(4) ? n.Ints(4, "steps") : null;
        n.Return(new Slice([.. starts], [.. ends], [.. axes ?? []], [.. steps ?? []]), n[0]);
    }

    private static void ExportSlice(NodeExport n, Slice op)
    {
        Dims axes = op.Axes.Count > 0 ? op.Axes : [.. Enumerable.Range(0, op.Starts.Count)];
        string[] steps = op.Steps.Count > 0 ? [n.Constant("steps", op.Steps)] : [];
        n.Write("Slice", [n[0], n.Constant("starts", op.Starts), n.Constant("ends", op.Ends), n.Constant("axes", axes), .. steps]);
    }

    private static void ImportPad(NodeImport n)
    {
        int rank = n[0].Shape.Rank;
        PadMode mode = n.Text("mode", "constant") switch
        {
            "constant" => PadMode.Constant,
            "reflect" => PadMode.Reflect,
            "edge" => PadMode.Edge,
            string other => throw new ImportRefusal($"mode '{other}' is not supported; use constant, reflect or edge"),
        };
        int[] pads = (n.Opset < 11 ? n.Ints(n.Opset < 2 ? "paddings" : "pads") : n.Ints(1, "pads")) ?? throw new ImportRefusal("pads are missing");
        double value = n.Opset < 11 ? n.Float("value", 0) : n.Has(2) ? Scalars.Read(n.Constant(2, "the value")) : 0;
        if (n.Has(3)) pads = Spread(n[0].Shape, pads, n.Ints(3, "axes"));
        NodeImport.Require(pads.Length == 2 * rank, $"there are {pads.Length} pads for rank {rank}; {2 * rank} are needed");
        n.Return(new Pad([.. pads], mode, value), n[0]);
    }

    private static int[] Spread(Shape x, int[] pads, int[] axes)
    {
        NodeImport.Require(pads.Length == 2 * axes.Length, $"there are {pads.Length} pads for {axes.Length} axes");
        int[] all = new int[2 * x.Rank];
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = x.Axis(axes[i], "Pad");
            (all[axis], all[axis + x.Rank]) = (pads[i], pads[i + axes.Length]);
        }
        return all;
    }

    private static void ExportExpand(NodeExport n, Expand op)
    {
        if (op.Target.IsKnown) n.Write("Expand", [n[0], n.Constant("shape", op.Target.ToArray())]);
        else n.Refuse($"the target {op.Target} has a symbolic size; use 1 where it stays");
    }

    private static void ExportPad(NodeExport n, Pad op)
    {
        string[] value = op.Mode == PadMode.Constant && op.Value != 0 ? [n.Scalar("value", op.Value)] : [];
        n.Write("Pad", [n[0], n.Constant("pads", op.Pads), .. value], Attributes.Text("mode", op.Mode.ToString().ToLowerInvariant()));
    }

    // A symbolic size that x has already is 1, which keeps it.
    private static void ImportExpand(NodeImport n)
    {
        Shape x = n[0].Shape;
        if (n.IsComputed(1))
        {
            NodeImport.Require(n[1].Shape is [{ IsKnown: true }], $"the shape is {n[1].Type}; a vector of known length is needed");
            int rank = Math.Max(x.Rank, n[1].Shape[0]);
            n.Return(new DynamicExpand(n[1].Shape[0], [.. Enumerable.Range(0, rank).Select(i => Dim.Symbol(n.NewSymbol($"size{i}")))]), n[0], n[1]);
            return;
        }
        Dim[] sizes = n.Sizes(1, "the shape"), target = new Dim[sizes.Length];
        bool repeats = false;
        for (int i = 0; i < sizes.Length; i++)
        {
            int axis = x.Rank - sizes.Length + i;
            NodeImport.Require(sizes[i] != Operand.Rest, "the shape holds the size -1");
            bool kept = axis >= 0 && x[axis] == sizes[i];
            repeats |= !sizes[i].IsKnown && !kept;
            target[i] = kept ? 1 : sizes[i];
        }
        if (repeats)
        {
            n.Return(new DynamicExpand(sizes.Length, Shape.Broadcast(x, Shape.Create(sizes), "Expand")), n[0], n[1]);
            return;
        }
        n.Return(new Expand(Shape.Create(target)), n[0]);
    }
}
