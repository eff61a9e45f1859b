using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Onnx.Mapping;

/// <summary>Resize and Upsample: one op for each axis that changes.</summary>
internal static class Resizing
{
    private static readonly (string Text, ResizeCoordinates Coordinates)[] Coordinates =
    [
        ("half_pixel", ResizeCoordinates.HalfPixel), ("half_pixel_symmetric", ResizeCoordinates.HalfPixelSymmetric),
        ("pytorch_half_pixel", ResizeCoordinates.PytorchHalfPixel), ("align_corners", ResizeCoordinates.AlignCorners),
        ("asymmetric", ResizeCoordinates.Asymmetric), ("tf_crop_and_resize", ResizeCoordinates.TfCropAndResize),
    ];

    private static readonly (string Text, NearestRounding Rounding)[] Roundings =
    [
        ("round_prefer_floor", NearestRounding.RoundPreferFloor), ("round_prefer_ceil", NearestRounding.RoundPreferCeil),
        ("floor", NearestRounding.Floor), ("ceil", NearestRounding.Ceil),
    ];

    public static IEnumerable<ImportRule> Imports =>
    [
        new("Resize", 10, ImportResize, "scales, sizes and regions are constant; integers: nearest only"),
        new("Upsample", 1, ImportUpsample, "scales are constant; integers: nearest only"),
    ];

    public static IEnumerable<ExportRule> Exports => [ExportRule.Of<Resize>("Resize", Export)];

    private static void ImportUpsample(NodeImport n)
    {
        float[] scales = n.Opset < 7 ? [1, 1, n.Float("height_scale", 1), n.Float("width_scale", 1)] : n.Opset < 9 ? n.Floats("scales") ?? [] : Numbers(n, 1, "the scales");
        Resampling sampling = new(ModeOf(n.Text("mode", "nearest")), ResizeCoordinates.Asymmetric, NearestRounding.Floor);
        Return(n, Axes(n, scales.Length, [.. Enumerable.Range(0, scales.Length)]).Select((axis, i) => new Resize(axis, sampling, Scale: scales[i])));
    }

    private static void ImportResize(NodeImport n)
    {
        bool first = n.Opset < 11;
        int[] axes = n.Opset >= 18 && n.Ints("axes") is { } given ? [.. given.Select(a => n[0].Shape.Axis(a, "Resize"))] : [.. Enumerable.Range(0, n[0].Shape.Rank)];
        Resampling sampling = first ? new(ModeOf(n.Text("mode", "nearest")), ResizeCoordinates.Asymmetric, NearestRounding.Floor) : SamplingOf(n);
        float[]? scales = n.Has(first ? 1 : 2) ? Numbers(n, first ? 1 : 2, "the scales") : null;
        if (scales?.Length == 0) scales = null;
        bool sized = n.Has(3) && (n.Operand(3) is Operand.Sizes || n[3].Shape != Shape.Of(0));
        NodeImport.Require(scales is null == sized, "one of scales and sizes is needed, and not both");
        float[]? region = sampling.Coordinates == ResizeCoordinates.TfCropAndResize ? Numbers(n, 1, "the region") : null;
        NodeImport.Require(region is null || region.Length == 2 * axes.Length, $"the region has {region?.Length} numbers for {axes.Length} axes");
        IEnumerable<Resize> ops = scales is not null
            ? Axes(n, scales.Length, axes).Select((axis, i) => new Resize(axis, Cropped(i), Scale: scales[i]))
            : Sized(n, axes, Cropped);
        Return(n, ops);

        Resampling Cropped(int i) => region is null ? sampling : sampling with { Start = region[i], End = region[i + axes.Length] };
    }

    private static Resampling SamplingOf(NodeImport n)
    {
        string where = n.Text("coordinate_transformation_mode", "half_pixel"), rounding = n.Text("nearest_mode", "round_prefer_floor");
        ResizeMode mode = ModeOf(n.Text("mode", "nearest"));
        if (where == "tf_half_pixel_for_nn")           // (i + ½)/s: half a pixel behind half_pixel, which other roundings express
        {
            NodeImport.Require(mode == ResizeMode.Nearest && rounding is "floor" or "round_prefer_floor", $"tf_half_pixel_for_nn with mode {mode} and nearest_mode '{rounding}' is not supported");
            (where, rounding) = ("half_pixel", rounding == "floor" ? "round_prefer_ceil" : "ceil");
        }
        return new(
            mode, Of(Coordinates, where, "coordinate_transformation_mode"), Of(Roundings, rounding, "nearest_mode"), n.Float("cubic_coeff_a", -0.75f),
            n.Flag("exclude_outside", false), n.Flag("antialias", false) && mode != ResizeMode.Nearest, Outside: n.Float("extrapolation_value", 0));
    }

    private static T Of<T>((string Text, T Value)[] known, string text, string attribute)
    {
        int at = Array.FindIndex(known, k => k.Text == text);
        return at >= 0 ? known[at].Value : throw new ImportRefusal($"{attribute} '{text}' is unknown; {string.Join(", ", known.Select(k => k.Text))} are known");
    }

    private static ResizeMode ModeOf(string text) => text switch
    {
        "nearest" => ResizeMode.Nearest,
        "linear" or "bilinear" => ResizeMode.Linear,
        "cubic" => ResizeMode.Cubic,
        _ => throw new ImportRefusal($"mode '{text}' is unknown; nearest, linear and cubic are known"),
    };

    private static int[] Axes(NodeImport n, int count, int[] axes)
    {
        NodeImport.Require(count == axes.Length && axes.Length <= n[0].Shape.Rank, $"there are {count} scales for {axes.Length} axes of {n[0].Shape}");
        return axes;
    }

    // A symbolic size must be that of the axis itself. With a policy other than stretch all axes get one scale, and sizes of their own.
    private static IEnumerable<Resize> Sized(NodeImport n, int[] axes, Func<int, Resampling> sampling)
    {
        Shape x = n[0].Shape;
        Dim[] sizes = n.Sizes(3, "the sizes");
        string policy = n.Opset >= 18 ? n.Text("keep_aspect_ratio_policy", "stretch") : "stretch";
        NodeImport.Require(sizes.Length == axes.Length, $"there are {sizes.Length} sizes for {axes.Length} axes");
        NodeImport.Require(policy is "stretch" or "not_larger" or "not_smaller", $"keep_aspect_ratio_policy '{policy}' is unknown");
        foreach ((int i, int axis) in axes.Index())
            NodeImport.Require(sizes[i].IsKnown || sizes[i] == x[axis], $"axis {axis} of {x} gets the symbolic size '{sizes[i]}'; bind it to a size on import");
        if (policy == "stretch") return axes.Index().Where(a => sizes[a.Index].IsKnown).Select(a => new Resize(a.Item, sampling(a.Index), sizes[a.Index]));
        NodeImport.Require(axes.All(a => x[a].IsKnown), $"keep_aspect_ratio_policy needs the sizes of {x}; bind them on import");
        double[] ratios = [.. axes.Select((a, i) => (double)sizes[i].Size / x[a].Size)];
        double scale = policy == "not_larger" ? ratios.Min() : ratios.Max();
        return axes.Select((axis, i) => new Resize(axis, sampling(i), (int)Math.Floor((scale * x[axis].Size) + 0.5), (float)scale));
    }

    // Axes that shrink most come first: the others have less to do.
    private static void Return(NodeImport n, IEnumerable<Resize> ops)
    {
        Resize[] needed = [.. ops.Where(o => !Keeps(o, n[0].Shape[o.Axis])).OrderBy(o => Factor(o, n[0].Shape[o.Axis])).ThenByDescending(o => o.Axis)];
        bool narrow = n[0].Type.Type is DType.Float16 or DType.BFloat16 && needed.Any(o => o.Sampling.Mode != ResizeMode.Nearest);
        Value y = narrow ? n.Emit(new Cast(DType.Float32), n[0]) : n[0];
        foreach (Resize op in needed.SkipLast(narrow ? 0 : 1)) y = n.Emit(op, y);
        n.Return(narrow ? new Cast(n[0].Type.Type) : needed.Length == 0 ? new Identity() : needed[^1], y);
    }

    private static bool Keeps(Resize op, Dim size) =>
        op.Sampling.Coordinates != ResizeCoordinates.TfCropAndResize && (op.Scale == 1 || (op.Scale == 0 && size == op.Size));

    private static double Factor(Resize op, Dim size) => op.Scale > 0 ? op.Scale : size.IsKnown && size.Size > 0 ? (double)op.Size / size.Size : 1;

    private static float[] Numbers(NodeImport n, int index, string what) => n.Constant(index, what).Cast(DType.Float32).ToArray<float>();

    // Since opset 18 an axis alone; before that all of them, the others with scale 1.
    private static void Export(NodeExport n, Resize op)
    {
        Shape x = n.Node.Inputs[0].Shape;
        Resampling s = op.Sampling;
        bool alone = n.Opset >= 18;
        int axis = op.Axis < 0 ? op.Axis + x.Rank : op.Axis, rank = alone ? 1 : x.Rank, at = alone ? 0 : axis;
        if (s.Antialias && !alone) n.Refuse("antialias needs opset 18");
        if (s.Coordinates == ResizeCoordinates.HalfPixelSymmetric && n.Opset < 19) n.Refuse("half_pixel_symmetric needs opset 19");
        if (op.Size > 0 && op.Scale > 0) n.Refuse("a size with a scale of its own has no form in ONNX");
        if (op.Size > 0 && !alone && !x.IsKnown) n.Refuse($"a size for one axis of {x} needs opset 18");
        string roi = s.Coordinates == ResizeCoordinates.TfCropAndResize ? n.Constant("roi", Tensor.Vector<float>([.. Part(s.Start, 0), .. Part(s.End, 1)])) : "";
        string[] size = op.Size > 0
            ? ["", n.Constant("sizes", alone ? [op.Size] : x.IsKnown ? x.With(axis, op.Size).ToArray() : [])]
            : [n.Constant("scales", Tensor.Vector<float>([.. Part(op.Scale, 1)]))];
        List<AttributeProto> attributes =
        [
            Attributes.Text("mode", s.Mode.ToString().ToLowerInvariant()), Attributes.Text("coordinate_transformation_mode", TextOf(Coordinates, s.Coordinates)),
            Attributes.Text("nearest_mode", TextOf(Roundings, s.Nearest)), Attributes.Float("cubic_coeff_a", s.Cubic), Attributes.Flag("exclude_outside", s.ExcludeOutside),
            Attributes.Float("extrapolation_value", s.Outside),
        ];
        if (alone) attributes.Add(Attributes.Ints("axes", [axis]));
        if (s.Antialias) attributes.Add(Attributes.Flag("antialias", true));
        n.Write("Resize", [n[0], roi, .. size], [.. attributes]);

        IEnumerable<float> Part(float value, float others) => Enumerable.Range(0, rank).Select(i => i == at ? value : others);
    }

    private static string TextOf<T>((string Text, T Value)[] known, T value) => Array.Find(known, k => EqualityComparer<T>.Default.Equals(k.Value, value)).Text;
}
