namespace Dyadic.Numerics;

/// <summary>tanh(x) = 2·σ(2x) − 1 of x = S·q in integers; tanh(−x) = −tanh(x) exactly.</summary>
/// <param name="scale">S.</param>
/// <param name="bits">B: results are in units of 2⁻ᴮ, from −2ᴮ to 2ᴮ; 1 to 29.</param>
/// <remarks>docs/equations/integer-functions.md (8). The error is twice that of <see cref="IntegerSigmoid"/> for arguments in units of 2S with B + 1 bits.</remarks>
public readonly struct IntegerTanh(double scale, int bits = 15)
{
    private readonly IntegerSigmoid _sigmoid = new(2 * scale, bits + 1);

    /// <summary>The unit of the result, 2⁻ᴮ.</summary>
    public double Scale => 2 * _sigmoid.Scale;

    /// <summary>The function at q, in units of <see cref="Scale"/>.</summary>
    public long Of(long q) => _sigmoid.Of(q) - (1L << (_sigmoid.Bits - 1));
}
