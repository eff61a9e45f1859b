using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Core.Tests.Ops;

public sealed class ReshapeTests
{
    private static readonly Dim N = Dim.Symbol("N");

    private static Shape Infer(Op op, Shape x) => op.Infer([new(DType.Float32, x)])[0].Shape;

    [Fact]
    public void Zero_keeps_and_minus_one_infers()
    {
        Assert.Equal([2, 12], Infer(new Reshape([0, -1]), [2, 3, 4]));
        Assert.Equal([4, 3, 2], Infer(new Reshape([4, 3, -1]), [2, 3, 4]));
        Assert.Equal([], Infer(new Reshape([]), [1, 1]));
        Assert.Equal([0, 3], Infer(new Reshape([0, 3]), [0, 3]));
    }

    [Fact]
    public void A_symbolic_batch_passes()
    {
        Assert.Equal([N, 36], Infer(new Reshape([0, -1]), [N, 4, 3, 3]));
        Assert.Equal([N, 36], Infer(new Reshape([-1, 36]), [N, 4, 3, 3]));
        Assert.Equal([N, 9, 4], Infer(new Reshape([0, 9, 4]), [N, 4, 3, 3]));
        Assert.Equal([N, 36], Infer(new Flatten(), [N, 4, 3, 3]));
        Assert.Equal([N, 4], Infer(new Squeeze([2, 3]), [N, 4, 1, 1]));
        Assert.Equal([N, 1, 4], Infer(new Unsqueeze([1]), [N, 4]));
        Assert.Equal([4, N], Infer(new Transpose([1, 0]), [N, 4]));
        Assert.Equal([N, 2], Infer(new Slice([1], [3], [1], []), [N, 4]));
        Assert.Equal([N - 3, 4], Infer(new Slice([0], [-3], [0], []), [N, 4]));
        Assert.Equal([N - 3, 4], Infer(new Slice([3], [int.MaxValue], [0], []), [N, 4]));
        Assert.Equal([N, 4], Infer(new Slice([-1], [int.MinValue], [0], [-1]), [N, 4]));
        Assert.Equal("(N[0:2:1])", Infer(new Slice([0], [2], [0], []), [N, 4])[0].ToString());
        Assert.Equal([N, 6], Infer(new Pad([0, 1, 0, 1]), [N, 4]));
        Assert.Equal([N, 4], Infer(new Expand([1, 4]), [N, 1]));
    }

    [Fact]
    public void A_wrong_target_is_refused_with_both_shapes()
    {
        foreach (Dims target in (Dims[])[[5], [-1, 5], [-1, -1], [-2], [0, 0, 0], [6, 0]])
        {
            string text = Assert.Throws<ShapeException>(() => Infer(new Reshape(target), [2, 3])).Message;
            Assert.Contains(target.ToString(), text);
        }
        Assert.Throws<ShapeException>(() => Infer(new Squeeze([0]), [2, 3]));
        Assert.Throws<ShapeException>(() => Infer(new Unsqueeze([0, 0]), [2, 3]));
        Assert.Throws<ShapeException>(() => Infer(new Transpose([0, 0]), [2, 3]));
        Assert.Throws<ShapeException>(() => Infer(new Flatten(3), [2, 3]));
        Assert.Throws<ShapeException>(() => Infer(new Pad([2, 0, 0, 0], PadMode.Reflect), [2, 3]));
        Assert.Throws<ShapeException>(() => Infer(new Slice([0, 0], [1, 1], [1, -1], []), [2, 3]));
    }

    [Fact]
    public void A_transposed_view_is_reshaped_in_its_own_order()
    {
        Tensor x = Tensor.From([0, 1, 2, 3, 4, 5], [2, 3]);
        Assert.Equal([0, 3, 1, 4, 2, 5], x.Transpose().Reshape(-1).ToArray<int>());
        Assert.Equal([3, 1, 2], x.Transpose().Unsqueeze(1).Shape.ToArray());
        Assert.Equal([3, 2], x.Transpose().Unsqueeze(0, -1).Squeeze().Shape.ToArray());
        Assert.Equal([0, 7], Tensor.Zeros([2, 0]).Reshape(Shape.Of(0, 7)).Shape.ToArray());
    }
}
