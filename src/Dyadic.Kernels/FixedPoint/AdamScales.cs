using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>What a step of Adam multiplies by, as integers and exponents: docs/equations/fixed-point.md (31)–(34).</summary>
/// <param name="Rate">η·√(1 − β₂ᵗ)/(1 − β₁ᵗ), of 15 bits: both corrections of the bias.</param>
/// <param name="Decay">λ of 15 bits, times Rate if it is added to the step.</param>
/// <param name="Keep1">β₁·2¹⁵; the gradient gets the rest to 2¹⁵, so that a constant is kept.</param>
/// <param name="Keep2">β₂·2²⁴; the squared gradient gets the rest to 2²⁴.</param>
/// <param name="Epsilon">The integer of ε·√(1 − β₂ᵗ), below 2³¹.</param>
/// <param name="EpsilonExponent">Its exponent.</param>
/// <param name="Decouples">Whether λw is added to the step (AdamW) instead of the gradient.</param>
public readonly record struct AdamScales(DyadicScale Rate, DyadicScale Decay, int Keep1, int Keep2, uint Epsilon, int EpsilonExponent, bool Decouples)
{
    internal const int Bits1 = 15, Bits2 = 24;

    /// <summary>The scales of step <paramref name="t"/>.</summary>
    /// <param name="rate">η, at most 2¹⁵.</param>
    /// <param name="beta1">β₁ in [0, 1).</param>
    /// <param name="beta2">β₂ in [0, 1).</param>
    /// <param name="epsilon">ε, finite.</param>
    /// <param name="decay">λ.</param>
    /// <param name="decouples">Whether λ shrinks the parameters directly: (1 − ηλ)w.</param>
    /// <param name="t">From 1.</param>
    public static AdamScales Of(double rate, double beta1, double beta2, double epsilon, double decay, bool decouples, long t)
    {
        Ensure.Argument(beta1 is >= 0 and < 1 && beta2 is >= 0 and < 1, $"AdamScales: β₁ is {beta1} and β₂ is {beta2}, both must be in [0, 1).");
        Ensure.Argument(epsilon >= 0 && double.IsFinite(epsilon) && t >= 1, $"AdamScales: ε is {epsilon} and the step {t}; ε must be finite and not negative, steps count from 1.");
        double root = Math.Sqrt(1 - Math.Pow(beta2, t)), corrected = root / (1 - Math.Pow(beta1, t));
        int exponent = epsilon > 0 ? Math.ILogB(epsilon * root) - 30 : 0;
        uint integer = epsilon > 0 ? (uint)Math.Round(Math.ScaleB(epsilon * root, -exponent)) : 0;
        return new(
            DyadicScale.Nearest(rate * corrected, FixedPointSum.ScaleBits), DyadicScale.Nearest(decouples ? decay / corrected : decay, FixedPointSum.ScaleBits),
            Kept(beta1, Bits1), Kept(beta2, Bits2), integer, exponent, decouples);
    }

    // At least one unit is left for the gradient.
    private static int Kept(double beta, int bits) => (int)Math.Min(Math.Round(Math.ScaleB(beta, bits)), (1 << bits) - 1);
}
