using MathNet.Numerics.Distributions;

namespace Dyadic.Numerics.Digits;

/// <summary>How many bits of a computed number can be trusted, from samples of it; docs/equations/digits.md. Decimal digits are bits·log₁₀ 2.</summary>
/// <remarks>Parker 1997; Sohier, de Oliveira Castro, Févotte, Lathuilière, Petit and Jamond 2021, "Confidence intervals for stochastic arithmetic".</remarks>
public static class SignificantDigits
{
    /// <summary>log₁₀ 2: decimal digits of a bit.</summary>
    public const double DecimalPerBit = 0.30102999566398119521;

    /// <summary>(1) s = −log₂ |σ/μ|, without a statement of confidence; NaN for μ = 0, ∞ for σ = 0.</summary>
    public static double Parker(double mean, double deviation) => mean == 0 ? double.NaN : -Math.Log2(Math.Abs(deviation / mean));

    /// <summary>(2) e − 1 = ⌊log₂ |x|⌋, the place of the leading bit of the reference; 0 for x = 0.</summary>
    public static int LeadingBit(double reference) => reference == 0 || !double.IsFinite(reference) ? 0 : Math.ILogB(reference);

    /// <summary>
    /// (3) s = −log₂ σ + (e − 1) − bracket: the bits that a new sample shares with the reference with the given probability, if the errors are normal
    /// around 0.
    /// </summary>
    /// <param name="deviation">σ of the errors Z = X − x over <paramref name="n"/> samples, with n − 1 degrees of freedom.</param>
    /// <param name="leadingBit">e − 1, or 0 for relative errors.</param>
    /// <param name="n">The number of samples, at least 2.</param>
    /// <param name="probability">p.</param>
    /// <param name="confidence">1 − α, of the statement.</param>
    public static double Cnh(double deviation, int leadingBit, int n, double probability = 0.95, double confidence = 0.95) =>
        -Math.Log2(deviation) + leadingBit - CnhBracket(n, probability, confidence);

    /// <summary>(4) ½·log₂((n − 1)/χ²_{α/2, n−1}) + log₂ F⁻¹((p + 1)/2): what the uncertainty of σ and the probability cost, in bits.</summary>
    /// <inheritdoc cref="Cnh" path="/param"/>
    public static double CnhBracket(int n, double probability = 0.95, double confidence = 0.95) =>
        DeviationBracket(n, confidence) + Math.Log2(Normal.InvCDF(0, 1, (probability + 1) / 2));

    /// <summary>(5) c = −log₂ σ + (e − 1) − bracket: the bits that are right with probability p, which carry information though they are not significant.</summary>
    /// <inheritdoc cref="Cnh" path="/param"/>
    public static double Contributing(double deviation, int leadingBit, int n, double probability = 0.51, double confidence = 0.95) =>
        -Math.Log2(deviation) + leadingBit - ContributingBracket(n, probability, confidence);

    /// <summary>(6) ½·log₂((n − 1)/χ²_{α/2, n−1}) + log₂(p − ½) + log₂(2·√(2π)).</summary>
    /// <inheritdoc cref="Cnh" path="/param"/>
    public static double ContributingBracket(int n, double probability = 0.51, double confidence = 0.95) =>
        DeviationBracket(n, confidence) + Math.Log2(probability - 0.5) + Math.Log2(2 * Math.Sqrt(2 * Math.PI));

    /// <summary>(7) The largest k in [0, <paramref name="mantissa"/>] with |Z| ≤ 2^−(k − (e − 1)) for every error: no distribution is assumed.</summary>
    /// <param name="largestError">max |Z|.</param>
    /// <param name="leadingBit">e − 1, or 0 for relative errors.</param>
    /// <param name="mantissa">The answer for errors of 0: 23 for binary32, 52 for binary64.</param>
    public static int General(double largestError, int leadingBit, int mantissa = 23)
    {
        if (!double.IsFinite(largestError)) return 0;
        return largestError == 0 ? mantissa : (int)Math.Clamp(Math.Floor(-Math.Log2(largestError)) + leadingBit, 0, mantissa);
    }

    /// <summary>−log₂(|Z|/|x|) of the largest error, from 0 to <paramref name="mantissa"/>: the relative error as bits.</summary>
    /// <param name="largestError">max |Z|.</param>
    /// <param name="reference">x; errors of x = 0 are absolute.</param>
    /// <param name="mantissa">The answer for errors of 0.</param>
    public static double Shared(double largestError, double reference, int mantissa = 23)
    {
        if (!double.IsFinite(largestError) || !double.IsFinite(reference)) return largestError == 0 ? mantissa : 0;
        return largestError == 0 ? mantissa : Math.Clamp(Math.Log2((reference == 0 ? 1 : Math.Abs(reference)) / largestError), 0, mantissa);
    }

    /// <summary>(8) The largest k for which bit k and all before it are 0 in every |Z|, counted from the leading bit.</summary>
    /// <param name="errors">Z.</param>
    /// <param name="leadingBit">e − 1, or 0 for relative errors.</param>
    /// <param name="mantissa">The answer for errors of 0.</param>
    public static int GeneralContributing(ReadOnlySpan<double> errors, int leadingBit, int mantissa = 23)
    {
        int bits = mantissa;
        foreach (double z in errors)
        {
            if (!double.IsFinite(z)) return 0;
            if (z != 0) bits = Math.Min(bits, Math.Max(0, leadingBit - 1 - Math.ILogB(z)));
        }
        return bits;
    }

    /// <summary>(9) α^(1/n): with confidence 1 − α, a new sample agrees with at least this probability after n of n have.</summary>
    public static double AgreementProbability(int n, double confidence = 0.95) => Math.Pow(1 - confidence, 1.0 / n);

    /// <summary>(10) (s + 2)/(n + 4) − F⁻¹(1 − α)·√((s + 2)(n − s + 2)/(n + 4)³): the same after s of n have.</summary>
    public static double AgreementProbability(int successes, int n, double confidence = 0.95)
    {
        double center = (successes + 2.0) / (n + 4), spread = (successes + 2.0) * (n - successes + 2.0) / Math.Pow(n + 4, 3);
        return center - Normal.InvCDF(0, 1, confidence) * Math.Sqrt(spread);
    }

    /// <summary>(11) ⌈ln α / ln p⌉: the samples that must agree for a statement of probability p and confidence 1 − α.</summary>
    public static int MinimumSamples(double probability, double confidence = 0.95) => (int)Math.Ceiling(Math.Log(1 - confidence) / Math.Log(probability));

    private static double DeviationBracket(int n, double confidence)
    {
        Ensure.Argument(n >= 2, $"SignificantDigits: {n} samples have no deviation. Take at least 2.");
        return 0.5 * Math.Log2((n - 1) / ChiSquared.InvCDF(n - 1, (1 - confidence) / 2));
    }
}
