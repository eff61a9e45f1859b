using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Testing;

public static partial class OpCases
{
    private static partial IEnumerable<OpCase> Elementwise() => [.. Binary(), .. Unary(), .. Choices(), .. Reductions()];

    private static IEnumerable<OpCase> Binary()
    {
        foreach (Op op in (Op[])[new Add(), new Sub(), new Mul(), new Div(), new Pow(), new Min(), new Max()])
        {
            yield return new(op, rng => [Uniform(rng, 0.5, 2, 3, 4), Uniform(rng, 0.5, 2, 3, 4)], "same shape");
            yield return new(op, rng => [Uniform(rng, 0.5, 2, 3, 4), Uniform(rng, 0.5, 2)], "scalar");
            yield return new(op, rng => [Uniform(rng, 0.5, 2, 4), Uniform(rng, 0.5, 2, 2, 3, 4)], "row vector first");
            yield return new(op, rng => [Uniform(rng, 0.5, 2, 2, 3, 2, 2), Uniform(rng, 0.5, 2, 1, 3, 1, 1)], "per channel");
            yield return new(op, rng => [Uniform(rng, 0.5, 2, 3, 1), Uniform(rng, 0.5, 2, 1, 4)], "outer");
        }
        yield return new(new Mod(Truncated: true), rng => [Uniform(rng, 2.2, 2.8, 3, 4), Uniform(rng, 0.95, 1.05, 4)]);
        yield return new(new LeakyReluGradient(0.1f), rng => [Signed(rng, 3, 5), Signed(rng, 3, 5)]);
        yield return new(new GeluGradient(), rng => [Uniform(rng, -3, 3, 3, 5), Uniform(rng, -2, 2, 3, 5)]);
        yield return new(new LeakyReluGradient(0), rng => [Signed(rng, 3, 5), Signed(rng, 3, 5)]);
        yield return new(new ClipGradient(-1, 1), rng => [Signed(rng, 3, 5), Signed(rng, 3, 5)]);
        foreach (Op op in (Op[])[new Equal(), new Less(), new LessOrEqual(), new Greater(), new GreaterOrEqual()])
        {
            yield return new(op, rng => [Uniform(rng, -2, 2, 3, 4), Uniform(rng, -2, 2, 3, 1)]);
            yield return new(op, rng => [Coins(rng, 3, 4).Cast(DType.Float64), Coins(rng, 3, 4).Cast(DType.Float64)], "ties");
        }
    }

    private static IEnumerable<OpCase> Unary()
    {
        foreach (Op op in (Op[])[new Exp(), new Sigmoid(), new Tanh(), new Erf(), new Gelu(), new Gelu(true), new Softplus(), new Neg(), new Identity()])
            yield return new(op, rng => [Uniform(rng, -3, 3, 3, 7)]);
        foreach (Op op in (Op[])[new Sin(), new Cos(), new Atan(), new Sinh(), new Cosh(), new Asinh()]) yield return new(op, rng => [Uniform(rng, -3, 3, 3, 7)]);
        foreach (Op op in (Op[])[new Tan(), new Asin(), new Acos(), new Atanh()]) yield return new(op, rng => [Uniform(rng, -0.9, 0.9, 3, 7)]);
        yield return new(new Acosh(), rng => [Uniform(rng, 1.2, 4, 3, 7)]);
        foreach (Op op in (Op[])[new Log(), new Sqrt(), new Reciprocal()]) yield return new(op, rng => [Uniform(rng, 0.25, 4, 3, 7)]);
        foreach (Op op in (Op[])[new Abs(), new Relu(), new LeakyRelu(0.1f), new Clip(-1, 1), new Clip(null, 0.8), new Clip(-0.8, null)])
            yield return new(op, rng => [Signed(rng, 3, 7)]);
        foreach (Op op in (Op[])[new Sign(), new Floor(), new Ceil(), new RoundEven()]) yield return new(op, rng => [Uniform(rng, -3, 3, 3, 7)]);
        yield return new(new Cast(DType.Float64), rng => [Uniform(rng, -3, 3, 3, 7)]);
        yield return new(new Cast(DType.Int32), rng => [Uniform(rng, -30, 30, 3, 7)]);
        yield return new(new Cast(DType.Bool), rng => [Coins(rng, 3, 7).Cast(DType.Float64)]);
    }

    private static IEnumerable<OpCase> Choices()
    {
        yield return new(new Where(), rng => [Coins(rng, 3, 4), Uniform(rng, -2, 2, 3, 4), Uniform(rng, -2, 2, 3, 4)], "same shape");
        yield return new(new Where(), rng => [Coins(rng, 3, 1), Uniform(rng, -2, 2, 2, 1, 4), Uniform(rng, -2, 2)], "broadcast");
        yield return new(new Not(), rng => [Coins(rng, 3, 4)]);
        yield return new(new And(), rng => [Coins(rng, 3, 4), Coins(rng, 4)]);
        yield return new(new Or(), rng => [Coins(rng, 3, 4), Coins(rng, 3, 1)]);
        yield return new(new Xor(), rng => [Coins(rng, 3, 4), Coins(rng, 4)]);
    }

    private static IEnumerable<OpCase> Reductions()
    {
        foreach (Dims axes in (Dims[])[[], [0], [-1], [0, 2], [1, 3]])
        {
            foreach (bool keep in (bool[])[false, true])
            {
                foreach (Op op in (Op[])[new ReduceSum(axes, keep), new ReduceMean(axes, keep), new ReduceMax(axes, keep), new ReduceMin(axes, keep), new ReduceProd(axes, keep)])
                    yield return new(op, rng => [Uniform(rng, -2, 2, 3, 2, 4, 3)]);
            }
        }
        yield return new(new ReduceSum([0, 2], false), rng => [Uniform(rng, -2, 2, 3, 1, 40, 3)], "unit axis");
        yield return new(new Spread([0, 2], false, Shape.Of(2, 3, 4)), rng => [Uniform(rng, -2, 2, 3)]);
        yield return new(new Spread([-1], true, Shape.Of(2, 3, 4)), rng => [Uniform(rng, -2, 2, 2, 3, 1)]);
        foreach (Op op in (Op[])[new ArgMax(1, false, false), new ArgMax(-1, true, true), new ArgMin(0, true, false), new ArgMin(2, false, true)])
            yield return new(op, rng => [Uniform(rng, -2, 2, 3, 4, 5)]);
    }

    // Away from the kinks at 0, ±0.8 and ±1.
    private static Tensor Signed(Rng rng, params ReadOnlySpan<int> dims)
    {
        Tensor x = Uniform(rng, -0.7, 0.7, dims);
        foreach (ref double v in x.AsSpan<double>()) v = v < -0.35 ? v * 3 : v > 0.35 ? v * 3 : v + Math.CopySign(0.05, v);
        return x;
    }

    private static Tensor Coins(Rng rng, params ReadOnlySpan<int> dims) => Uniform(rng, -1, 1, dims).Greater(Tensor.Scalar(0, DType.Float64));
}
