using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Core.Tests.Ops;

/// <summary>Shapes whose sizes are symbols: what a run may make equal is let through, what it cannot is refused.</summary>
public sealed class SymbolicSizeTests
{
    private static readonly Dim N = Dim.Symbol("N"), M = Dim.Symbol("M");

    private static Shape Infer(Op op, params Shape[] inputs) => op.Infer([.. inputs.Select(s => new TensorType(DType.Float32, s))])[0].Shape;

    [Fact]
    public void Broadcasting_takes_what_is_known()
    {
        Assert.Equal([N], Infer(new Add(), [N], [1]));
        Assert.Equal([5], Infer(new Add(), [N], [5]));
        Assert.Equal([5], Infer(new Add(), [5], [N]));
        Assert.Throws<ShapeException>(() => Infer(new Add(), [4], [5]));
    }

    [Fact]
    public void Two_symbols_make_a_third_which_absorbs_them()
    {
        Shape both = Infer(new Add(), [N], [M]);
        Assert.Equal((N, '|', M), both[0].Parts);
        Assert.Equal(both, Infer(new Add(), both, [N]));
        Assert.Equal(both, Infer(new Add(), [M], both));
        Assert.Equal(both, Infer(new Add(), both, both));
    }

    [Fact]
    public void Concatenation_takes_what_is_known()
    {
        Assert.Equal([4, 5], Infer(new Concat(0), [1, N], [3, 5]));
        Assert.Equal([4, N], Infer(new Concat(0), [1, N], [3, M]));
        Assert.Throws<ShapeException>(() => Infer(new Concat(0), [1, 4], [3, 5]));
        Assert.Throws<ShapeException>(() => Infer(new Concat(0), [1, N, 4], [3, 2, 5]));
    }

    [Fact]
    public void Padding_slicing_squeezing_and_splitting()
    {
        Assert.Equal([N + 7, 4], Infer(new Pad([3, 0, 4, 0]), [N, 4]));
        Assert.Equal([N - 1], Infer(new Pad([-1, 0]), [N]));
        Assert.Equal([N + 2], Infer(new Pad([1, 1], PadMode.Reflect), [N]));
        Assert.Equal([N], Infer(new Slice([0], [1_000_000_000], [], []), [N]));
        Assert.Equal([N - 2], Infer(new Slice([2], [1_000_000_000], [], []), [N]));
        Assert.Equal([4], Infer(new Squeeze([1]), [4, N]));
        Assert.Throws<ShapeException>(() => Infer(new Squeeze([1]), [4, 3]));
        Assert.Equal([2, 4], Infer(new Split(1, [4, 3]), [2, N]));
        Assert.Throws<ShapeException>(() => Infer(new Split(1, [4, 3]), [2, 8]));
    }
}
