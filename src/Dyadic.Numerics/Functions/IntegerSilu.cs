namespace Dyadic.Numerics;

/// <summary>SiLU(x) = x·σ(x) of x = S·q in integers.</summary>
/// <param name="scale">S.</param>
/// <param name="bits">Bits of σ, 1 to 30.</param>
/// <remarks>docs/equations/integer-functions.md (9). The error at x is |x| times that of <see cref="IntegerSigmoid"/>.</remarks>
public readonly struct IntegerSilu(double scale, int bits = 16)
{
    private readonly IntegerSigmoid _sigmoid = new(scale, bits);

    /// <summary>The unit of the result, S·2⁻ᴮ.</summary>
    public double Scale { get; } = Math.ScaleB(scale, -bits);

    /// <summary>The function at q, in units of <see cref="Scale"/>.</summary>
    public long Of(long q) => q * _sigmoid.Of(q);
}
