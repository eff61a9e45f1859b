using System.Numerics;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Tests.Steps.Float;

public class ExponentialTests
{
    private const int Stride = 397;      // of the bits of a float: some five million values

    [Fact]
    public void It_is_within_one_unit_in_the_last_place()
    {
        for (uint bits = 0; bits < BitConverter.SingleToUInt32Bits(104); bits += Stride)
        {
            float x = BitConverter.UInt32BitsToSingle(bits);
            if (x < 88.72f) Near(x);
            Near(-x);
        }
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(float.NegativeZero, 1)]
    [InlineData(89, float.PositiveInfinity)]
    [InlineData(1e30f, float.PositiveInfinity)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(-104.5f, 0)]
    [InlineData(-1e30f, 0)]
    [InlineData(float.NegativeInfinity, 0)]
    [InlineData(float.NaN, float.NaN)]
    public void Ends_are_those_of_the_definition(float x, float y) => Assert.Equal(y, Of(x));

    private static void Near(float x)
    {
        double exact = Math.Exp(x);
        float y = Of(x), unit = MathF.BitIncrement((float)exact) - (float)exact;
        if (Math.Abs(y - exact) > unit) Assert.Fail($"exp({x:R}) is {exact:R}, not {y:R}.");
    }

    private static float Of(float x) => Exponential.Of(new Vector<float>(x))[0];
}
