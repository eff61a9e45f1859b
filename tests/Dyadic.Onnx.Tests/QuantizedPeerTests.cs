using Dyadic.Numerics;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;
using Dyadic.Testing;
using static Dyadic.Onnx.Tests.PeerCase;

namespace Dyadic.Onnx.Tests;

/// <summary>Operators on codes against ONNX Runtime: the same codes. Scales are powers of two, so that both round the same numbers.</summary>
public class QuantizedPeerTests
{
    private static readonly int[] Constants = [.. Enumerable.Range(1, 8)];

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Products_and_convolutions_of_codes() => Check(
    [
        new(10, "MatMulInteger", [], rng => [Codes(rng, DType.UInt8, 5, 70), Weights(rng, 70, 9), Byte(131), Tensor.Scalar(-3, DType.Int8)], Tolerance: 0),
        new(10, "MatMulInteger", [], rng => [Codes(rng, DType.UInt8, 2, 3, 8), Codes(rng, DType.UInt8, 8, 4)], Tolerance: 0),
        new(10, "ConvInteger", [Attributes.Ints("pads", [1, 0, 2, 1])], rng => [Codes(rng, DType.UInt8, 2, 3, 6, 5), Codes(rng, DType.UInt8, 4, 3, 3, 2), Byte(7), Byte(120)], Tolerance: 0),
        new(10, "QLinearMatMul", [], rng => [Codes(rng, DType.UInt8, 2, 5, 20), Scale(-5), Byte(100), Codes(rng, DType.UInt8, 20, 7), Scale(-6), Byte(128), Scale(-2), Byte(118)], Tolerance: 0),
        new(10, "QLinearMatMul", [], rng => [Codes(rng, DType.UInt8, 5, 20), Scale(-5), Byte(100), Weights(rng, 20, 2), Tensor.Vector(0.25f, 0.125f), Tensor.Vector<sbyte>(0, 0), Scale(-1), Byte(118)], Constants, Tolerance: 0),
        Convolution([2, 6, 7, 5], [4, 6, 3, 3], 4, Attributes.Ints("pads", [1, 1, 1, 1])),
        Convolution([1, 6, 8, 8], [6, 1, 3, 3], 6, Attributes.Int("group", 6), Attributes.Ints("strides", [2, 2])),
        new(11, "DynamicQuantizeLinear", [], rng => [Uniform(rng, -3, 5, 4, 33)], Outputs: 3, Tolerance: 0),
        new(11, "DynamicQuantizeLinear", [], rng => [Uniform(rng, 1, 5, 4, 33)], Outputs: 3, Tolerance: 0),
    ]);

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Operators_of_its_own_domain() => Check(
    [
        Microsoft("QLinearAdd", [], rng => [Codes(rng, DType.UInt8, 2, 3, 4), Scale(-3), Byte(100), Codes(rng, DType.UInt8, 3, 4), Scale(-4), Byte(20), Scale(-2), Byte(128)]),
        Microsoft("QLinearMul", [], rng => [Codes(rng, DType.Int8, 2, 3, 4), Scale(-3), SByte(10), Codes(rng, DType.Int8, 3, 4), Scale(-4), SByte(-2), Scale(1), SByte(3)]),
        Microsoft("QLinearGlobalAveragePool", [Attributes.Int("channels_last", 0)], rng => [Codes(rng, DType.UInt8, 2, 3, 4, 8), Scale(-3), Byte(100), Scale(-4), Byte(90)]),
        Microsoft("QLinearAveragePool", [Attributes.Ints("kernel_shape", [2, 2]), Attributes.Ints("strides", [2, 2])], rng => [Codes(rng, DType.UInt8, 2, 3, 4, 8), Scale(-3), Byte(100), Scale(-4), Byte(90)]),
        Microsoft("QLinearConcat", [Attributes.Int("axis", 1)], rng => [Scale(-2), Byte(128), Codes(rng, DType.UInt8, 2, 3), Scale(-3), Byte(100), Codes(rng, DType.UInt8, 2, 4), Scale(-4), Byte(20)], [0, 1, 3, 4, 6, 7]),
        Microsoft("QGemm", [Attributes.Float("alpha", 1), Attributes.Int("transB", 1)], rng => [Codes(rng, DType.UInt8, 3, 9), Scale(-4), Byte(100), Weights(rng, 5, 9), Scale(-5), SByte(0), Codes(rng, DType.Int8, 5).Cast(DType.Int32), Scale(-2), Byte(90)]),
        Microsoft("QGemm", [Attributes.Float("alpha", 1)], rng => [Codes(rng, DType.UInt8, 3, 9), Scale(-4), Byte(100), Weights(rng, 9, 5), Scale(-5), SByte(0), Codes(rng, DType.Int8, 5).Cast(DType.Int32)]),
        Microsoft("DynamicQuantizeMatMul", [], rng => [Uniform(rng, -3, 5, 4, 33), Weights(rng, 33, 7), Scale(-5), SByte(3), Uniform(rng, -1, 1, 7)], [1, 2, 3], 1e-5),
        Microsoft("MatMulIntegerToFloat", [], rng => [Codes(rng, DType.UInt8, 4, 33), Weights(rng, 33, 7), Scale(-5), Scale(-4), Byte(99), SByte(0), Uniform(rng, -1, 1, 7)], [1, 3, 5], 1e-5),
        Microsoft("FusedMatMul", [Attributes.Int("transA", 1), Attributes.Int("transB", 1), Attributes.Float("alpha", 0.5f)], rng => [Uniform(rng, -1, 1, 2, 6, 3), Uniform(rng, -1, 1, 2, 5, 6)], null, 1e-5),
        NBits(rng => [Uniform(rng, -1, 1, 3, 40), Codes(rng, DType.UInt8, 7, 3, 8), Uniform(rng, 0.1, 1, 21)]),
        NBits(rng => [Uniform(rng, -1, 1, 3, 40), Codes(rng, DType.UInt8, 7, 3, 8), Uniform(rng, 0.1, 1, 21), Codes(rng, DType.UInt8, 14)]),
        NBits(rng => [Uniform(rng, -1, 1, 3, 40), Codes(rng, DType.UInt8, 7, 3, 8), Uniform(rng, 0.1, 1, 21), Uniform(rng, 0, 15, 21)]),
    ]);

    private static PeerCase Microsoft(string op, AttributeProto[] attributes, Func<Rng, Tensor?[]> inputs, int[]? constants = null, double tolerance = 0) =>
        new(17, $"com.microsoft.{op}", attributes, inputs, constants, Tolerance: tolerance);

    // 40 inputs in blocks of 16, the last one of which is half empty; 7 outputs.
    private static PeerCase NBits(Func<Rng, Tensor?[]> inputs) => Microsoft(
        "MatMulNBits", [Attributes.Int("K", 40), Attributes.Int("N", 7), Attributes.Int("bits", 4), Attributes.Int("block_size", 16)], inputs, [1, 2, 3], 1e-4);

    private static PeerCase Convolution(int[] x, int[] w, int channels, params AttributeProto[] attributes) => new(10, "QLinearConv", attributes, rng =>
    [
        Codes(rng, DType.UInt8, x), Scale(-5), Byte(100), Weights(rng, w), Tensor.Vector<float>([.. Enumerable.Range(0, channels).Select(c => 1f / (1 << (3 + (c % 3))))]),
        Tensor.Zeros(Shape.Of(channels), DType.Int8), Scale(-1), Byte(118), Codes(rng, DType.Int8, channels).Cast(DType.Int32),
    ], Constants, Tolerance: 0);

    // Of 7 bits: without dot products of bytes ONNX Runtime adds pairs of products in int16, which larger ones overflow.
    private static Tensor Weights(Rng rng, params int[] dims) => Uniform(rng, -64, 63.9, dims).Floor().Cast(DType.Int8);

    private static Tensor Scale(int power) => Tensor.Scalar(MathF.ScaleB(1, power));

    private static Tensor Byte(int value) => Tensor.Scalar(value, DType.UInt8);

    private static Tensor SByte(int value) => Tensor.Scalar(value, DType.Int8);

    private static Tensor Codes(Rng rng, DType type, params int[] dims) => Uniform(rng, type == DType.Int8 ? -128 : 0, type == DType.Int8 ? 127.9 : 255.9, dims).Floor().Cast(type);
}
