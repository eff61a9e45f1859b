using Dyadic.Nn;
using Dyadic.Numerics;

namespace Dyadic.Core.Tests.Nn;

public sealed class InitTests
{
    private static readonly Shape Weight = Shape.Of(128, 64, 3, 3);   // fan-in 576, fan-out 1152, 73,728 values

    public static TheoryData<string, double> Uniform => new()
    {
        { "kaiming", Math.Sqrt(6.0 / 576) },
        { "kaiming √5", 1 / Math.Sqrt(576) },
        { "xavier", Math.Sqrt(6.0 / (576 + 1152)) },
    };

    [Theory, MemberData(nameof(Uniform))]
    public void Uniform_values_fill_their_bounds(string kind, double bound)
    {
        Rng rng = new(7);
        float[] w = (kind switch
        {
            "kaiming" => Init.KaimingUniform(Weight, rng),
            "xavier" => Init.XavierUniform(Weight, rng),
            _ => Init.KaimingUniform(Weight, rng, Math.Sqrt(5)),
        }).ToArray<float>();
        Assert.InRange(w.Max(), bound * 0.999, bound * 1.000001);
        Assert.InRange(w.Min(), -bound * 1.000001, -bound * 0.999);
        Moments(w, 0, bound * bound / 3, fourth: bound * bound * bound * bound / 5);
    }

    [Theory]
    [InlineData(false, 2.0 / 576)]
    [InlineData(true, 2.0 / 1152)]
    public void Normal_values_have_their_variance(bool fanOut, double variance) =>
        Moments(Init.KaimingNormal(Weight, new Rng(7), fanOut).ToArray<float>(), 0, variance, fourth: 3 * variance * variance);

    [Fact]
    public void A_vector_has_no_fan() => Assert.Throws<ShapeException>(() => Init.KaimingUniform(Shape.Of(3), new Rng(1)));

    // Six standard errors: of the mean √(σ²/n), of the second moment √((m₄ − σ⁴)/n).
    private static void Moments(float[] x, double mean, double variance, double fourth)
    {
        double n = x.Length, first = x.Average(v => (double)v), second = x.Average(v => (double)v * v);
        Assert.InRange(first - mean, -6 * Math.Sqrt(variance / n), 6 * Math.Sqrt(variance / n));
        double error = Math.Sqrt((fourth - (variance * variance)) / n);
        Assert.InRange(second - variance, -6 * error, 6 * error);
    }
}
