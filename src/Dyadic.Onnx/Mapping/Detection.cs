using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Onnx.Mapping;

/// <summary>Operators that read images at places, and choose boxes.</summary>
internal static class Detection
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("GridSample", 16, ImportGrid, "float32 and float64"),
        new("RoiAlign", 10, ImportRegions, "float32 and float64; without sampling_ratio at most 4096 samples of a bin along an axis"),
        new("NonMaxSuppression", 10, ImportBoxes, "no plan: the graph runs node by node"),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Of<GridSample>("GridSample", ExportGrid),
        ExportRule.Of<RoiAlign>("RoiAlign", ExportRegions),
        ExportRule.Of<NonMaxSuppression>("NonMaxSuppression", (n, op) => n.Write("NonMaxSuppression", Attributes.Flag("center_point_box", op.Centred))),
    ];

    private static void ImportGrid(NodeImport n)
    {
        ResizeMode mode = n.Text("mode", n.Opset < 20 ? "bilinear" : "linear") switch
        {
            "nearest" => ResizeMode.Nearest,
            "bilinear" or "linear" => ResizeMode.Linear,
            "bicubic" or "cubic" => ResizeMode.Cubic,
            string other => throw new ImportRefusal($"mode '{other}' is unknown; nearest, linear and cubic are known"),
        };
        GridPadding padding = n.Text("padding_mode", "zeros") switch
        {
            "zeros" => GridPadding.Zeros,
            "border" => GridPadding.Border,
            "reflection" => GridPadding.Reflection,
            string other => throw new ImportRefusal($"padding_mode '{other}' is unknown; zeros, border and reflection are known"),
        };
        n.Return(new GridSample(new(mode, padding, n.Flag("align_corners", false))), n[0], n[1]);
    }

    private static void ExportGrid(NodeExport n, GridSample op)
    {
        bool plain = n.Node.Inputs[0].Shape.Rank == 4;
        n.Since(plain ? 16 : 20);
        string[] modes = n.Opset < 20 ? ["nearest", "bilinear", "bicubic"] : ["nearest", "linear", "cubic"];
        n.Write(
            "GridSample", Attributes.Text("mode", modes[(int)op.Sampling.Mode]), Attributes.Text("padding_mode", op.Sampling.Padding.ToString().ToLowerInvariant()),
            Attributes.Flag("align_corners", op.Sampling.AlignCorners));
    }

    private static void ImportRegions(NodeImport n)
    {
        bool half = (n.Opset < 16 ? "output_half_pixel" : n.Text("coordinate_transformation_mode", "half_pixel")) switch
        {
            "half_pixel" => true,
            "output_half_pixel" => false,
            string other => throw new ImportRefusal($"coordinate_transformation_mode '{other}' is unknown; half_pixel and output_half_pixel are known"),
        };
        bool largest = n.Text("mode", "avg") switch
        {
            "avg" => false,
            "max" => true,
            string other => throw new ImportRefusal($"mode '{other}' is unknown; avg and max are known"),
        };
        RoiSampling sampling = new(n.Int("output_height", 1), n.Int("output_width", 1), n.Int("sampling_ratio", 0), n.Float("spatial_scale", 1), half, largest);
        n.Return(new RoiAlign(sampling), n[0], n[1], n[2]);
    }

    private static void ExportRegions(NodeExport n, RoiAlign op)
    {
        RoiSampling s = op.Sampling;
        if (s.HalfPixel) n.Since(16);
        n.Write("RoiAlign",
        [
            Attributes.Int("output_height", s.Height), Attributes.Int("output_width", s.Width), Attributes.Int("sampling_ratio", s.Samples), Attributes.Float("spatial_scale", s.Scale),
            Attributes.Text("mode", s.Maximum ? "max" : "avg"),
            .. n.Opset < 16 ? (Wire.AttributeProto[])[] : [Attributes.Text("coordinate_transformation_mode", s.HalfPixel ? "half_pixel" : "output_half_pixel")],
        ]);
    }

    // What is left out: no box at all, no overlap allowed, any score.
    private static void ImportBoxes(NodeImport n)
    {
        Value most = n.Optional(2) ?? n.NewConstant("most", Tensor.From<long>([0], Shape.Scalar));
        Value overlap = n.Optional(3) ?? n.NewConstant("overlap", Tensor.Scalar(0f)), least = n.Optional(4) ?? n.NewConstant("least", Tensor.Scalar(float.NegativeInfinity));
        n.Return(new NonMaxSuppression(n.Flag("center_point_box", false), n.NewSymbol("count")), n[0], n[1], most, overlap, least);
    }
}
