using Dyadic.Numerics;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;
using Dyadic.Testing;
using static Dyadic.Onnx.Tests.PeerCase;

namespace Dyadic.Onnx.Tests;

/// <summary>Single nodes in many forms, against ONNX Runtime.</summary>
public class PeerTests
{
    [FixtureFact(Fixture.OnnxRuntime)]
    public void Convolutions_over_three_axes() => Check(
    [
        Conv("Conv", [2, 4, 5, 6, 7], [6, 4, 3, 2, 3], 6),
        Conv("Conv", [2, 4, 5, 6, 7], [6, 2, 3, 2, 3], 6, Attributes.Int("group", 2), Attributes.Ints("pads", [1, 0, 2, 1, 1, 0]), Attributes.Ints("strides", [2, 1, 2])),
        Conv("Conv", [1, 3, 9, 6, 7], [3, 1, 3, 2, 3], 3, Attributes.Int("group", 3), Attributes.Ints("dilations", [3, 2, 1]), Attributes.Ints("pads", [4, 1, 1, 3, 0, 1])),
        Conv("Conv", [2, 2, 6, 5, 5], [3, 2, 3, 3, 3], 3, Attributes.Text("auto_pad", "SAME_UPPER"), Attributes.Ints("strides", [2, 2, 1])),
        Conv("ConvTranspose", [2, 4, 3, 4, 5], [4, 3, 3, 2, 3], 3),
        Conv("ConvTranspose", [2, 4, 3, 4, 5], [4, 3, 3, 2, 3], 6, Attributes.Int("group", 2), Attributes.Ints("strides", [2, 1, 3]), Attributes.Ints("pads", [1, 0, 2, 0, 1, 1]), Attributes.Ints("output_padding", [1, 0, 2])),
        Conv("ConvTranspose", [1, 2, 3, 4, 3], [2, 2, 2, 3, 2], 2, Attributes.Ints("dilations", [2, 1, 3]), Attributes.Ints("strides", [3, 2, 1])),
    ]);

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Poolings_over_three_axes()
    {
        AttributeProto[][] windows =
        [
            [Attributes.Ints("kernel_shape", [3, 2, 3])],
            [Attributes.Ints("kernel_shape", [2, 3, 2]), Attributes.Ints("strides", [2, 1, 2]), Attributes.Ints("pads", [1, 1, 0, 0, 1, 1])],
            [Attributes.Ints("kernel_shape", [3, 3, 2]), Attributes.Ints("strides", [2, 2, 2]), Attributes.Int("ceil_mode", 1)],
        ];
        IEnumerable<PeerCase> cases = windows.SelectMany(w => (PeerCase[])
        [
            new(19, "MaxPool", w, rng => [Uniform(rng, -2, 2, 2, 3, 6, 5, 7)], Tolerance: 0),
            new(19, "AveragePool", w, rng => [Uniform(rng, -2, 2, 2, 3, 6, 5, 7)]),
            new(19, "AveragePool", [.. w, Attributes.Int("count_include_pad", 1)], rng => [Uniform(rng, -2, 2, 2, 3, 6, 5, 7)]),
        ]);
        Check([.. cases, new(13, "MaxPool", [.. windows[0], Attributes.Ints("dilations", [2, 1, 2])], rng => [Uniform(rng, -2, 2, 1, 2, 7, 5, 7)], Tolerance: 0)]);
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Normalisations() => Check(
    [
        new(13, "LRN", [Attributes.Int("size", 3)], rng => [Uniform(rng, -2, 2, 2, 5, 3, 4)]),
        new(13, "LRN", [Attributes.Int("size", 5), Attributes.Float("alpha", 0.5f), Attributes.Float("beta", 0.5f), Attributes.Float("bias", 2)], rng => [Uniform(rng, -2, 2, 2, 7, 3, 4)]),
        new(13, "InstanceNormalization", [Attributes.Float("epsilon", 0.01f)], rng => [Uniform(rng, -2, 2, 2, 3, 4, 5), Uniform(rng, 0, 2, 3), Uniform(rng, -1, 1, 3)]),
        new(13, "MeanVarianceNormalization", [], rng => [Uniform(rng, -2, 2, 2, 3, 4, 5)]),
        new(11, "Softmax", [Attributes.Int("axis", 2)], rng => [Uniform(rng, -2, 2, 2, 3, 4, 5)]),
        new(11, "LogSoftmax", [Attributes.Int("axis", 0)], rng => [Uniform(rng, -2, 2, 2, 3, 4)]),
    ]);

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Resizing()
    {
        List<PeerCase> cases = [];
        string[] coordinates = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"];
        foreach (string where in coordinates)
        {
            foreach (string rounding in (string[])["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"])
            {
                cases.Add(Sized([2, 2, 7, 3], Attributes.Text("mode", "nearest"), Attributes.Text("coordinate_transformation_mode", where), Attributes.Text("nearest_mode", rounding)));
                cases.Add(Scaled([1, 1, 2.5f, 1.5f], Attributes.Text("mode", "nearest"), Attributes.Text("coordinate_transformation_mode", where), Attributes.Text("nearest_mode", rounding)));
            }
            foreach (string mode in (string[])["linear", "cubic"])
            {
                AttributeProto[] attributes = [Attributes.Text("mode", mode), Attributes.Text("coordinate_transformation_mode", where)];
                cases.Add(Sized([2, 2, 9, 3], attributes));
                cases.Add(Scaled([1, 1, 1.6f, 2], attributes));
            }
            cases.Add(Scaled([1, 1, 0.6f, 1.6f], Attributes.Text("mode", "cubic"), Attributes.Text("coordinate_transformation_mode", where), Attributes.Float("cubic_coeff_a", -0.5f), Attributes.Int("exclude_outside", 1)));
        }
        foreach (string mode in (string[])["linear", "cubic"])
            cases.Add(Scaled([1, 1, 0.6f, 0.4f], Attributes.Text("mode", mode), Attributes.Int("antialias", 1), Attributes.Int("exclude_outside", 1)));
        cases.Add(new(18, "Resize", [Attributes.Text("mode", "linear"), Attributes.Ints("axes", [3, 2])], rng => [Image(rng), null, null, Tensor.Vector(9L, 4)], [3]));
        foreach (string policy in (string[])["not_larger", "not_smaller"])
            cases.Add(new(18, "Resize", [Attributes.Text("mode", "linear"), Attributes.Ints("axes", [2, 3]), Attributes.Text("keep_aspect_ratio_policy", policy)], rng => [Image(rng), null, null, Tensor.Vector(9L, 8)], [3]));
        foreach (string mode in (string[])["nearest", "linear"])
        {
            AttributeProto[] crop = [Attributes.Text("mode", mode), Attributes.Text("coordinate_transformation_mode", "tf_crop_and_resize"), Attributes.Float("extrapolation_value", 10)];
            cases.Add(new(13, "Resize", crop, rng => [Image(rng), Tensor.Vector(0f, 0, 0.4f, 0.65f, 1, 1, 1.3f, 0.85f), null, Tensor.Vector(2L, 2, 3, 3)], [1, 3]));
            cases.Add(new(9, "Upsample", [Attributes.Text("mode", mode)], rng => [Image(rng), Tensor.Vector(1f, 1, 2, 3)], [1]));
            cases.Add(new(10, "Resize", [Attributes.Text("mode", mode)], rng => [Image(rng), Tensor.Vector(1f, 1, 2, 2)], [1]));
        }
        Check(cases);
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Activations_and_norms_of_transformers()
    {
        const string Own = "com.microsoft.";
        AttributeProto[] epsilon = [Attributes.Float("epsilon", 1e-3f)];
        Check(
        [
            new(17, Own + "Gelu", [], rng => [Uniform(rng, -4, 4, 3, 5)]),
            new(17, Own + "BiasGelu", [], rng => [Uniform(rng, -4, 4, 3, 5), Uniform(rng, -1, 1, 5)]),
            new(17, Own + "FastGelu", [], rng => [Uniform(rng, -4, 4, 3, 5), Uniform(rng, -1, 1, 5)]),
            new(17, Own + "QuickGelu", [Attributes.Float("alpha", 1.3f)], rng => [Uniform(rng, -4, 4, 3, 5)]),
            new(17, "SimplifiedLayerNormalization", epsilon, rng => [Uniform(rng, -4, 4, 2, 3, 8), Uniform(rng, 0, 2, 8)]),
            new(23, "RMSNormalization", epsilon, rng => [Uniform(rng, -4, 4, 2, 3, 8), Uniform(rng, 0, 2, 8)]),
            new(17, Own + "SkipLayerNormalization", epsilon, rng => [Uniform(rng, -4, 4, 2, 3, 8), Uniform(rng, -4, 4, 2, 3, 8), Uniform(rng, 0, 2, 8), Uniform(rng, -1, 1, 8), Uniform(rng, -1, 1, 8)]),
            new(17, Own + "SkipLayerNormalization", [], rng => [Uniform(rng, -4, 4, 2, 3, 8), Uniform(rng, -4, 4, 2, 3, 8), Uniform(rng, 0, 2, 8)]),
            new(17, Own + "SkipSimplifiedLayerNormalization", epsilon, rng => [Uniform(rng, -4, 4, 2, 3, 8), Uniform(rng, -4, 4, 2, 3, 8), Uniform(rng, 0, 2, 8), Uniform(rng, -1, 1, 8)]),
        ]);
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Attention()
    {
        const string Own = "com.microsoft.";
        AttributeProto heads = Attributes.Int("num_heads", 2), causal = Attributes.Int("unidirectional", 1);
        Tensor Seen() => Tensor.From([1, 1, 1, 1, 0, 1, 1, 1, 0, 0], Shape.Of(2, 5));
        Tensor[] Three(Rng rng, int s) => [Uniform(rng, -1, 1, 2, 5, 8), Uniform(rng, -1, 1, 2, s, 8), Uniform(rng, -1, 1, 2, s, 8)];
        Check(
        [
            new(17, Own + "Attention", [heads], rng => [Uniform(rng, -1, 1, 2, 5, 6), Uniform(rng, -1, 1, 6, 24), Uniform(rng, -1, 1, 24)], [1, 2], Tolerance: 2e-5),
            new(17, Own + "Attention", [heads], rng => [Uniform(rng, -1, 1, 2, 5, 6), Uniform(rng, -1, 1, 6, 24), Uniform(rng, -1, 1, 24), Seen()], [1, 2], Tolerance: 2e-5),
            new(17, Own + "Attention", [heads, causal, Attributes.Float("scale", 0.3f)], rng => [Uniform(rng, -1, 1, 2, 5, 6), Uniform(rng, -1, 1, 6, 24), Uniform(rng, -1, 1, 24)], [1, 2], Tolerance: 2e-5),
            new(17, Own + "MultiHeadAttention", [heads], rng => Three(rng, 7), Tolerance: 2e-5),
            new(17, Own + "MultiHeadAttention", [heads], rng => [.. Three(rng, 5), Uniform(rng, -1, 1, 24), Seen()], Tolerance: 2e-5),
            new(23, "Attention", [], rng => [Uniform(rng, -1, 1, 2, 3, 5, 4), Uniform(rng, -1, 1, 2, 3, 6, 4), Uniform(rng, -1, 1, 2, 3, 6, 4), Uniform(rng, -1, 1, 5, 6)], Tolerance: 2e-5),
            new(23, "Attention", [Attributes.Int("q_num_heads", 2), Attributes.Int("kv_num_heads", 2), Attributes.Int("is_causal", 1)], rng => Three(rng, 5), Tolerance: 2e-5),
        ]);
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Choosing_boxes()
    {
        Func<Rng, Tensor?[]> Boxes(long most, float overlap, float? least) => rng =>
            [Uniform(rng, 0, 1, 2, 30, 4), Uniform(rng, 0, 1, 2, 3, 30), Tensor.Vector(most), Tensor.Vector(overlap), least is { } l ? Tensor.Vector(l) : null];
        Check(
        [
            new(11, "NonMaxSuppression", [], Boxes(30, 0.3f, 0.2f), Tolerance: 0),
            new(11, "NonMaxSuppression", [], Boxes(5, 0.5f, null), [2, 3], Tolerance: 0),
            new(11, "NonMaxSuppression", [Attributes.Int("center_point_box", 1)], Boxes(30, 0.2f, 0.5f), Tolerance: 0),
        ]);
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Blocks_and_places_of_maxima()
    {
        AttributeProto[] window = [Attributes.Ints("kernel_shape", [2, 2]), Attributes.Ints("strides", [2, 2])];
        Check(
        [
            new(13, "DepthToSpace", [Attributes.Int("blocksize", 2)], rng => [Uniform(rng, -2, 2, 2, 8, 3, 4)], Tolerance: 0),
            new(13, "DepthToSpace", [Attributes.Int("blocksize", 2), Attributes.Text("mode", "CRD")], rng => [Uniform(rng, -2, 2, 2, 8, 3, 4)], Tolerance: 0),
            new(13, "SpaceToDepth", [Attributes.Int("blocksize", 3)], rng => [Uniform(rng, -2, 2, 2, 2, 6, 9)], Tolerance: 0),
            new(12, "MaxPool", window, rng => [Uniform(rng, -2, 2, 2, 3, 6, 5)], Outputs: 2, Tolerance: 0),
            new(12, "MaxPool", [.. window, Attributes.Int("storage_order", 1), Attributes.Ints("pads", [0, 1, 0, 1])], rng => [Uniform(rng, -2, 2, 2, 3, 6, 5)], Outputs: 2, Tolerance: 0),
            new(12, "MaxPool", [Attributes.Ints("kernel_shape", [3])], rng => [Uniform(rng, -2, 2, 2, 3, 9)], Outputs: 2, Tolerance: 0),
            new(12, "MaxPool", window, rng => [Uniform(rng, 0, 255, 2, 3, 6, 4).Cast(DType.UInt8)], Tolerance: 0),
            new(12, "MaxPool", window, rng => [Uniform(rng, -128, 127, 2, 3, 6, 4).Cast(DType.Int8)], Tolerance: 0),
            new(11, "MaxUnpool", window, rng => [Uniform(rng, 1, 2, 1, 2, 2, 2), Tensor.From<long>([0, 3, 8, 15, 16, 19, 29, 31], Shape.Of(1, 2, 2, 2))], Tolerance: 0),
        ]);
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Recurrences()
    {
        List<PeerCase> cases = [];
        foreach ((string op, int gates, int functions) in (IEnumerable<(string, int, int)>)[("RNN", 1, 1), ("GRU", 3, 2), ("LSTM", 4, 3)])
        {
            int outputs = op == "LSTM" ? 3 : 2;
            foreach (string direction in (string[])["forward", "reverse", "bidirectional"])
            {
                int d = direction == "bidirectional" ? 2 : 1;
                AttributeProto[] own = [Attributes.Int("hidden_size", 5), Attributes.Text("direction", direction)];
                Func<Rng, Tensor?[]> Inputs(bool all) => rng =>
                [
                    Uniform(rng, -1, 1, 6, 3, 4), Uniform(rng, -1, 1, d, gates * 5, 4), Uniform(rng, -1, 1, d, gates * 5, 5),
                    .. all ? (Tensor?[])[Uniform(rng, -1, 1, d, 2 * gates * 5), Tensor.Vector(6, 2, 4), Uniform(rng, -1, 1, d, 3, 5)] : [],
                    .. all && op == "LSTM" ? (Tensor?[])[Uniform(rng, -1, 1, d, 3, 5), Uniform(rng, -1, 1, d, 15)] : [],
                ];
                cases.Add(new(14, op, own, Inputs(false), Outputs: outputs));
                cases.Add(new(14, op, own, Inputs(true), Outputs: outputs));
                cases.Add(new(14, op, [.. own, Attributes.Float("clip", 0.4f)], Inputs(true), Outputs: outputs));
                string[] others = ["HardSigmoid", "ScaledTanh", "Softsign"];
                cases.Add(new(14, op, [.. own, Attributes.Texts("activations", Enumerable.Repeat(others[..functions], d).SelectMany(f => f)), .. Numbers(functions, d)], Inputs(true), Outputs: outputs));
                if (op == "GRU") cases.Add(new(14, op, [.. own, Attributes.Int("linear_before_reset", 1)], Inputs(true), Outputs: outputs));
                if (op == "LSTM") cases.Add(new(14, op, [.. own, Attributes.Int("input_forget", 1)], Inputs(true), Outputs: outputs));
            }
        }
        Check(cases);
    }

    private static AttributeProto[] Numbers(int functions, int directions) =>
    [
        Attributes.Floats("activation_alpha", Enumerable.Repeat(functions == 1 ? new[] { 0.3f } : [0.3f, 0.8f], directions).SelectMany(f => f)),
        Attributes.Floats("activation_beta", Enumerable.Repeat(functions == 1 ? new[] { 0.4f } : [0.4f, 0.6f], directions).SelectMany(f => f)),
    ];

    private static Tensor Image(Rng rng) => Uniform(rng, -2, 2, 2, 2, 5, 6);

    private static PeerCase Sized(long[] sizes, params AttributeProto[] attributes) => new(13, "Resize", attributes, rng => [Image(rng), null, null, Tensor.Vector<long>(sizes)], [3]);

    private static PeerCase Scaled(float[] scales, params AttributeProto[] attributes) => new(attributes.Any(a => a.Name == "antialias") ? 18 : 13, "Resize", attributes, rng => [Image(rng), null, Tensor.Vector<float>(scales)], [2]);

    private static PeerCase Conv(string op, int[] x, int[] w, int channels, params AttributeProto[] attributes) =>
        new(11, op, attributes, rng => [Uniform(rng, -1, 1, x), Uniform(rng, -1, 1, w), Uniform(rng, -1, 1, channels)], [1]);
}
