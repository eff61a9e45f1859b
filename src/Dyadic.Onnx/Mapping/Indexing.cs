using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Onnx.Mapping;

/// <summary>Operators that choose, place and count by indices.</summary>
internal static class Indexing
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("Trilu", 14, n => n.Return(new Trilu(n.Flag("upper", true), n.Has(1) ? n.Ints(1, "the diagonal")[0] : 0), n[0]), "the diagonal is constant"),
        new("Tile", 6, n => n.Return(new Tile([.. n.Ints(1, "the repeats")]), n[0]), "the repeats are constant"),
        new("CumSum", 11, n => n.Return(new CumSum(n.Ints(1, "the axis")[0], n.Flag("exclusive", false), n.Flag("reverse", false)), n[0]), "the axis is constant"),
        new("TopK", 7, ImportTopK, "k is constant"),
        new("Scatter", 9, n => n.Return(new ScatterElements(n.Int("axis", 0)), n.All())),
        new("ScatterElements", 11, n => n.Return(new ScatterElements(n.Int("axis", 0), Reduction(n)), n.All())),
        new("ScatterND", 11, n => n.Return(new ScatterND(Reduction(n)), n.All())),
        new("GatherND", 11, n => n.Return(new GatherND(n.Int("batch_dims", 0)), n[0], n[1])),
        new("OneHot", 9, ImportOneHot, "the depth is constant"),
        new("Hardmax", 7, ImportHardmax),
        new("EyeLike", 9, ImportEyeLike, "the shape is known"),
        new("Range", 11, ImportRange),
        new("TfIdfVectorizer", 9, ImportNGrams),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Of<Trilu>("Trilu", (n, op) => n.Since(14).Write("Trilu", op.Diagonal == 0 ? [n[0]] : [n[0], n.Integer("diagonal", op.Diagonal)], Attributes.Flag("upper", op.Upper))),
        ExportRule.Of<Tile>("Tile", (n, op) => n.Write("Tile", [n[0], n.Constant("repeats", op.Repeats)])),
        ExportRule.Of<CumSum>("CumSum", (n, op) => n.Write("CumSum", [n[0], n.Integer("axis", op.Axis)], Attributes.Flag("exclusive", op.Exclusive), Attributes.Flag("reverse", op.Reverse))),
        ExportRule.Of<TopK>("TopK", (n, op) => n.Write("TopK", [n[0], n.Constant("k", [op.K])], Attributes.Int("axis", op.Axis), Attributes.Flag("largest", op.Largest))),
        ExportRule.Of<ScatterElements>("ScatterElements", (n, op) => n.Write("ScatterElements", [Attributes.Int("axis", op.Axis), .. Reduction(n, op.Reduction)])),
        ExportRule.Of<ScatterND>("ScatterND", (n, op) => n.Write("ScatterND", Reduction(n, op.Reduction))),
        ExportRule.Of<GatherND>("GatherND", (n, op) => n.Write("GatherND", Attributes.Int("batch_dims", op.Batch))),
        ExportRule.Of<SizeOf>("Shape and Gather", (n, op) => n.Write("Gather", [n.Inner("Shape", [n[0]]), n.Constant("axis", [Axis(n, op.Axis)])])),
        ExportRule.Of<Positions>("Shape, Gather and Range", (n, op) => n.Write("Range",
            [n.Integer("start", 0), n.Inner("Gather", [n.Inner("Shape", [n[0]]), n.Integer("axis", Axis(n, op.Axis))]), n.Integer("delta", 1)])),
        ExportRule.Plain<Arange>("Range"),
        ExportRule.Of<NGramCount>("TfIdfVectorizer", (n, op) => n.Write(
            "TfIdfVectorizer", Attributes.Text("mode", "TF"), op.Words.Count > 0 ? Attributes.Texts("pool_strings", op.Pool.Select(i => op.Words[i])) : Attributes.Ints("pool_int64s", op.Pool), Attributes.Ints("ngram_counts", op.Starts), Attributes.Ints("ngram_indexes", op.Columns),
            Attributes.Int("min_gram_length", op.MinLength), Attributes.Int("max_gram_length", op.MaxLength), Attributes.Int("max_skip_count", op.MaxSkip))),
    ];

    private static int Axis(NodeExport n, int axis) => n.Node.Inputs[0].Shape.Axis(axis, n.Node.Op.Name);

    private static ScatterReduction Reduction(NodeImport n) => n.Text("reduction", "none") switch
    {
        "none" => ScatterReduction.Replace,
        "add" => ScatterReduction.Add,
        "mul" => ScatterReduction.Multiply,
        "min" => ScatterReduction.Minimum,
        "max" => ScatterReduction.Maximum,
        string other => throw new ImportRefusal($"reduction '{other}' is unknown"),
    };

    private static Wire.AttributeProto[] Reduction(NodeExport n, ScatterReduction reduction)
    {
        if (reduction == ScatterReduction.Replace) return [];
        n.Since(reduction is ScatterReduction.Minimum or ScatterReduction.Maximum ? 18 : 16);
        return [Attributes.Text("reduction", reduction switch { ScatterReduction.Add => "add", ScatterReduction.Multiply => "mul", ScatterReduction.Minimum => "min", _ => "max" })];
    }

    private static void ImportTopK(NodeImport n)
    {
        n.Ignore("sorted");        // sorted is one of the orders that are allowed otherwise
        int k = n.Opset < 10 ? n.Int("k", 0) : n.Ints(1, "k")[0];
        n.Return(new TopK(k, n.Int("axis", -1), n.Flag("largest", true)), n[0]);
    }

    // y = on where the index, counted from the end if negative, is the position along a new axis, else off.
    private static void ImportOneHot(NodeImport n)
    {
        int depth = (int)Scalars.Read(n.Constant(1, "the depth")), rank = n[0].Shape.Rank, axis = n.Int("axis", -1);
        NodeImport.Require(axis >= -rank - 1 && axis <= rank, $"axis {axis} does not exist in indices of rank {rank}");
        axis = axis < 0 ? axis + rank + 1 : axis;
        Value index = n.Emit(new Unsqueeze([axis]), n[0].Type.Type == DType.Int64 ? n[0] : n.Emit(new Cast(DType.Int64), n[0]));
        Value size = n.NewConstant("depth", Tensor.From<long>([depth], Shape.Scalar));
        Value counted = n.Emit(new Where(), n.Emit(new Less(), index, n.NewConstant("zero", Tensor.From<long>([0], Shape.Scalar))), n.Emit(new Add(), index, size), index);
        Value hot = n.Emit(new Equal(), counted, Places(n, depth, axis, rank + 1));
        n.Return(new Where(), hot, Choice(n, 1, "on"), Choice(n, 0, "off"));
    }

    private static Value Choice(NodeImport n, long index, string name) => n.Emit(new Gather(), n[2], n.NewConstant(name, Tensor.From([index], Shape.Scalar)));

    // 0 … size − 1 along one of so many axes.
    private static Value Places(NodeImport n, int size, int axis, int rank)
    {
        n.RequireFew(size);
        int[] dims = new int[rank];
        Array.Fill(dims, 1);
        dims[axis] = size;
        return n.NewConstant("places", Tensor.From<long>([.. Enumerable.Range(0, size).Select(i => (long)i)], Shape.Of(dims)));
    }

    // 1 at the first maximum along an axis; before opset 13 along all axes from there on.
    private static void ImportHardmax(NodeImport n)
    {
        Value x = n[0];
        int axis = x.Shape.Axis(n.Int("axis", n.Opset < 13 ? 1 : -1), "Hardmax");
        bool flat = n.Opset < 13 && axis < x.Shape.Rank - 1;
        if (flat)
        {
            NodeImport.Require(x.Shape.IsKnown, $"x is {x.Shape}; its sizes must be known to take the maximum over several axes");
            x = n.Emit(new Flatten(axis), x);
            axis = 1;
        }
        NodeImport.Require(x.Shape[axis].IsKnown, $"axis {axis} of {x.Shape} has no known size; bind it to a size on import");
        Value hot = n.Emit(new Equal(), n.Emit(new ArgMax(axis, true, false), x), Places(n, x.Shape[axis], axis, x.Shape.Rank));
        if (flat) n.Return(new Reshape([.. n[0].Shape.ToArray()]), n.Emit(new Cast(x.Type.Type), hot));
        else n.Return(new Cast(x.Type.Type), hot);
    }

    private static void ImportEyeLike(NodeImport n)
    {
        Shape x = n[0].Shape;
        long k = n.Long("k", 0);
        DType type = n.ElementType("dtype", n[0].Type.Type);
        NodeImport.Require(x.Rank == 2 && x.IsKnown, $"x is {x}; a matrix of known size is needed");
        n.RequireFew((double)x[0].Size * x[1].Size);
        double[] eye = new double[x.Length];
        for (int i = 0; i < x[0].Size; i++)
            if (i + k >= 0 && i + k < x[1].Size) eye[(i * x[1].Size) + i + k] = 1;
        n.Return(Tensor.From(eye, x).Cast(type));
    }

    // From 0 to the size of an axis: positions along that axis, whose size stays symbolic. Constants are computed at once.
    private static void ImportRange(NodeImport n)
    {
        if (n.Operand(1) is Operand.Sizes { Dims: [var size] } && n.SizeOwner(size) is { } owner && IsConstant(n, 0, 0) && IsConstant(n, 2, 1))
            n.Return(new Positions(owner.Axis), owner.Value);
        else if (!n.IsComputed(0) && !n.IsComputed(1) && !n.IsComputed(2) && n[0].Constant is { } start && n[1].Constant is { } limit && n[2].Constant is { } delta)
        {
            double count = Math.Ceiling((Scalars.Read(limit.Reshape()) - Scalars.Read(start.Reshape())) / Scalars.Read(delta.Reshape()));
            n.RequireFew(count);
            n.Return(Dyadic.Arithmetics.Door.Run(new Arange("length"), start, limit, delta)[0]);
        }
        else n.Return(new Arange(n.NewSymbol("length")), n[0], n[1], n[2]);
    }

    // Counts (TF), weights of what occurs (IDF), or their products.
    private static void ImportNGrams(NodeImport n)
    {
        string[]? strings = n.Texts("pool_strings"), words = strings?.Distinct().ToArray();
        int[] columns = n.Ints("ngram_indexes") ?? [];
        int[] pool = words is not null ? [.. strings!.Select(Places(words))] : n.Ints("pool_int64s") ?? throw new ImportRefusal("it has no pool");
        NodeImport.Require(words is null || words.Length > 0 && !n.Has("pool_int64s"), "its pool is empty, or holds integers and strings");
        float[]? weights = n.Floats("weights");
        string mode = n.Text("mode", "TF");
        NodeImport.Require(columns.All(c => c >= 0) && columns.Distinct().Count() == columns.Length && (weights is null || weights.Length == columns.Length), "ngram_indexes and weights do not fit each other");
        if (columns.Length > 0) n.RequireFew(columns.Max());
        NGramCount count = new([.. pool], [.. n.Ints("ngram_counts") ?? []], [.. columns], n.Int("min_gram_length", 1), n.Int("max_gram_length", 1), n.Int("max_skip_count", 0), words is null ? [] : [.. words]);
        if (mode == "TF")
        {
            n.Return(count, n[0]);
            return;
        }
        NodeImport.Require(mode is "IDF" or "TFIDF", $"mode '{mode}' is unknown");
        Value counts = n.Emit(count, n[0]);
        float[] byColumn = new float[columns.Length == 0 ? 0 : columns.Max() + 1];
        for (int i = 0; i < columns.Length; i++) byColumn[columns[i]] = weights is null ? 1 : weights[i];
        n.Return(new Mul(), mode == "IDF" ? n.Emit(new Sign(), counts) : counts, n.NewConstant("weights", Tensor.Vector(byColumn)));
    }

    private static Func<string, int> Places(string[] words)
    {
        Dictionary<string, int> places = words.Index().ToDictionary(w => w.Item, w => w.Index);
        return word => places[word];
    }

    private static bool IsConstant(NodeImport n, int index, double value) => n.Operand(index) is Operand.Of { Value.Constant: { Length: 1 } data } && Scalars.Read(data.Reshape()) == value;
}
