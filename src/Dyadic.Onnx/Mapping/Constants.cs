using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Operators whose results are known while importing.</summary>
internal static class Constants
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("Constant", 1, ImportConstant, "no sparse tensors"),
        new("ConstantOfShape", 9, ImportConstantOfShape, "the shape is constant"),
        new("Shape", 1, ImportShape),
        new("Size", 1, n => n.ReturnSizes([n[0].Shape.Aggregate((Dim)1, (a, b) => a * b)], true)),
    ];

    private static void ImportConstant(NodeImport n)
    {
        Tensor? value = n.Tensor("value");
        if (n.Floats("value_floats") is { } floats) value = Tensor.Vector<float>(floats);
        if (n.Longs("value_ints") is { } longs) value = Tensor.Vector<long>(longs);
        if (value is null && n.Float("value_float", float.NaN) is var f && !float.IsNaN(f)) value = Tensor.Scalar(f);
        if (value is null && n.Long("value_int", long.MinValue) is var i && i != long.MinValue) value = Tensor.From<long>([i], Shape.Scalar);
        if (n.Texts("value_strings") is { } strings) value = Tensor.FromStrings(strings, Shape.Of(strings.Length));
        if (n.Has("value_string")) value = Tensor.FromStrings([n.Text("value_string", "")], Shape.Scalar);
        n.Return(value ?? throw new ImportRefusal("it holds no tensor, number, text or list of them"));
    }

    private static void ImportConstantOfShape(NodeImport n)
    {
        Tensor value = n.Tensor("value") ?? Tensor.Zeros(Shape.Of(1));
        NodeImport.Require(value.Length == 1, $"the value is {value.TensorType}, not one element");
        int[] dims = n.Ints(0, "the shape");
        long bytes = dims.Aggregate((long)value.Type.Size(), (a, d) => d < 0 ? -1 : Math.Min(a * d, long.MaxValue >> 31));
        NodeImport.Require(bytes is >= 0 and <= int.MaxValue, $"[{string.Join(", ", dims)}] is no shape, or too large for a constant");
        n.Return(dims.Length == 0 ? value.Reshape() : value.Expand(Shape.Of(dims)));      // a view: no memory is taken here
    }

    private static void ImportShape(NodeImport n)
    {
        Shape x = n[0].Shape;
        int start = Clamp(n.Int("start", 0), x.Rank), end = Math.Max(start, Clamp(n.Int("end", x.Rank), x.Rank));
        n.ReturnSizes(x.Span[start..end].ToArray(), false);
    }

    private static int Clamp(int index, int rank) => Math.Clamp(index < 0 ? index + rank : index, 0, rank);
}
