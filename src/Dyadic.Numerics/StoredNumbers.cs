namespace Dyadic.Numerics;

/// <summary>Elements of types that are stored, moved and converted, but not computed with: integers of 4 bits and floats of 8, one a byte in memory.</summary>
public static class StoredNumbers
{
    /// <summary>The value of a byte.</summary>
    /// <exception cref="NotSupportedException">The type is not one of these.</exception>
    public static double Read(DType type, byte code) => type switch
    {
        DType.Int4 => (sbyte)code,
        DType.UInt4 => code,
        _ => FormatOf(type).Decode(code),
    };

    /// <summary>The byte that stands for a value: for floats the nearest, for integers towards zero; NaN is the integer 0.</summary>
    /// <param name="type">The type.</param>
    /// <param name="value">The value; what is too large for an integer becomes its largest or least.</param>
    /// <param name="saturate">The same for floats; else infinity, or NaN where there is none.</param>
    /// <exception cref="NotSupportedException">The type is not one of these.</exception>
    public static byte Write(DType type, double value, bool saturate = true) => type switch
    {
        DType.Int4 => (byte)(sbyte)Math.Clamp(double.IsNaN(value) ? 0 : Math.Truncate(value), -8, 7),
        DType.UInt4 => (byte)Math.Clamp(double.IsNaN(value) ? 0 : Math.Truncate(value), 0, 15),
        _ => FormatOf(type).Encode(value, saturate),
    };

    /// <summary>The low four bits of an integer as the byte of an Int4 or UInt4.</summary>
    public static byte LowBits(DType type, byte bits) => type == DType.Int4 ? (byte)((sbyte)(bits << 4) >> 4) : (byte)(bits & 15);

    private static Float8Format FormatOf(DType type) => type switch
    {
        DType.Float8E4M3FN => Float8Format.E4M3FN,
        DType.Float8E4M3FNUZ => Float8Format.E4M3FNUZ,
        DType.Float8E5M2 => Float8Format.E5M2,
        DType.Float8E5M2FNUZ => Float8Format.E5M2FNUZ,
        _ => throw new NotSupportedException($"{type} is no type of stored numbers. Use Int4, UInt4 or an 8-bit float."),
    };
}
