using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Testing;

public static partial class OpCases
{
    private static IEnumerable<OpCase> Quantization()
    {
        yield return new(new QuantizeLinear(), rng => [Uniform(rng, -5, 5, 3, 7), Float64(0.03), Tensor.Scalar(-4, DType.Int8)]);
        yield return new(new QuantizeLinear(0), rng => [Uniform(rng, -1, 9, 2, 3, 5), Float64(0.03, 0.01), Tensor.Vector<byte>(4, 200)], "per axis");
        yield return new(new DequantizeLinear(), rng => [Tensor.Vector<byte>(0, 3, 128, 255), Float64(0.25), Tensor.Scalar(128, DType.UInt8)]);
        yield return new(
            new DequantizeLinear(-1), rng => [Tensor.From<sbyte>([-128, 0, 127, 3, 5, 7], Shape.Of(2, 3)), Float64(0.5, 0.25, 2), Tensor.Vector<sbyte>(1, 2, 3)], "per axis");
        yield return new(new FakeQuantize(-128, 127), rng => [Codes(rng, DType.Int8, 3, 7), Float64(0.03), Tensor.Scalar(-4, DType.Int8), Uniform(rng, -5, 5, 3, 7)]);
        yield return new(new FakeQuantize(0, 15, 0), rng => [Codes(rng, DType.UInt8, 2, 5), Float64(0.5, 0.1), Tensor.Vector<byte>(4, 0), Uniform(rng, -2, 2, 2, 5), Float64(-2, 0)], "per axis, with offsets");
        yield return new(new DequantizeLinear(0), rng => [Tensor.Vector(-70000, 123456), Float64(0.001, 0.01), Tensor.Vector(0, 0)], "int32");
    }

    private static IEnumerable<OpCase> Stored()
    {
        yield return new(new DequantizeLinear(), rng => [Codes(rng, DType.Int8, 3, 5).Cast(DType.Int4), Float64(0.25), Tensor.Scalar(-3, DType.Int4)], "int4");
        yield return new(new DequantizeLinear(0), rng => [Codes(rng, DType.UInt8, 2, 5).Cast(DType.UInt4), Float64(0.3, 0.7), Tensor.Vector(3, 8).Cast(DType.UInt4)], "uint4, per axis");
        yield return new(new DequantizeLinear(1, 4), rng => [Codes(rng, DType.Int8, 3, 10).Cast(DType.Int4), Uniform(rng, 0.1, 1, 3, 3), Codes(rng, DType.Int8, 3, 3).Cast(DType.Int4)], "int4, blocks");
        yield return new(new DequantizeLinear(0, 3), rng => [Codes(rng, DType.UInt8, 7, 2), Uniform(rng, 0.1, 1, 3, 2), Codes(rng, DType.UInt8, 3, 2)], "uint8, blocks");
        yield return new(new QuantizeLinear(-1, 2), rng => [Uniform(rng, -5, 5, 3, 6), Uniform(rng, 0.1, 1, 3, 3), Codes(rng, DType.Int8, 3, 3)], "int8, blocks");
        yield return new(new QuantizeLinear(), rng => [Uniform(rng, -5, 5, 3, 6), Float64(0.7), Tensor.Scalar(1, DType.Int4)], "int4");
        yield return new(new DequantizeLinear(), rng => [Uniform(rng, -300, 300, 20).Cast(DType.Float8E4M3FN), Float64(0.5), Tensor.Scalar(0, DType.Float8E4M3FN)], "float8");
        yield return new(new QuantizeLinear(), rng => [Uniform(rng, -300, 300, 20), Float64(0.5), Tensor.Scalar(0, DType.Float8E5M2)], "float8");
        yield return new(new Cast(DType.Float8E5M2FNUZ), rng => [Uniform(rng, -300, 300, 20)], "to float8");
    }

    private static IEnumerable<OpCase> IntegerSums()
    {
        yield return new(new MatMulInteger(), rng => [Codes(rng, DType.UInt8, 3, 7), Codes(rng, DType.Int8, 7, 5), Tensor.Scalar(131, DType.UInt8), Tensor.Scalar(-3, DType.Int8)], "matrices");
        yield return new(new MatMulInteger(), rng => [Codes(rng, DType.UInt8, 2, 1, 4, 6), Codes(rng, DType.Int8, 3, 6, 2), Tensor.Scalar(200, DType.UInt8), Tensor.Scalar(5, DType.Int8)], "batch");
        yield return new(new MatMulInteger(), rng => [Codes(rng, DType.UInt8, 4, 6), Codes(rng, DType.UInt8, 6, 2), Tensor.Scalar(9, DType.UInt8), Tensor.Vector<byte>(5, 250)], "zero points");
        yield return new(new ConvInteger([2, 1], [1, 0, 1, 1], [1, 2]), rng => [Codes(rng, DType.UInt8, 2, 3, 6, 5), Codes(rng, DType.UInt8, 4, 3, 3, 2), Tensor.Scalar(9, DType.UInt8), Tensor.Scalar(120, DType.UInt8)], "uint8");
        yield return new(new ConvInteger([1], [1, 1], [1], 2), rng => [Codes(rng, DType.UInt8, 1, 4, 6), Codes(rng, DType.Int8, 4, 2, 3), Tensor.Scalar(255, DType.UInt8), Tensor.Scalar(0, DType.Int8)], "groups");
    }

    private static Tensor Codes(Rng rng, DType type, params ReadOnlySpan<int> dims) => Uniform(rng, type == DType.Int8 ? -128 : 0, type == DType.Int8 ? 128 : 256, dims).Floor().Cast(type);

    private static Tensor Float64(params double[] values) => values.Length == 1 ? Tensor.Scalar(values[0], DType.Float64) : Tensor.Vector<double>(values);
}
