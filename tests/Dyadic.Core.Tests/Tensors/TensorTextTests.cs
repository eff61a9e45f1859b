using System.Numerics.Tensors;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Tensors;

public sealed class TensorTextTests
{
    [Fact]
    public void Small_tensors_are_printed_whole()
    {
        Assert.Equal("float32[] 1.5", Tensor.Scalar(1.5).ToString());
        Assert.Equal("int64[3] [ 1, -2, 10]", Tensor.Vector<long>(1, -2, 10).ToString());
        Assert.Equal("float32[2, 2]\n[[ 1.0, 0.25],\n [-2.5,  nan]]".Replace("nan", "NaN").Replace(" 1.0, 0.25", " 1.00,  0.25").Replace("-2.5,  NaN", "-2.50,   NaN"),
            Tensor.From<float>([1, 0.25f, -2.5f, float.NaN], [2, 2]).ToString());
        Assert.Equal("bool[2] [ true, false]", Tensor.Vector<bool>(true, false).ToString());
        Assert.Equal("float64[2] [1.0000e-06, 3.0000e+00]", Tensor.Vector<double>(1e-6, 3).ToString());
        Assert.Equal("int32[2, 1, 2]\n[[[0, 1]],\n\n [[2, 3]]]", Tensor.From([0, 1, 2, 3], [2, 1, 2]).ToString());
        Assert.Equal("float32[0, 3]\n[]", Tensor.Zeros([0, 3]).ToString());
        Assert.Equal("int32[2, 2]\n[[0, 2],\n [1, 3]]", Tensor.From([0, 1, 2, 3], [2, 2]).Transpose().ToString());
    }

    [Fact]
    public void Large_tensors_are_shortened()
    {
        Assert.Equal("uint8[2000] [0, 0, 0, …, 0, 0, 0]", Tensor.Zeros([2000], DType.UInt8).ToString());
        Assert.Equal(8, Tensor.Zeros([500, 500]).ToString().Split('\n').Length);
    }

    [Fact]
    public void Spans_of_System_Numerics_Tensors_share_memory()
    {
        Tensor x = Tensor.From([0, 1, 2, 3, 4, 5], [2, 3]);
        TensorSpan<int> turned = x.Transpose().AsTensorSpan<int>();
        Assert.Equal(5, turned[2, 1]);
        turned[2, 1] = 50;
        Assert.Equal(50, x.Get<int>(1, -1));
        Assert.Equal([0, 3, 1, 4, 2, 50], Tensor.From<int>(turned).ToArray<int>());
        Assert.Equal([3, 2], Tensor.From<int>(turned).Shape.ToArray());
        Assert.Equal(3, x.Slice(.., 1..).AsTensorSpan<int>()[1, 0] - 1);
        Assert.Equal(7f, Tensor.Scalar(7).AsTensorSpan<float>().FlattenedLength == 1 ? Tensor.From<float>(Tensor.Scalar(7).AsTensorSpan<float>()).ToArray<float>()[0] : 0);
        Assert.Equal(0, Tensor.Zeros([0, 3]).AsTensorSpan<float>().FlattenedLength);
        Assert.Equal([1f, 1, 1], Tensor.From<float>(Tensor.Ones([1]).Expand(3).AsTensorSpan<float>()).ToArray<float>());
    }

    [Fact]
    public void Elements_are_read_by_index()
    {
        Tensor x = Tensor.From([0, 1, 2, 3, 4, 5], [2, 3]);
        Assert.Equal(5, x.Slice(1, -1, int.MinValue, -1).Get<int>(1, 0));
        Assert.Contains("[2, 3]", Assert.Throws<ShapeException>(() => x.Get<int>(2, 0)).Message);
        Assert.Throws<ShapeException>(() => x.Get<int>(0));
        Assert.Throws<InvalidOperationException>(() => x.Get<float>(0, 0));
    }
}
