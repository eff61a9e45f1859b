using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Arithmetics;

/// <summary>Rows like those of <see cref="OpCases"/>, larger: every loop of the emulated arithmetics with full lanes and a rest.</summary>
internal static class WideCases
{
    public static IReadOnlyList<OpCase> All { get; } = [.. Rows()];

    private static IEnumerable<OpCase> Rows()
    {
        foreach (Op op in (Op[])[new Exp(), new Sigmoid(), new Gelu(), new Gelu(true), new Softplus(), new LeakyRelu(0.1f), new Erf()]) yield return Of(op, "", [3, 27]);
        yield return new(new Sqrt(), rng => [Values(rng, 0.5, 2, 51)]);
        yield return Of(new Dropout(0.3f, 7, 11), "", [5, 37]);
        foreach (Op op in (Op[])[new Add(), new Sub(), new Mul(), new Div(), new Pow()])
        {
            yield return new(op, rng => [Values(rng, 0.5, 2, 2, 3, 35), Values(rng, 0.5, 2, 2, 3, 35)], "same shape");
            yield return new(op, rng => [Values(rng, 0.5, 2, 2, 3, 35), Values(rng, 0.5, 2, 3, 1)], "per channel");
            yield return new(op, rng => [Values(rng, 0.5, 2, 70), Tensor.Scalar(2.5, DType.Float64)], "scalar");
            yield return new(op, rng => [Values(rng, 0.5, 2, 35), Values(rng, 0.5, 2, 2, 3, 35)], "row vector first");
        }
        yield return new(new Pow(), rng => [Values(rng, 0.5, 2, 40), Tensor.Scalar(3, DType.Float64)], "cube");
        yield return Of(new MatMul(), "wide", [5, 19], [19, 83]);
        yield return Of(new MatMul(), "batch", [3, 2, 7, 11], [2, 11, 18]);
        yield return Of(new MatMul(), "vector", [19], [19, 40]);
        yield return Of(new Conv([1, 1], [1, 1, 1, 1], [1, 1], 1), "padded", [2, 3, 9, 11], [20, 3, 3, 3], [20]);
        yield return Of(new Conv([2, 1], [0, 2, 1, 0], [1, 2], 2), "all asymmetric", [2, 4, 9, 21], [6, 2, 3, 2]);
        yield return Of(new ConvTranspose([2, 2], [1, 0, 0, 1], [1, 1], [1, 0], 2), "strided", [2, 4, 5, 9], [4, 3, 3, 2], [6]);
        yield return Of(new ConvWeightGradient([3, 3], [2, 1], [1, 1, 1, 1], [1, 1]), "padded", [2, 3, 8, 9], [2, 5, 4, 9]);
        foreach (Dims axes in (Dims[])[[0], [1], [2], [0, 2], []])
            foreach (Op op in (Op[])[new ReduceSum(axes, false), new ReduceMean(axes, false)]) yield return Of(op, $"axes {axes}", [21, 5, 37]);
        yield return Of(new GlobalAveragePool(), "", [3, 7, 5, 6]);
        yield return Of(new AveragePool([3, 3], [2, 2], [1, 1, 1, 1], [1, 1]), "padded", [2, 11, 7, 8]);
        yield return Of(new AveragePoolTranspose(new AveragePool([3, 3], [2, 2], [1, 1, 1, 1], [1, 1]), [7, 8]), "", [2, 11, 4, 4]);
        foreach (int axis in (int[])[1, 2])
        {
            yield return Of(new Softmax(axis), $"axis {axis}", [4, 9, 19]);
            yield return Of(new LogSoftmax(axis), $"axis {axis}", [4, 9, 19]);
            foreach (bool log in (bool[])[false, true]) yield return Of(new SoftmaxGradient(axis, log), $"axis {axis} {log}", [4, 9, 19], [4, 9, 19]);
        }
        yield return new(
            new BatchNormalization(1e-3f), r => [Values(r, -2, 2, 3, 19, 10), Values(r, 0.5, 2, 19), Values(r, -1, 1, 19), Values(r, -1, 1, 19), Values(r, 0.5, 2, 19)]);
        yield return new(new BatchNormalizationTraining(1e-3f), r => [Values(r, -2, 2, 3, 19, 10), Values(r, 0.5, 2, 19), Values(r, -1, 1, 19)]);
        yield return new(
            new BatchNormalizationGradient(1e-3f),
            r => [Values(r, -2, 2, 3, 19, 10), Values(r, 0.5, 2, 19), Values(r, -1, 1, 19), Values(r, 0.5, 2, 19), Values(r, -1, 1, 3, 19, 10)]);
        yield return Of(new LayerNormalization(-1, 1e-3f), "", [21, 35], [35], [35]);
        yield return Of(new LayerNormalizationGradient(-1, 1e-3f), "", [21, 35], [35], [21, 35]);
        yield return new(new GatherGradient(1, 4), rng => [Values(rng, -2, 2, 2, 4, 37), Tensor.From<long>([0, -1, 3, 0], [4])]);
        yield return new(new QuantizeLinear(1), rng => [Values(rng, -5, 5, 2, 3, 35), Tensor.Vector<double>(0.03, 0.01, 0.5), Tensor.Vector<sbyte>(0, -4, 3)]);
        yield return new(new DequantizeLinear(), rng => [Codes(rng, 70), Tensor.Scalar(0.3, DType.Float64), Tensor.Scalar(3, DType.Int8)]);
    }

    private static OpCase Of(Op op, string label, params int[][] shapes) => new(op, rng => [.. shapes.Select(s => Values(rng, -1, 1, s))], label);

    private static Tensor Values(Rng rng, double low, double high, params int[] dims)
    {
        Shape shape = Shape.Of(dims);
        double[] values = new double[shape.Length];
        for (int i = 0; i < values.Length; i++) values[i] = low + ((high - low) * rng.NextDouble());
        return Tensor.From(values, shape);
    }

    private static Tensor Codes(Rng rng, int count)
    {
        var codes = new sbyte[count];
        for (int i = 0; i < count; i++) codes[i] = (sbyte)(rng.NextInt(256) - 128);
        return Tensor.From(codes, Shape.Of(count));
    }
}
