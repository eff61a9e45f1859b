namespace Dyadic.Numerics;

public sealed partial record QuantParams
{
    private const float SmallestScale = 1.17549435e-38f;      // 2⁻¹²⁶: below it x/s would lose bits or overflow

    /// <summary>Parameters for [−a, a]: s = a/QMax on the narrow range (int8: a/127), z = 0, or the middle code when unsigned.</summary>
    /// <param name="absMax">a ≥ 0; 0 gives s = 1.</param>
    /// <param name="bits">b, at least 2.</param>
    /// <param name="signed">Two's complement, else unsigned on [0, 2ᵇ − 2].</param>
    /// <exception cref="PrecisionException"><paramref name="absMax"/> is negative or not finite.</exception>
    public static QuantParams Symmetric(float absMax, int bits = 8, bool signed = true) => SymmetricOver([absMax], null, bits, signed);

    /// <summary><see cref="Symmetric"/> for each index of <paramref name="axis"/>.</summary>
    /// <param name="absMax">a ≥ 0 of each index.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="bits">b, at least 2.</param>
    /// <param name="signed">Two's complement, else unsigned.</param>
    public static QuantParams SymmetricPerAxis(ReadOnlySpan<float> absMax, int axis, int bits = 8, bool signed = true) => SymmetricOver(absMax, axis, bits, signed);

    /// <summary>Parameters for [min, max], widened to hold 0: s = (max − min)/(2ᵇ − 1) in float64 then float32, z = ⌊QMin − min/s⌉.</summary>
    /// <param name="min">The least value.</param>
    /// <param name="max">The greatest value, ≥ <paramref name="min"/>; an empty range at 0 gives s = 1, z = 0.</param>
    /// <param name="bits">b.</param>
    /// <param name="signed">Two's complement, else unsigned.</param>
    /// <exception cref="PrecisionException">The range is not finite or turned around.</exception>
    public static QuantParams Asymmetric(float min, float max, int bits = 8, bool signed = true) => AsymmetricOver([min], [max], null, bits, signed);

    /// <summary><see cref="Asymmetric"/> for each index of <paramref name="axis"/>.</summary>
    /// <param name="min">The least value of each index.</param>
    /// <param name="max">The greatest value of each index.</param>
    /// <param name="axis">The axis.</param>
    /// <param name="bits">b.</param>
    /// <param name="signed">Two's complement, else unsigned.</param>
    public static QuantParams AsymmetricPerAxis(ReadOnlySpan<float> min, ReadOnlySpan<float> max, int axis, int bits = 8, bool signed = true) =>
        AsymmetricOver(min, max, axis, bits, signed);

    private static QuantParams SymmetricOver(ReadOnlySpan<float> absMax, int? axis, int bits, bool signed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 2);
        long half = (1L << (bits - 1)) - 1;                   // steps on each side of 0
        var scales = new float[absMax.Length];
        var zeroPoints = new int[absMax.Length];
        for (int i = 0; i < absMax.Length; i++)
        {
            CheckRange(-absMax[i], absMax[i]);
            scales[i] = (float)((double)absMax[i] / half);
            zeroPoints[i] = signed ? 0 : (int)half;
            if (scales[i] < SmallestScale) scales[i] = 1;
        }
        return new(bits, signed, scales, zeroPoints, axis, narrow: true);
    }

    private static QuantParams AsymmetricOver(ReadOnlySpan<float> min, ReadOnlySpan<float> max, int? axis, int bits, bool signed)
    {
        Ensure.Shape(min.Length == max.Length, $"QuantParams.Asymmetric: {min.Length} minima and {max.Length} maxima. Pass one of each per index.");
        ArgumentOutOfRangeException.ThrowIfLessThan(bits, 1);
        long steps = (1L << bits) - 1, qMin = signed ? -(1L << (bits - 1)) : 0;
        var scales = new float[min.Length];
        var zeroPoints = new int[min.Length];
        for (int i = 0; i < min.Length; i++)
        {
            CheckRange(min[i], max[i]);
            double lo = Math.Min(min[i], 0), hi = Math.Max(max[i], 0);
            scales[i] = (float)((hi - lo) / steps);
            if (scales[i] < SmallestScale) scales[i] = 1;     // z = 0 then, as far as the range of q allows
            else zeroPoints[i] = (int)Math.Clamp(Math.Round(qMin - lo / scales[i], MidpointRounding.ToEven), qMin, qMin + steps);
        }
        return new(bits, signed, scales, zeroPoints, axis);
    }

    private static void CheckRange(float min, float max)
    {
        if (!(float.IsFinite(min) && float.IsFinite(max) && min <= max))
            throw new PrecisionException($"QuantParams: the range [{min}, {max}] is not finite and in order. Calibrate with finite data.");
    }
}
