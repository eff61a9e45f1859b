using Dyadic.Arithmetics;

namespace Dyadic.Core.Tests.Arithmetics;

public class IntegerFormatTests
{
    [Theory]
    [InlineData("int8", 8, 8, 8, 16, true, false)]
    [InlineData("int12:nearest", 12, 12, 12, 16, false, false)]
    [InlineData("int8/6", 8, 8, 6, 16, true, false)]
    [InlineData("int8/8/8", 8, 8, 8, 8, true, false)]
    [InlineData("int8a12", 8, 12, 8, 16, true, false)]
    [InlineData("int10a12/9/f32:nearest:headroom", 10, 12, 9, null, false, true)]
    public void A_name_is_read_and_written(string name, int weights, int activations, int gradients, int? optimizer, bool stochastic, bool headroom)
    {
        IntegerFormat expected = new()
        {
            WeightBits = weights, ActivationBits = activations, GradientBits = gradients, OptimizerBits = optimizer, IsStochastic = stochastic, Headroom = headroom,
        };
        Assert.Equal(expected, IntegerFormat.Parse(name));
        Assert.Equal(name, expected.ToString());
        Assert.Equal(name, Arithmetic.Parse(name).Name);
    }

    [Theory]
    [InlineData("int")]
    [InlineData("int8/")]
    [InlineData("int8:up")]
    [InlineData("int8/8/32")]
    [InlineData("int1")]
    [InlineData("int17")]
    public void What_is_no_format_is_refused(string name) => Assert.Throws<FormatException>(() => Arithmetic.Parse(name));
}
