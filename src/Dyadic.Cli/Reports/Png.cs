using System.Buffers.Binary;
using System.IO.Compression;

namespace Dyadic.Cli.Reports;

/// <summary>Grey PNG images for pages that hold everything in one file.</summary>
/// <remarks>RFC 2083: signature, IHDR, one IDAT (filter 0), IEND.</remarks>
internal static class Png
{
    private static readonly uint[] CrcTable = [.. Enumerable.Range(0, 256).Select(n =>
    {
        uint c = (uint)n;
        for (int k = 0; k < 8; k++) c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
        return c;
    })];

    /// <summary>The image as a data URI.</summary>
    public static string DataUri(int width, int height, ReadOnlySpan<byte> pixels) => "data:image/png;base64," + Convert.ToBase64String(Grey(width, height, pixels));

    /// <summary>An 8-bit grey image.</summary>
    public static byte[] Grey(int width, int height, ReadOnlySpan<byte> pixels)
    {
        using MemoryStream png = new();
        png.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8;
        Chunk(png, "IHDR"u8, header);
        using MemoryStream data = new();
        using (ZLibStream zlib = new(data, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (int row = 0; row < height; row++)
            {
                zlib.WriteByte(0);
                zlib.Write(pixels.Slice(row * width, width));
            }
        }
        Chunk(png, "IDAT"u8, data.GetBuffer().AsSpan(0, (int)data.Length));
        Chunk(png, "IEND"u8, []);
        return png.ToArray();
    }

    private static void Chunk(Stream png, ReadOnlySpan<byte> type, ReadOnlySpan<byte> data)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, data.Length);
        png.Write(word);
        png.Write(type);
        png.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(word, ~Crc(data, Crc(type, uint.MaxValue)));
        png.Write(word);
    }

    private static uint Crc(ReadOnlySpan<byte> data, uint crc)
    {
        foreach (byte b in data) crc = CrcTable[(crc ^ b) & 0xFF] ^ (crc >> 8);
        return crc;
    }
}
