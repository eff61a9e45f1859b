using System.Buffers.Binary;
using System.IO.Compression;

namespace Dyadic.Data;

/// <summary>PNG images without interlacing: grey, colours or a palette, of 1 to 16 bits a value.</summary>
/// <remarks>Portable Network Graphics, second edition (ISO/IEC 15948): chunks §5, filters §9.</remarks>
internal static class PngReader
{
    private const int Palette = 3;

    public static Tensor Read(Stream stream, string file)
    {
        Span<byte> signature = stackalloc byte[8], four = stackalloc byte[4], name = stackalloc byte[4];
        stream.ReadExactly(signature);
        DataFile.Check(signature.SequenceEqual((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]), file, $"does not start as a PNG file does");
        byte[]? header = null, palette = null;
        using MemoryStream data = new();
        while (true)
        {
            stream.ReadExactly(four);
            long length = BinaryPrimitives.ReadUInt32BigEndian(four);
            DataFile.Check(length <= stream.Length - stream.Position, file, $"ends within a chunk");
            byte[] body = new byte[length];
            Crc32Stream chunk = new(stream);
            chunk.ReadExactly(name);
            chunk.ReadExactly(body);
            stream.ReadExactly(four);
            DataFile.Check(BinaryPrimitives.ReadUInt32BigEndian(four) == chunk.Crc, file, $"fails the checksum of a chunk");
            if (name.SequenceEqual("IHDR"u8)) header = body;
            else if (name.SequenceEqual("PLTE"u8)) palette = body;
            else if (name.SequenceEqual("IDAT"u8)) data.Write(body);
            else if (name.SequenceEqual("IEND"u8)) break;
        }
        DataFile.Check(header is { Length: 13 }, file, $"has no header");
        data.Position = 0;
        return Pixels(new(header!, file), palette, data, file);
    }

    private static Tensor Pixels(Header h, byte[]? palette, Stream data, string file)
    {
        DataFile.Check((h.Stride + 1L) * h.Height <= data.Length * DataFile.LargestExpansion, file, $"says it is {h.Width}×{h.Height} pixels, more than its {data.Length} bytes can hold");
        using ZLibStream unpacked = new(data, CompressionMode.Decompress, leaveOpen: true);
        byte[] row = new byte[h.Stride], before = new byte[h.Stride];
        byte[] image = new byte[(long)h.Width * h.Height * h.Shown];
        for (int y = 0; y < h.Height; y++)
        {
            int filter = unpacked.ReadByte();
            if (filter < 0) throw new EndOfStreamException();
            unpacked.ReadExactly(row);
            Unfilter(filter, row, before, h.Step, file);
            Show(h, row, palette, image.AsSpan(y * h.Width * h.Shown, h.Width * h.Shown), file);
            (row, before) = (before, row);
        }
        return Tensor.From(image, Shape.Of(h.Height, h.Width, h.Shown));
    }

    private static void Unfilter(int filter, byte[] row, byte[] before, int step, string file)
    {
        DataFile.Check(filter <= 4, file, $"has a row with filter {filter}");
        for (int i = 0; i < row.Length; i++)
        {
            int left = i >= step ? row[i - step] : 0, up = before[i], corner = i >= step ? before[i - step] : 0;
            row[i] += (byte)(filter switch { 1 => left, 2 => up, 3 => (left + up) >> 1, 4 => Paeth(left, up, corner), _ => 0 });
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int p = left + up - corner, a = Math.Abs(p - left), b = Math.Abs(p - up), c = Math.Abs(p - corner);
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }

    // A row of values as bytes, without transparency.
    private static void Show(Header h, byte[] row, byte[]? palette, Span<byte> pixels, string file)
    {
        for (int x = 0; x < h.Width; x++)
        {
            if (h.Kind == Palette)
            {
                int entry = 3 * Value(h, row, x);
                DataFile.Check(palette is not null && entry + 3 <= palette.Length, file, $"has a pixel outside of its palette");
                palette.AsSpan(entry, 3).CopyTo(pixels[(3 * x)..]);
                continue;
            }
            for (int c = 0; c < h.Shown; c++)
            {
                int value = Value(h, row, (x * h.Channels) + c);
                pixels[(x * h.Shown) + c] = (byte)(h.Bits >= 8 ? value : value * 255 / ((1 << h.Bits) - 1));
            }
        }
    }

    private static int Value(Header h, byte[] row, int i) => h.Bits switch
    {
        8 => row[i],
        16 => row[2 * i],
        _ => (row[i * h.Bits / 8] >> (8 - h.Bits - (i * h.Bits % 8))) & ((1 << h.Bits) - 1),
    };

    private readonly struct Header
    {
        public Header(byte[] bytes, string file)
        {
            (Width, Height, Bits, Kind) = (BinaryPrimitives.ReadInt32BigEndian(bytes), BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4)), bytes[8], bytes[9]);
            DataFile.Check(Width > 0 && Height > 0 && (long)Width * Height <= Images.MostPixels, file, $"says it is {Width}×{Height} pixels");
            bool known = (Kind is 0 or Palette && Bits is 1 or 2 or 4 or 8) || (Kind is 0 or 2 or 4 or 6 && Bits is 8 or 16);
            DataFile.Check(known && bytes[10] == 0 && bytes[11] == 0, file, $"has colours of kind {Kind} with {Bits} bits");
            if (bytes[12] != 0) throw DataFile.Bad(file, "is interlaced", "Save it without interlacing");
        }

        public int Width { get; }

        public int Height { get; }

        public int Bits { get; }

        public int Kind { get; }

        public int Channels => Kind switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };

        public int Shown => Kind is 0 or 4 ? 1 : 3;

        public int Step => Math.Max(1, Channels * Bits / 8);

        public int Stride => checked(((Width * Channels * Bits) + 7) / 8);
    }
}
