using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Tests.Steps.Float;

public class ClampTests
{
    private static readonly float[] Bounds = [float.NegativeInfinity, -2, -0.5f, 0, 0.5f, 1, float.PositiveInfinity], Points = [.. Bounds, -3, -1, 0.25f, 2, float.NaN];

    [Fact]
    public void One_clamp_then_another_is_a_clamp()
    {
        foreach (Clamp first in All())
            foreach (Clamp then in All())
            {
                Clamp both = first.Then(then);
                foreach (float x in Points) Assert.Equal(then.Of(first.Of(x)), both.Of(x));
            }
    }

    [Fact]
    public void It_shows_what_it_does()
    {
        Assert.Equal(["", ", relu", ", clamp 0…6"], new[] { Clamp.None, Clamp.Relu, new Clamp(0, 6) }.Select(c => c.ToString()));
        Assert.Equal(Clamp.Relu, Clamp.None.Then(Clamp.Relu));
        Assert.Equal(Clamp.Relu, Clamp.Relu.Then(Clamp.None));
    }

    private static IEnumerable<Clamp> All() => from low in Bounds from high in Bounds select new Clamp(low, high);
}
