using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Matrix products and convolutions.</summary>
internal static class Contractions
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("MatMul", 1, n => n.Return(new MatMul(), n[0], n[1])),
        new("Gemm", 1, ImportGemm),
        new("Conv", 1, ImportConv, "three and more spatial axes: known sizes"),
        new("ConvTranspose", 1, ImportConvTranspose, "three and more spatial axes: known sizes"),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Plain<MatMul>("MatMul"),
        ExportRule.Of<Conv>("Conv", (n, op) => n.Write("Conv", [.. Window(n, op.Strides, op.Pads, op.Dilations), Attributes.Int("group", op.Groups)])),
        ExportRule.Of<ConvTranspose>("ConvTranspose", ExportConvTranspose),
    ];

    // α·A′·B′ + β·C, where ′ transposes if asked. Constants are transposed and scaled at once.
    private static void ImportGemm(NodeImport n)
    {
        if (n.Opset < 7) n.Ignore("broadcast");        // C broadcasts as today, where it must
        float alpha = n.Float("alpha", 1), beta = n.Float("beta", 1);
        Value a = n.Flag("transA", false) ? Transposed(n, n[0]) : n[0], b = n.Flag("transB", false) ? Transposed(n, n[1]) : n[1];
        NodeImport.Require(a.Shape.Rank == 2 && b.Shape.Rank == 2, $"A is {a.Shape} and B is {b.Shape}; both must be matrices");
        Value? c = n.Optional(2) is { } given && beta != 0 ? n.Scaled(given, beta, "beta") : null;
        if (alpha == 1 && c is null) n.Return(new MatMul(), a, b);
        else if (c is null) n.Return(new Mul(), n.Emit(new MatMul(), a, b), n.Number("alpha", alpha, a));
        else n.Return(new Add(), n.Scaled(n.Emit(new MatMul(), a, b), alpha, "alpha"), c);
    }

    // A dequantised constant is transposed before it is dequantised, so that the weights stay integers under one DequantizeLinear.
    private static Value Transposed(NodeImport n, Value v)
    {
        NodeImport.Require(v.Shape.Rank == 2, $"{v.Shape} is no matrix");
        if (n.ProducerOf(v) is not { Op: DequantizeLinear dequantize, Inputs: [{ IsConstant: true } q, var scale, var zero] }) return n.Emit(new Transpose([1, 0]), v);
        int axis = dequantize.Axis < 0 ? dequantize.Axis + 2 : dequantize.Axis;
        return n.Emit(new DequantizeLinear(1 - axis), n.Emit(new Transpose([1, 0]), q), scale, zero);
    }

    private static void ImportConv(NodeImport n)
    {
        int groups = n.Int("group", 1);
        Windows w = Windows.Of(n, SpatialOf(n[1].Shape));
        if (w.Kernel.Count <= 2) n.Return(new Conv(w.Strides, w.Pads, w.Dilations, groups), n.All());
        else Volumes.Convolve(n, w, groups);
    }

    private static int[] SpatialOf(Shape weights)
    {
        NodeImport.Require(weights.Rank >= 3 && weights.IsKnown, $"the weights are {weights}; their sizes must be known");
        return weights.ToArray()[2..];
    }

    private static void ImportConvTranspose(NodeImport n)
    {
        int axes = n[0].Shape.Rank - 2, groups = n.Int("group", 1);
        int[] kernel = SpatialOf(n[1].Shape), strides = Windows.List(n, "strides", axes, 1), dilations = Windows.List(n, "dilations", axes, 1);
        int[] pads = Windows.List(n, "pads", 2 * axes, 0), extra = Windows.List(n, "output_padding", axes, 0);
        int[]? wanted = n.Ints("output_shape");
        if (wanted?.Length == axes + 2) wanted = wanted[2..];
        NodeImport.Require(n.Ints("kernel_shape") is not { } written || written.SequenceEqual(kernel), "kernel_shape is not that of the weights");
        NodeImport.Require(wanted is null || wanted.Length == axes, "output_shape needs an entry for each spatial axis");
        string auto = n.Text("auto_pad", "NOTSET");
        NodeImport.Require(auto is "NOTSET" or "" or "VALID" or "SAME_UPPER" or "SAME_LOWER", $"auto_pad '{auto}' is unknown");
        for (int i = 0; i < axes; i++)
        {
            Dim size = n[0].Shape[i + 2];
            if (wanted is null && !auto.StartsWith("SAME", StringComparison.Ordinal)) continue;
            if (!size.IsKnown) throw new ImportRefusal($"output_shape and auto_pad need the size of axis {i + 2} of {n[0].Shape}, which is symbolic; bind it to a size on import");
            int target = wanted?[i] ?? size.Size * strides[i];
            int total = (strides[i] * (size.Size - 1)) + extra[i] + (dilations[i] * (kernel[i] - 1)) + 1 - target;
            if (total < 0) (extra[i], total) = (extra[i] - total, 0);
            (pads[i], pads[i + axes]) = auto == "SAME_LOWER" ? (total - (total / 2), total / 2) : (total / 2, total - (total / 2));
        }
        if (axes <= 2) n.Return(new ConvTranspose([.. strides], [.. pads], [.. dilations], [.. extra], groups), n.All());
        else Volumes.ConvolveTransposed(n, new([.. kernel], [.. strides], [.. pads], [.. dilations]), extra, groups);
    }

    private static void ExportConvTranspose(NodeExport n, ConvTranspose op)
    {
        List<AttributeProto> attributes = [.. Window(n, op.Strides, op.Pads, op.Dilations), Attributes.Int("group", op.Groups)];
        if (op.OutputPadding.Any(p => p != 0)) attributes.Add(Attributes.Ints("output_padding", op.OutputPadding));
        n.Write("ConvTranspose", [.. attributes]);
    }

    /// <summary>The attributes of a convolution whose weights are input 1.</summary>
    public static List<AttributeProto> Window(NodeExport n, Dims strides, Dims pads, Dims dilations)
    {
        List<AttributeProto> attributes = [Attributes.Ints("kernel_shape", n.Node.Inputs[1].Shape.ToArray()[2..])];
        if (strides.Count > 0) attributes.Add(Attributes.Ints("strides", strides));
        if (pads.Count > 0) attributes.Add(Attributes.Ints("pads", pads));
        if (dilations.Count > 0) attributes.Add(Attributes.Ints("dilations", dilations));
        return attributes;
    }
}
