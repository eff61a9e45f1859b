using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Dyadic.Ir;

/// <summary>
/// Elements of tensors as text and back, with the same bits: integers in decimal, floats with as few digits as tell them apart in their own format, true and false,
/// inf, -inf, and NaN with its bits in hexadecimal: nan(7fc00000). A nan without bits is the quiet one without a sign.
/// </summary>
internal static class ElementText
{
    private const int MostDigits = 9;        // that float32 needs, and every smaller format

    /// <summary>The text of an element.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="bytes">Its bytes in the machine's order.</param>
    public static string Write(DType type, ReadOnlySpan<byte> bytes) => type switch
    {
        DType.Float32 => Real(MemoryMarshal.Read<float>(bytes), bytes),
        DType.Float64 => Real(MemoryMarshal.Read<double>(bytes), bytes),
        DType.Float16 => Real(MemoryMarshal.Read<Half>(bytes), bytes),
        DType.BFloat16 => Short((float)MemoryMarshal.Read<BFloat16>(bytes), type, bytes),
        DType.Int8 => Whole(MemoryMarshal.Read<sbyte>(bytes)),
        DType.UInt8 => Whole(bytes[0]),
        DType.Int16 => Whole(MemoryMarshal.Read<short>(bytes)),
        DType.UInt16 => Whole(MemoryMarshal.Read<ushort>(bytes)),
        DType.Int32 => Whole(MemoryMarshal.Read<int>(bytes)),
        DType.UInt32 => Whole(MemoryMarshal.Read<uint>(bytes)),
        DType.Int64 => Whole(MemoryMarshal.Read<long>(bytes)),
        DType.UInt64 => Whole(MemoryMarshal.Read<ulong>(bytes)),
        DType.Bool => bytes[0] != 0 ? "true" : "false",
        DType.Int4 or DType.UInt4 => Whole((int)StoredNumbers.Read(type, bytes[0])),
        _ => Short((float)StoredNumbers.Read(type, bytes[0]), type, bytes),
    };

    /// <summary>Writes the bytes that a text stands for; false where it is no element of that type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="text">As <see cref="Write"/> gives it, or any other spelling of a number that the type holds; reals are rounded to the nearest.</param>
    /// <param name="bytes">As many as the type takes.</param>
    public static bool TryRead(DType type, ReadOnlySpan<char> text, Span<byte> bytes) => type switch
    {
        DType.Float32 => IsNaN(type, text, bytes) || TryReal<float>(text, bytes),
        DType.Float64 => IsNaN(type, text, bytes) || TryReal<double>(text, bytes),
        DType.Float16 => IsNaN(type, text, bytes) || TryReal<Half>(text, bytes),
        DType.Int8 => TryWhole<sbyte>(text, bytes),
        DType.UInt8 => TryWhole<byte>(text, bytes),
        DType.Int16 => TryWhole<short>(text, bytes),
        DType.UInt16 => TryWhole<ushort>(text, bytes),
        DType.Int32 => TryWhole<int>(text, bytes),
        DType.UInt32 => TryWhole<uint>(text, bytes),
        DType.Int64 => TryWhole<long>(text, bytes),
        DType.UInt64 => TryWhole<ulong>(text, bytes),
        DType.Bool => TryBool(text, bytes),
        DType.Int4 or DType.UInt4 => TryFourBits(type, text, bytes),
        _ => IsNaN(type, text, bytes) || TrySmallReal(type, text, bytes),
    };

    /// <summary>A float or double as an attribute shows it.</summary>
    public static string Write<T>(T x) where T : unmanaged, IFloatingPointIeee754<T> => Real(x, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in x)));

    private static string Whole<T>(T x) where T : IBinaryInteger<T> => x.ToString(null, CultureInfo.InvariantCulture);

    private static string Real<T>(T x, ReadOnlySpan<byte> bytes) where T : IFloatingPointIeee754<T> => Special(x, bytes) ?? x.ToString("R", CultureInfo.InvariantCulture);

    // inf, -inf and nan(bits), or null.
    private static string? Special<T>(T x, ReadOnlySpan<byte> bytes) where T : IFloatingPointIeee754<T>
    {
        if (!T.IsNaN(x)) return T.IsInfinity(x) ? T.IsNegative(x) ? "-inf" : "inf" : null;
        Span<byte> bits = stackalloc byte[bytes.Length];
        bytes.CopyTo(bits);
        if (BitConverter.IsLittleEndian) bits.Reverse();
        return $"nan({Convert.ToHexStringLower(bits)})";
    }

    // The fewest digits from which the same code is read.
    private static string Short(float x, DType type, ReadOnlySpan<byte> bytes)
    {
        if (Special(x, bytes) is { } special) return special;
        Span<byte> read = stackalloc byte[bytes.Length];
        for (int digits = 1; digits < MostDigits; digits++)
        {
            string text = x.ToString($"G{digits}", CultureInfo.InvariantCulture);
            if (TrySmallReal(type, text, read) && bytes.SequenceEqual(read)) return text;
        }
        return x.ToString("R", CultureInfo.InvariantCulture);
    }

    private static bool TryWhole<T>(ReadOnlySpan<char> text, Span<byte> bytes) where T : unmanaged, IBinaryInteger<T>
    {
        bool ok = T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out T value);
        if (ok) MemoryMarshal.Write(bytes, in value);
        return ok;
    }

    private static bool TryReal<T>(ReadOnlySpan<char> text, Span<byte> bytes) where T : unmanaged, IFloatingPointIeee754<T>
    {
        bool infinite = IsInfinity(text, out T value);
        if (!infinite && !(T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && T.IsFinite(value))) return false;
        MemoryMarshal.Write(bytes, in value);
        return true;
    }

    // bfloat16 and the floats of 8 bits.
    private static bool TrySmallReal(DType type, ReadOnlySpan<char> text, Span<byte> bytes)
    {
        Span<byte> real = stackalloc byte[sizeof(float)];
        if (!TryReal<float>(text, real)) return false;
        float x = MemoryMarshal.Read<float>(real), held;
        if (type == DType.BFloat16)
        {
            BFloat16 value = (BFloat16)x;
            MemoryMarshal.Write(bytes, in value);
            held = (float)value;
        }
        else
        {
            bytes[0] = StoredNumbers.Write(type, x, saturate: false);
            held = (float)StoredNumbers.Read(type, bytes[0]);
        }
        return float.IsFinite(held) == float.IsFinite(x) && !float.IsNaN(held);
    }

    private static bool IsInfinity<T>(ReadOnlySpan<char> text, out T value) where T : IFloatingPointIeee754<T>
    {
        value = text.StartsWith('-') ? T.NegativeInfinity : T.PositiveInfinity;
        return text is "inf" or "-inf";
    }

    // nan, or nan(bits) where the bits are a NaN of the type.
    private static bool IsNaN(DType type, ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (text is "nan") text = Quiet(type);
        if (!text.StartsWith("nan(") || text.Length != 5 + (2 * bytes.Length) || text[^1] != ')') return false;
        if (Convert.FromHexString(text[4..^1], bytes, out _, out int written) != System.Buffers.OperationStatus.Done || written != bytes.Length) return false;
        if (BitConverter.IsLittleEndian) bytes.Reverse();
        return Write(type, bytes).StartsWith("nan", StringComparison.Ordinal);
    }

    private static string Quiet(DType type) => type switch
    {
        DType.Float32 => "nan(7fc00000)",
        DType.Float64 => "nan(7ff8000000000000)",
        DType.Float16 => "nan(7e00)",
        DType.BFloat16 => "nan(7fc0)",
        DType.Float8E4M3FN or DType.Float8E5M2 => "nan(7f)",
        _ => "nan(80)",
    };

    private static bool TryBool(ReadOnlySpan<char> text, Span<byte> bytes)
    {
        bytes[0] = text is "true" ? (byte)1 : (byte)0;
        return text is "true" or "false";
    }

    private static bool TryFourBits(DType type, ReadOnlySpan<char> text, Span<byte> bytes)
    {
        if (!sbyte.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out sbyte value)) return false;
        bytes[0] = StoredNumbers.LowBits(type, (byte)value);
        return (int)StoredNumbers.Read(type, bytes[0]) == value;
    }
}
