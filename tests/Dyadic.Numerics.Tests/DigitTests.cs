using Dyadic.Numerics.Digits;

namespace Dyadic.Numerics.Tests;

public class DigitTests
{
    [Theory]
    [InlineData(3, 3.623)]
    [InlineData(5, 2.494)]
    [InlineData(10, 1.839)]
    [InlineData(20, 1.517)]
    [InlineData(30, 1.398)]
    [InlineData(100, 1.187)]
    public void The_price_of_the_confidence_is_the_published_one(int n, double bits) => Assert.Equal(bits, SignificantDigits.CnhBracket(n), 3);

    [Theory]
    [InlineData(0.9, 29)]
    [InlineData(0.95, 59)]
    [InlineData(0.99, 299)]
    public void So_many_samples_must_agree(double probability, int n)
    {
        Assert.Equal(n, SignificantDigits.MinimumSamples(probability));
        Assert.True(SignificantDigits.AgreementProbability(n) >= probability && SignificantDigits.AgreementProbability(n - 1) < probability);
        Assert.InRange(SignificantDigits.AgreementProbability(n), 1 + Math.Log(0.05) / n, 1 + Math.Log(0.05) / n + 5.0 / (n * n));      // (9) is about 1 + ln(α)/n
    }

    // Agresti and Coull's interval, by hand: (28 + 2)/(30 + 4) − 1.6449·√(30·4/34³) = 0.88235 − 0.09089.
    [Fact]
    public void Some_samples_may_disagree() => Assert.Equal(0.79146, SignificantDigits.AgreementProbability(28, 30), 4);

    [Fact]
    public void Without_an_error_the_answer_is_the_mantissa()
    {
        DigitStatistics single = DigitStatistics.Against<float>([0.3f, 0]), wide = DigitStatistics.Against<double>([0.3], 52);
        for (int s = 0; s < 3; s++)
        {
            single.Add<float>([0.3f, 0]);
            wide.Add<double>([0.3]);
        }
        Assert.Equal(6.92369, single.Cnh(0) * SignificantDigits.DecimalPerBit, 5);
        Assert.Equal(6.92369, single.General(1) * SignificantDigits.DecimalPerBit, 5);
        Assert.Equal(15.65356, wide.Cnh(0) * SignificantDigits.DecimalPerBit, 5);
        Assert.Equal(7.22472, 24 * SignificantDigits.DecimalPerBit, 5);
    }

    [Fact]
    public void The_example_of_the_paper()
    {
        double bits = SignificantDigits.Parker(0.776371, 1.047754e-7);
        Assert.Equal(22.82, bits, 2);
        Assert.Equal(6.87, bits * SignificantDigits.DecimalPerBit, 2);
    }

    [Fact]
    public void General_counts_the_bits_that_every_sample_shares()
    {
        DigitStatistics digits = DigitStatistics.Against<double>([1.25]);
        foreach (double z in (double[])[0, 1e-7, -1e-7]) digits.Add<double>([1.25 + z]);
        Assert.Equal(23, digits.General(0));                     // 10⁻⁷ ≤ 2⁻²³, and the mantissa is the most
        Assert.Equal(10, SignificantDigits.General(0.0009, 0));  // 2⁻¹¹ < 0.0009 ≤ 2⁻¹⁰
        Assert.Equal(13, SignificantDigits.General(0.0009, 3));  // the same for numbers about 8
        Assert.Equal(0, SignificantDigits.General(5, 0));
        Assert.Equal(10, SignificantDigits.Shared(8.0 / 1024, 8));
        Assert.Equal([23, 0, 0, 3], [SignificantDigits.Shared(0, 8), SignificantDigits.Shared(16, 8), SignificantDigits.Shared(double.NaN, 8), SignificantDigits.Shared(0.125, 0)]);
        Assert.Equal(0, SignificantDigits.General(double.NaN, 0));
        Assert.Equal(9, SignificantDigits.GeneralContributing([0.0015, 0.0009, 0], 0));      // 2⁻¹⁰ ≤ 0.0015: bit 10 is set in one, bits 1 … 9 in none
    }

    // σ/μ = 2⁻²⁰, so −log₂ is 20, and CNH pays (4) for n = 200. σ is known within 1/√(2·199) of itself, 0.07 bits a standard error.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Normal_samples_have_the_bits_of_their_deviation(bool pairs)
    {
        Rng rng = new(4);
        DigitStatistics digits = pairs ? DigitStatistics.InPairs(1, 52) : DigitStatistics.Against<double>([1], 52);
        for (int i = 0; i < (pairs ? 400 : 200); i++) digits.Add<double>([1 + (rng.NextGaussian() * Math.ScaleB(1, -20))]);
        Assert.Equal(200, digits.Count);
        Assert.InRange(digits.Parker(0), 19.8, 20.2);
        double expected = 20 - SignificantDigits.CnhBracket(200) - (pairs ? 0.5 : 0);    // X − Y has the deviation √2·σ
        Assert.InRange(digits.Cnh(0), expected - 0.4, expected + 0.4);
        Assert.Equal(1.12, SignificantDigits.CnhBracket(200), 1);
        Assert.True(digits.Contributing(0) > digits.Cnh(0) + 3);
        Assert.InRange(digits.General(0), 16, 20);
    }

    // The statement: with confidence 0.95, 95 % of new samples share the CNH bits.
    [Fact]
    public void The_confidence_is_kept()
    {
        Rng rng = new(9);
        int kept = 0;
        const int Trials = 400, N = 10;
        for (int t = 0; t < Trials; t++)
        {
            DigitStatistics digits = DigitStatistics.Against<double>([1], 52);
            for (int i = 0; i < N; i++) digits.Add<double>([1 + (rng.NextGaussian() * 1e-6)]);
            double probability = 1 - 2 * MathNet.Numerics.Distributions.Normal.CDF(0, 1e-6, -Math.Pow(2, -digits.Cnh(0)));
            if (probability >= 0.95) kept++;
        }
        Assert.InRange(kept, (int)(0.95 * Trials), Trials);       // two-sided χ², so at least 0.95; 0.975 is expected
    }

    [Fact]
    public void A_sample_that_is_not_finite_leaves_no_bits()
    {
        DigitStatistics digits = DigitStatistics.Against<float>([1, 2, float.PositiveInfinity]);
        digits.Add<float>([1, float.NaN, float.PositiveInfinity]);
        digits.Add<float>([1, 2, float.PositiveInfinity]);
        Assert.Equal([23, 0, 23], [digits.General(0), digits.General(1), digits.General(2)]);
        Assert.Equal(0, digits.Cnh(1));
    }
}
