using Dyadic.Arithmetics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Arithmetics;

public class DoorTests
{
    [Fact]
    public void The_op_in_which_a_NaN_arises_is_named_with_its_shapes()
    {
        Tensor x = Tensor.Vector(1f, -1f);
        using (Door.DetectNaN())
        {
            ArithmeticException e = Assert.Throws<ArithmeticException>(() => x.Exp() + x.Log());
            Assert.Contains("Log: a NaN arose; the inputs are float32[2]", e.Message, StringComparison.Ordinal);
        }
        Assert.True(float.IsNaN(x.Log().ToArray<float>()[1]));
    }

    [Fact]
    public void A_NaN_that_was_there_before_is_nobodys_fault()
    {
        using (Door.DetectNaN()) Assert.True(float.IsNaN((Tensor.Vector(float.NaN) * 2).Item<float>()));
    }
}
