using System.Buffers.Binary;
using System.Text;

namespace Dyadic.Data;

/// <summary>Strings in .npy arrays: UTF-32, little-endian, all as wide as the longest and filled up with zeros; NumPy's '&lt;U'.</summary>
internal static class NpyText
{
    private const int UnitBytes = 4;

    /// <summary>Bytes of an element of so many characters.</summary>
    public static long Bytes(int width) => (long)width * UnitBytes;

    /// <summary>The width of the longest string, at least 1.</summary>
    /// <exception cref="ArgumentException">A string ends in a zero, which the format does not keep, or the array would exceed 2 GiB.</exception>
    public static int WidthOf(Tensor strings)
    {
        int width = 1;
        foreach (string text in strings.StringTable!.Span)
        {
            Ensure.Argument(!text.EndsWith('\0'), $"A string that ends in a zero cannot be written: .npy fills strings up with zeros.");
            width = Math.Max(width, text.EnumerateRunes().Count());
        }
        Ensure.Argument(strings.Length * Bytes(width) <= DataFile.LargestArray, $"{strings.TensorType} with a string of {width} characters cannot be written: .npy gives each string as much room. Split it.");
        return width;
    }

    /// <summary>Writes the elements in row-major order.</summary>
    public static void Write(Stream stream, Tensor strings, int width)
    {
        byte[] element = new byte[Bytes(width)];
        foreach (string text in strings.ToStrings())
        {
            int at = 0;
            foreach (Rune rune in text.EnumerateRunes()) BinaryPrimitives.WriteInt32LittleEndian(element.AsSpan(UnitBytes * at++), rune.Value);
            element.AsSpan(UnitBytes * at).Clear();
            stream.Write(element);
        }
    }

    /// <summary>A tensor of strings that the stream holds.</summary>
    /// <exception cref="EndOfStreamException">The stream ends early.</exception>
    /// <exception cref="InvalidDataException">A number is no character.</exception>
    public static Tensor Read(Stream stream, string file, int width, ReadOnlySpan<long> dims)
    {
        Shape shape = Shape.Of(Array.ConvertAll(dims.ToArray(), d => (int)d));
        string[] texts = new string[shape.Length];
        byte[] element = new byte[Bytes(width)];
        StringBuilder text = new();
        for (int i = 0; i < texts.Length; i++)
        {
            stream.ReadExactly(element);
            int end = (element.AsSpan().LastIndexOfAnyExcept((byte)0) + UnitBytes) / UnitBytes;
            text.Clear();
            for (int at = 0; at < end; at++)
            {
                uint code = BinaryPrimitives.ReadUInt32LittleEndian(element.AsSpan(UnitBytes * at));
                DataFile.Check(Rune.IsValid(code), file, $"holds {code} as a character of string {i}");
                text.Append(new Rune(code));
            }
            texts[i] = text.ToString();
        }
        return Tensor.FromStrings(texts, shape);
    }
}
