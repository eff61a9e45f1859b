using System.Collections.Immutable;

namespace Dyadic.Numerics;

/// <summary>How integers stand for reals: x ≈ (q − z)·s with q in [<see cref="QMin"/>, <see cref="QMax"/>], per tensor or per index of one axis.</summary>
/// <remarks>
/// The semantics of ONNX QuantizeLinear and DequantizeLinear: quantising divides in float32, rounds ties to even, then adds z and saturates.
/// Immutable, with equality by value.
/// </remarks>
public sealed partial record QuantParams
{
    /// <summary>Parameters per index of <paramref name="axis"/>, or per tensor when it is null.</summary>
    /// <param name="bits">b, 1 to 32 signed, 1 to 31 unsigned.</param>
    /// <param name="signed">Two's complement, else unsigned.</param>
    /// <param name="scales">s, finite and positive: one, or one for each index of the axis.</param>
    /// <param name="zeroPoints">z, as many as scales, each within [QMin, QMax].</param>
    /// <param name="axis">The axis, negative from the end, or null.</param>
    /// <param name="narrow">True to leave one code unused: [−2ᵇ⁻¹ + 1, 2ᵇ⁻¹ − 1], or [0, 2ᵇ − 2] unsigned.</param>
    /// <exception cref="PrecisionException">A width, scale or zero point is out of range.</exception>
    public QuantParams(int bits, bool signed, ReadOnlySpan<float> scales, ReadOnlySpan<int> zeroPoints, int? axis = null, bool narrow = false)
    {
        if (bits < 1 || bits > (signed ? 32 : 31))
            throw new PrecisionException($"QuantParams: {bits} bits {(signed ? "signed" : "unsigned")} cannot be held in int32. Use 1 to {(signed ? 32 : 31)}.");
        if (scales.Length == 0 || scales.Length != zeroPoints.Length || (axis is null && scales.Length != 1))
            throw new PrecisionException($"QuantParams: {scales.Length} scales and {zeroPoints.Length} zero points {(axis is null ? "per tensor" : $"along axis {axis}")}. "
                + "Pass one of each per tensor, or one of each for every index of the axis.");
        (Bits, Signed, Narrow, Axis) = (bits, signed, narrow, axis);
        QMax = (int)((1L << (signed ? bits - 1 : bits)) - (narrow && !signed ? 2 : 1));
        QMin = signed ? (int)(-(1L << (bits - 1)) + (narrow ? 1 : 0)) : 0;
        for (int i = 0; i < scales.Length; i++)
        {
            if (!(scales[i] > 0 && float.IsFinite(scales[i])))
                throw new PrecisionException($"QuantParams: scale {scales[i]} at index {i} is not positive and finite. Calibrate with finite data.");
            if (zeroPoints[i] < QMin || zeroPoints[i] > QMax)
                throw new PrecisionException($"QuantParams: zero point {zeroPoints[i]} at index {i} is outside [{QMin}, {QMax}]. Choose a range that holds 0.");
        }
        Scales = [.. scales];
        ZeroPoints = [.. zeroPoints];
    }

    /// <summary>Parameters of a whole tensor.</summary>
    /// <inheritdoc cref="QuantParams(int, bool, ReadOnlySpan{float}, ReadOnlySpan{int}, int?, bool)"/>
    public QuantParams(int bits, bool signed, float scale, int zeroPoint, bool narrow = false) : this(bits, signed, [scale], [zeroPoint], null, narrow)
    {
    }

    /// <summary>b.</summary>
    public int Bits { get; }

    /// <summary>Two's complement, else unsigned.</summary>
    public bool Signed { get; }

    /// <summary>True when one code is left unused, so that a signed range is symmetric about 0.</summary>
    public bool Narrow { get; }

    /// <summary>The axis whose indices have their own scale, or null for one scale per tensor.</summary>
    public int? Axis { get; }

    /// <summary>s: one, or one for each index of <see cref="Axis"/>.</summary>
    public ImmutableArray<float> Scales { get; }

    /// <summary>z: as many as <see cref="Scales"/>.</summary>
    public ImmutableArray<int> ZeroPoints { get; }

    /// <summary>The least integer.</summary>
    public int QMin { get; }

    /// <summary>The greatest integer.</summary>
    public int QMax { get; }

    /// <summary>True when there is one scale for the whole tensor.</summary>
    public bool IsPerTensor => Axis is null;

    /// <summary>True when every zero point is 0.</summary>
    public bool IsSymmetric => ZeroPoints.AsSpan().IndexOfAnyExcept(0) < 0;

    /// <summary>The narrowest element type that holds every q.</summary>
    public DType Storage => Signed
        ? Bits <= 8 ? DType.Int8 : Bits <= 16 ? DType.Int16 : DType.Int32
        : Bits <= 8 ? DType.UInt8 : Bits <= 16 ? DType.UInt16 : DType.Int32;

    /// <summary>q = saturate(⌊x/s⌉ + z), ties to even, the quotient in float32; NaN gives z.</summary>
    /// <param name="x">The real value; ±∞ saturates.</param>
    /// <param name="channel">The index along <see cref="Axis"/>; 0 per tensor.</param>
    public int Quantize(float x, int channel = 0) => Quantize(x, Scales[channel], ZeroPoints[channel]);

    /// <summary>x = (q − z)·s in float32; the difference is taken in integers.</summary>
    /// <param name="q">The integer.</param>
    /// <param name="channel">The index along <see cref="Axis"/>; 0 per tensor.</param>
    public float Dequantize(int q, int channel = 0) => ((long)q - ZeroPoints[channel]) * Scales[channel];

    /// <summary>The value that <paramref name="x"/> has after quantising and dequantising.</summary>
    /// <param name="x">The real value.</param>
    /// <param name="channel">The index along <see cref="Axis"/>; 0 per tensor.</param>
    public float RoundTrip(float x, int channel = 0) => Dequantize(Quantize(x, channel), channel);

    /// <inheritdoc/>
    public bool Equals(QuantParams? other) => other is not null && Bits == other.Bits && Signed == other.Signed && Narrow == other.Narrow && Axis == other.Axis
        && Scales.AsSpan().SequenceEqual(other.Scales.AsSpan()) && ZeroPoints.AsSpan().SequenceEqual(other.ZeroPoints.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Bits, Signed, Narrow, Axis, Scales.Length, Scales[0], Scales[^1], ZeroPoints[0]);

    /// <summary>For example int8 s=0.0235 z=-7, or int8/narrow axis 0 [64] s=0.001..0.02 z=0.</summary>
    public override string ToString()
    {
        string type = $"{(Signed ? "int" : "uint")}{Bits}{(Narrow ? "/narrow" : "")}";
        return IsPerTensor
            ? $"{type} s={Scales[0]} z={ZeroPoints[0]}"
            : $"{type} axis {Axis} [{Scales.Length}] s={Scales.Min()}..{Scales.Max()} z={(ZeroPoints.Min() == ZeroPoints.Max() ? $"{ZeroPoints[0]}" : $"{ZeroPoints.Min()}..{ZeroPoints.Max()}")}";
    }

    private int Quantize(float x, float scale, int zeroPoint)
    {
        float quotient = MathF.Round(x / scale, MidpointRounding.ToEven);
        if (float.IsNaN(quotient)) return zeroPoint;
        return (int)Math.Clamp((double)quotient + zeroPoint, QMin, QMax);          // exact wherever it does not saturate
    }
}
