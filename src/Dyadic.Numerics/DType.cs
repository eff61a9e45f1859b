namespace Dyadic.Numerics;

/// <summary>The element type of a tensor.</summary>
public enum DType : byte
{
    /// <summary>IEEE binary32.</summary>
    Float32,

    /// <summary>IEEE binary64.</summary>
    Float64,

    /// <summary>IEEE binary16.</summary>
    Float16,

    /// <summary>The upper half of binary32: 8 exponent and 7 mantissa bits.</summary>
    BFloat16,

    /// <summary>Two's complement, 8 bits.</summary>
    Int8,

    /// <summary>Unsigned, 8 bits.</summary>
    UInt8,

    /// <summary>Two's complement, 16 bits.</summary>
    Int16,

    /// <summary>Unsigned, 16 bits.</summary>
    UInt16,

    /// <summary>Two's complement, 32 bits.</summary>
    Int32,

    /// <summary>Unsigned, 32 bits.</summary>
    UInt32,

    /// <summary>Two's complement, 64 bits.</summary>
    Int64,

    /// <summary>Unsigned, 64 bits.</summary>
    UInt64,

    /// <summary>One byte, 0 or 1.</summary>
    Bool,

    /// <summary>Two's complement, 4 bits, in the low half of a byte that extends the sign; stored, not computed with.</summary>
    Int4,

    /// <summary>Unsigned, 4 bits, in a byte; stored, not computed with.</summary>
    UInt4,

    /// <summary><see cref="Float8Format.E4M3FN"/>; stored, not computed with.</summary>
    Float8E4M3FN,

    /// <summary><see cref="Float8Format.E4M3FNUZ"/>; stored, not computed with.</summary>
    Float8E4M3FNUZ,

    /// <summary><see cref="Float8Format.E5M2"/>; stored, not computed with.</summary>
    Float8E5M2,

    /// <summary><see cref="Float8Format.E5M2FNUZ"/>; stored, not computed with.</summary>
    Float8E5M2FNUZ,

    /// <summary>Text: in memory a place, of 32 bits, in a list of strings that the tensor holds; moved and compared, not computed with.</summary>
    String,
}

/// <summary>Facts about element types.</summary>
public static class DTypes
{
    /// <summary>The size of one element in bytes.</summary>
    public static int Size(this DType type) => type switch
    {
        DType.Float64 or DType.Int64 or DType.UInt64 => 8,
        DType.Float32 or DType.Int32 or DType.UInt32 or DType.String => 4,
        DType.Float16 or DType.BFloat16 or DType.Int16 or DType.UInt16 => 2,
        _ => 1,
    };

    /// <summary>True for the numbers that are stored, moved and converted, but not computed with; see <see cref="StoredNumbers"/>.</summary>
    public static bool IsStored(this DType type) => type is >= DType.Int4 and <= DType.Float8E5M2FNUZ;

    /// <summary>True for the integers of 4 bits, of which a file holds two in a byte.</summary>
    public static bool IsFourBits(this DType type) => type is DType.Int4 or DType.UInt4;

    /// <summary>The bytes of so many elements in a file, where two integers of 4 bits share one.</summary>
    public static long PackedBytes(this DType type, long count) => type.IsFourBits() ? (count + 1) / 2 : count * type.Size();

    /// <summary>True for the floats of 8 bits.</summary>
    public static bool IsFloat8(this DType type) => type is >= DType.Float8E4M3FN and <= DType.Float8E5M2FNUZ;

    /// <summary>True for the floating-point types that are computed with.</summary>
    public static bool IsFloat(this DType type) => type <= DType.BFloat16;

    /// <summary>True for the integer types that are computed with (not for Bool).</summary>
    public static bool IsInteger(this DType type) => type is >= DType.Int8 and <= DType.UInt64;

    /// <summary>The element type that stores <typeparamref name="T"/>.</summary>
    /// <exception cref="NotSupportedException">No element type stores <typeparamref name="T"/>.</exception>
    public static DType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? DType.Float32 :
        typeof(T) == typeof(double) ? DType.Float64 :
        typeof(T) == typeof(Half) ? DType.Float16 :
        typeof(T) == typeof(BFloat16) ? DType.BFloat16 :
        typeof(T) == typeof(sbyte) ? DType.Int8 :
        typeof(T) == typeof(byte) ? DType.UInt8 :
        typeof(T) == typeof(short) ? DType.Int16 :
        typeof(T) == typeof(ushort) ? DType.UInt16 :
        typeof(T) == typeof(uint) ? DType.UInt32 :
        typeof(T) == typeof(ulong) ? DType.UInt64 :
        typeof(T) == typeof(int) ? DType.Int32 :
        typeof(T) == typeof(long) ? DType.Int64 :
        typeof(T) == typeof(bool) ? DType.Bool :
        throw new NotSupportedException($"{typeof(T).Name} is no element type. Use float, double, Half, BFloat16, an integer of 8 to 64 bits or bool.");
}
