using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>MaxPool with the places of its maxima and of integers, and MaxUnpool, which puts values back there.</summary>
internal static class MaxPools
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("MaxPool", 1, ImportMaxPool, "three and more spatial axes: known sizes, no indices; indices: all sizes are known"),
        new("MaxUnpool", 9, ImportMaxUnpool, "one or two spatial axes of known sizes; windows that do not overlap"),
    ];

    private static void ImportMaxPool(NodeImport n)
    {
        Windows w = Windows.Of(n, null);
        bool ceil = n.Flag("ceil_mode", false), columns = n.Flag("storage_order", false);
        if (n.Wants(1)) n.Define(1, Indices(n, w, ceil, columns));
        Pool(n, w, ceil);
    }

    // Integers of 8 bits are their own codes at scale 1, which plans keep as integers.
    private static void Pool(NodeImport n, Windows w, bool ceil)
    {
        if (n[0].Type.Type is not (DType.Int8 or DType.UInt8)) Windows.Pool(n, w, n[0], v => new MaxPool(v.Kernel, v.Strides, v.Pads, v.Dilations, ceil));
        else
        {
            NodeImport.Require(w.Kernel.Count <= 2, "integers have one or two spatial axes");
            Value scale = n.NewConstant("scale", Tensor.Scalar(1f)), zero = n.NewConstant("zero_point", Tensor.Zeros(Shape.Scalar, n[0].Type.Type));
            Value y = n.Emit(new MaxPool(w.Kernel, w.Strides, w.Pads, w.Dilations, ceil), n.Emit(new DequantizeLinear(), n[0], scale, zero));
            n.Return(new QuantizeLinear(), y, scale, zero);
        }
    }

    // The place in its plane, p = h·W + w (or w·H + h), plus the planes before: (n·C + c)·H·W + p.
    private static Value Indices(NodeImport n, Windows w, bool ceil, bool columns)
    {
        Shape x = n[0].Shape;
        NodeImport.Require(w.Kernel.Count <= 2 && x.IsKnown, $"indices need one or two spatial axes and known sizes, x is {x}; bind symbolic sizes on import");
        Value data = n[0].Type.Type is DType.Float32 or DType.Float64 ? n[0] : n.Emit(new Cast(DType.Float32), n[0]);
        Value places = n.Emit(new Cast(DType.Int64), n.Emit(new MaxPoolIndices(w.Kernel, w.Strides, w.Pads, w.Dilations, ceil), data));
        if (columns && x.Rank == 4)
        {
            Value width = Number(n, "width", x[3]), row = n.Emit(new Div(), places, width), column = n.Emit(new Mod(Truncated: true), places, width);
            places = n.Emit(new Add(), n.Emit(new Mul(), column, Number(n, "height", x[2])), row);
        }
        int plane = x.Span[2..].ToArray().Aggregate(1, (a, d) => a * d.Size);
        n.RequireFew((double)x[0].Size * x[1].Size);
        int[] dims = [x[0], x[1], .. Enumerable.Repeat(1, x.Rank - 2)];
        return n.Emit(new Add(), places, n.NewConstant("planes", Tensor.From<long>([.. Enumerable.Range(0, dims[0] * dims[1]).Select(i => (long)i * plane)], Shape.Of(dims))));
    }

    private static void ImportMaxUnpool(NodeImport n)
    {
        Shape x = n[0].Shape;
        int axes = x.Rank - 2;
        int[] kernel = n.Ints("kernel_shape") ?? throw new ImportRefusal("kernel_shape is missing");
        int[] strides = Windows.List(n, "strides", axes, 1), pads = Windows.List(n, "pads", 2 * axes, 0);
        NodeImport.Require(axes is 1 or 2 && kernel.Length == axes, $"x is {x} and kernel_shape has {kernel.Length} entries; one or two spatial axes are supported");
        NodeImport.Require(x.Span[2..].ToArray().All(d => d.IsKnown), $"{x} has symbolic sizes; bind them on import");
        NodeImport.Require(Enumerable.Range(0, axes).All(i => kernel[i] <= strides[i]), "windows that overlap are not supported");
        int[] sizes = [.. Enumerable.Range(0, axes).Select(i => (strides[i] * (x[i + 2].Size - 1)) + kernel[i] - pads[i] - pads[i + axes])];
        int[] wanted = n.Has(2) ? n.Ints(2, "the shape")[2..] : sizes;
        Value places = n.Emit(new Mod(Truncated: true), n[1], Number(n, "plane", sizes.Aggregate((a, b) => a * b)));
        Op scatter = new PlaneScatter([.. sizes]);
        Value at = n.Emit(new Cast(DType.Int32), places);
        if (wanted.SequenceEqual(sizes)) n.Return(scatter, n[0], at);
        else n.Return(new Pad([.. new int[x.Rank], 0, 0, .. wanted.Zip(sizes, (a, b) => a - b)]), n.Emit(scatter, n[0], at));
    }

    private static Value Number(NodeImport n, string name, int value) => n.NewConstant(name, Tensor.From([(long)value], Shape.Scalar));
}
