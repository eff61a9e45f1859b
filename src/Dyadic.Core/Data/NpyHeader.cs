using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Dyadic.Data;

/// <summary>The header of a .npy array: element type, order, shape and its own length in bytes (NEP 1, versions 1.0 to 3.0).</summary>
/// <param name="Type">The element type.</param>
/// <param name="Fortran">Whether the first axis is the fastest.</param>
/// <param name="Dims">The sizes.</param>
/// <param name="Width">Characters of each string; 0 for numbers.</param>
/// <param name="Bytes">The length of the header.</param>
internal sealed record NpyHeader(DType Type, bool Fortran, long[] Dims, int Width = 0, long Bytes = 0)
{
    private const int LargestText = 1 << 16;
    private const string TextCode = "<U";
    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    private static readonly (string Code, DType Type)[] Codes =
    [
        ("<f4", DType.Float32), ("<f8", DType.Float64), ("<f2", DType.Float16), ("<V2", DType.BFloat16), ("|i1", DType.Int8), ("|u1", DType.UInt8),
        ("<i2", DType.Int16), ("<u2", DType.UInt16), ("<i4", DType.Int32), ("<i8", DType.Int64), ("<u4", DType.UInt32), ("<u8", DType.UInt64), ("|b1", DType.Bool),
    ];

    /// <summary>Bytes of an element.</summary>
    public long ElementBytes => Width > 0 ? NpyText.Bytes(Width) : Type.Size();

    /// <summary>Reads magic, version, length and text, and checks them.</summary>
    public static NpyHeader Read(Stream stream, string file)
    {
        Span<byte> start = stackalloc byte[8];
        stream.ReadExactly(start);
        DataFile.Check(start[..6].SequenceEqual(Magic), file, $"is no .npy array");
        int version = start[6];
        DataFile.Check(version is >= 1 and <= 3, file, $"has .npy version {version}, only 1 to 3 are known");
        Span<byte> size = stackalloc byte[version == 1 ? 2 : 4];
        stream.ReadExactly(size);
        uint length = version == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
        DataFile.Check(length <= LargestText, file, $"declares a header of {length} bytes, at most {LargestText} are allowed");
        byte[] text = new byte[length];
        stream.ReadExactly(text);
        return new NpyHeaderParser(file, Encoding.Latin1.GetString(text)).Parse() with { Bytes = 8 + size.Length + length };
    }

    /// <summary>The type of a descriptor such as '&lt;f4'; '=' and '|' mean little-endian where there is an order at all.</summary>
    public static DType TypeOf(string descr, string file)
    {
        foreach ((string code, DType type) in Codes)
            if (descr.Length == 3 && descr[1..] == code[1..] && (descr[0] is '<' or '=' || (descr[0] is '|' && (type.Size() == 1 || type == DType.BFloat16)))) return type;
        if (descr.StartsWith('>') && Codes.Any(c => c.Code[1..] == descr[1..]))
            throw DataFile.Bad(file, $"holds big-endian elements '{descr}'", $"Save it with array.astype('<{descr[1..]}')");
        throw DataFile.Bad(file, $"holds elements of type '{descr}'", "Save it as float32, float64, float16, int8 to int64, uint8, uint16, bool or str");
    }

    /// <summary>The number of characters of a descriptor such as '&lt;U12'; 0 where it is another type's.</summary>
    public static int WidthOf(string descr, string file)
    {
        if (descr.Length < 3 || descr[1] != TextCode[1] || descr[0] is not ('<' or '=')) return 0;
        bool read = int.TryParse(descr.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out int width);
        DataFile.Check(read && width > 0, file, $"holds strings of '{descr[2..]}' characters");
        return width;
    }

    /// <summary>Version 1.0; the elements start at a multiple of 64 bytes.</summary>
    /// <exception cref="ArgumentException">NumPy has no such type.</exception>
    public static byte[] Format(DType type, Shape shape, int width = 0)
    {
        string? code = width > 0 ? $"{TextCode}{width}" : Codes.FirstOrDefault(c => c.Type == type).Code;
        Ensure.Argument(code is not null, $"An array of {type} {shape} cannot be written: .npy has no such type. Cast it, to float32 or int8 for example.");
        string dims = string.Concat(shape.Select(d => d.Size.ToString(CultureInfo.InvariantCulture) + ", "));
        if (shape.Rank > 1) dims = dims[..^2];
        string text = $"{{'descr': '{code}', 'fortran_order': False, 'shape': ({dims.TrimEnd()}), }}";
        int length = (10 + text.Length + 1 + 63) / 64 * 64;
        byte[] header = new byte[length];
        Magic.CopyTo(header, 0);
        header[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), checked((ushort)(length - 10)));
        Encoding.Latin1.GetBytes(text.PadRight(length - 11) + "\n").CopyTo(header, 10);
        return header;
    }
}

/// <summary>Reads the Python dictionary of a header: exactly the keys descr, fortran_order and shape, in any order.</summary>
internal sealed class NpyHeaderParser(string file, string text)
{
    private int _at;

    public NpyHeader Parse()
    {
        string? descr = null;
        bool? fortran = null;
        long[]? dims = null;
        Expect('{');
        while (!Accept('}'))
        {
            string key = Quoted();
            Expect(':');
            switch (key)
            {
                case "descr" when descr is null: descr = Peek() == '[' ? throw DataFile.Bad(file, "holds records", "Save each field as an array of its own") : Quoted(); break;
                case "fortran_order" when fortran is null: fortran = Word() switch { "True" => true, "False" => false, var w => throw Broken($"'{w}'") }; break;
                case "shape" when dims is null: dims = Tuple(); break;
                default: throw Broken($"key '{key}'");
            }
            if (!Accept(',')) { Expect('}'); break; }
        }
        DataFile.Check(text.AsSpan(_at).Trim().IsEmpty, file, $"has text behind its header");
        DataFile.Check(descr is not null && fortran is not null && dims is not null, file, $"lacks descr, fortran_order or shape in its header");
        int width = NpyHeader.WidthOf(descr!, file);
        NpyHeader header = new(width > 0 ? DType.String : NpyHeader.TypeOf(descr!, file), fortran!.Value, dims!, width);
        DataFile.Check(dims!.Length <= 32 && DataFile.Bytes(dims, header.ElementBytes) >= 0, file, $"declares shape ({string.Join(", ", dims!)}), more than a tensor can hold");
        return header;
    }

    private long[] Tuple()
    {
        List<long> dims = [];
        Expect('(');
        while (!Accept(')'))
        {
            string digits = Word();
            if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long d)) throw Broken($"size '{digits}'");
            dims.Add(d);
            if (!Accept(',')) { Expect(')'); break; }
        }
        return [.. dims];
    }

    private char Peek()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at])) _at++;
        return _at < text.Length ? text[_at] : '\0';
    }

    private bool Accept(char c)
    {
        if (Peek() != c || c == '\0') return false;
        _at++;
        return true;
    }

    private void Expect(char c)
    {
        if (!Accept(c)) throw Broken($"no '{c}' at {_at}");
    }

    private string Quoted()
    {
        char quote = Peek();
        int end = quote is '\'' or '"' ? text.IndexOf(quote, _at + 1) : -1;
        if (end < 0) throw Broken($"no text at {_at}");
        string value = text[(_at + 1)..end];
        _at = end + 1;
        return value;
    }

    private string Word()
    {
        Peek();
        int start = _at;
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '-')) _at++;      // a sign, so that an error shows it
        return text[start.._at];
    }

    private InvalidDataException Broken(string what) => DataFile.Bad(file, $"has a damaged .npy header ({what})");
}
