using Dyadic.Numerics;

namespace Dyadic.Core.Tests.Tensors;

public class DimTests
{
    [Fact]
    public void Derived_symbols_are_equal_when_they_are_derived_alike()
    {
        Dim n = Dim.Symbol("N"), m = Dim.Symbol("M");
        Assert.Equal(n + m, Dim.Symbol("N") + Dim.Symbol("M"));
        Assert.NotEqual(n + m, m + n);
        Assert.Equal("((N+M)*2)", ((n + m) * 2).ToString());
        Assert.Equal((n + m, '*', (Dim)2), ((n + m) * 2).Parts);
        Assert.Null(n.Parts);
        Assert.Equal(default, (Dim)0);
        Assert.Equal((Dim)1, n / n);
    }

    // Each of these derivations doubles the full name: 2⁶⁴ letters after the last one.
    [Fact]
    public void Names_stay_short_however_often_symbols_are_doubled()
    {
        Dim a = Dim.Symbol("N"), b = Dim.Symbol("N"), other = Dim.Symbol("M");
        for (int i = 0; i < 64; i++)
        {
            (a, b, other) = (a + a, b + b, other + other);
            Assert.True(a.ToString().Length <= 256);
            Assert.Equal(a, b);
            Assert.NotEqual(a, other);
        }
    }

    [Fact]
    public void Sizes_beyond_an_int_and_quotients_by_0_are_refused()
    {
        Dim most = int.MaxValue;
        Assert.Throws<ShapeException>(() => most + 1);
        Assert.Throws<ShapeException>(() => most * 2);
        Assert.Throws<ShapeException>(() => (Dim)1 - 2);
        Assert.Throws<ShapeException>(() => most / 0);
        Assert.Throws<ShapeException>(() => Dim.Symbol("N") / 0);
    }
}
