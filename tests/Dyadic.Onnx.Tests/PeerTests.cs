using Dyadic.Numerics;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
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

    private static PeerCase Conv(string op, int[] x, int[] w, int channels, params AttributeProto[] attributes) =>
        new(11, op, attributes, rng => [Uniform(rng, -1, 1, x), Uniform(rng, -1, 1, w), Uniform(rng, -1, 1, channels)], [1]);
}
