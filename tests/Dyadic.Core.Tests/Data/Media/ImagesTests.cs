using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Dyadic.Data;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Data.Media;

public sealed class ImagesTests
{
    // A PNG file whose rows are filtered by each of the five filters in turn.
    private static byte[] Png(int width, int height, int kind, int bits, int channels, byte[] rows, byte[]? palette = null)
    {
        int stride = rows.Length / height, step = Math.Max(1, channels * bits / 8);
        using MemoryStream packed = new(), file = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int y = 0; y < height; y++)
            {
                int filter = y % 5;
                zlib.WriteByte((byte)filter);
                for (int i = 0; i < stride; i++)
                {
                    int left = i >= step ? rows[(y * stride) + i - step] : 0, up = y > 0 ? rows[((y - 1) * stride) + i] : 0, corner = i >= step && y > 0 ? rows[((y - 1) * stride) + i - step] : 0;
                    int p = left + up - corner;
                    int paeth = new[] { left, up, corner }.MinBy(v => Math.Abs(p - v));
                    zlib.WriteByte((byte)(rows[(y * stride) + i] - (filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => paeth })));
                }
            }
        }
        file.Write([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]);
        byte[] header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = ((byte)bits, (byte)kind);
        Chunk("IHDR", header);
        if (palette is not null) Chunk("PLTE", palette);
        Chunk("IDAT", packed.ToArray()[..10]);
        Chunk("IDAT", packed.ToArray()[10..]);
        Chunk("IEND", []);
        return file.ToArray();

        void Chunk(string name, byte[] body)
        {
            Span<byte> number = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, body.Length);
            file.Write(number);
            byte[] content = [.. Encoding.ASCII.GetBytes(name), .. body];
            file.Write(content);
            BinaryPrimitives.WriteUInt32BigEndian(number, Crc(content));
            file.Write(number);
        }
    }

    // The definition, bit by bit (PNG, annex D).
    private static uint Crc(byte[] bytes)
    {
        uint c = ~0u;
        foreach (byte b in bytes)
        {
            c ^= b;
            for (int k = 0; k < 8; k++) c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
        }
        return ~c;
    }

    private static byte[] Random(int length)
    {
        Rng rng = new(3);
        return [.. Enumerable.Range(0, length).Select(_ => (byte)rng.NextUInt32())];
    }

    private static Tensor Read(byte[] bytes)
    {
        using Folder folder = new();
        File.WriteAllBytes(folder.At("image"), bytes);
        return Images.Read(folder.At("image"));
    }

    [Theory]
    [InlineData(0, 1, 1)]
    [InlineData(2, 3, 3)]
    [InlineData(4, 2, 1)]
    [InlineData(6, 4, 3)]
    public void Png_of_8_and_16_bits_by_every_filter(int kind, int channels, int shown)
    {
        byte[] rows = Random(7 * 11 * channels), wide = Random(2 * 7 * 11 * channels);
        byte[] expected = [.. Enumerable.Range(0, 7 * 11).SelectMany(p => Enumerable.Range(0, shown).Select(c => rows[(p * channels) + c]))];
        Tensor image = Read(Png(7, 11, kind, 8, channels, rows));
        Assert.Equal([11, 7, shown], image.Shape.ToArray());
        Assert.Equal(expected, image.ToArray<byte>());
        expected = [.. Enumerable.Range(0, 7 * 11).SelectMany(p => Enumerable.Range(0, shown).Select(c => wide[2 * ((p * channels) + c)]))];
        Assert.Equal(expected, Read(Png(7, 11, kind, 16, channels, wide)).ToArray<byte>());
    }

    // Nine pixels a row: the last byte of a row is not full.
    [Theory, InlineData(1), InlineData(2), InlineData(4), InlineData(8)]
    public void Png_of_few_bits_and_with_a_palette(int bits)
    {
        int levels = 1 << bits, stride = ((9 * bits) + 7) / 8;
        byte[] rows = new byte[stride * 6], palette = Random(3 * levels);
        int[] values = new int[9 * 6];
        Rng rng = new(2);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = rng.NextInt(levels);
            rows[(i / 9 * stride) + (i % 9 * bits / 8)] |= (byte)(values[i] << (8 - bits - (i % 9 * bits % 8)));
        }
        Assert.Equal(Array.ConvertAll(values, v => (byte)(v * 255 / (levels - 1))), Read(Png(9, 6, 0, bits, 1, rows)).ToArray<byte>());
        Assert.Equal(values.SelectMany(v => palette[(3 * v)..(3 * v + 3)]), Read(Png(9, 6, 3, bits, 1, rows, palette)).ToArray<byte>());
    }

    [Fact]
    public void Portable_maps()
    {
        Tensor grey = Read([.. "P5\n# a comment\n3 2\n255\n"u8, 1, 2, 3, 4, 5, 6]), colours = Read([.. "P6 1 2 3 "u8, 0, 1, 2, 3, 9, 0]);
        Assert.Equal([2, 3, 1], grey.Shape.ToArray());
        Assert.Equal([1, 2, 3, 4, 5, 6], grey.ToArray<byte>());
        Assert.Equal([0, 85, 170, 255, 255, 0], colours.ToArray<byte>());       // of 3, what is above it included
    }

    [Fact]
    public void Damaged_files_are_refused()
    {
        using Folder folder = new();
        folder.Damage(Png(7, 5, 2, 8, 3, Random(7 * 5 * 3)), "bad.png", path => Images.Read(path));
        folder.Damage([.. "P5 3 2 255\n"u8, 1, 2, 3, 4, 5, 6], "bad.pgm", path => Images.Read(path));
        File.WriteAllText(folder.At("text"), "no image");
        Assert.Contains("PNG", Assert.Throws<InvalidDataException>(() => Images.Read(folder.At("text"))).Message);
    }

    // Twice as large, each pixel is (3·near + far)/4 of its neighbours, and itself at the border.
    [Fact]
    public void Networks_read_planes_of_numbers()
    {
        Tensor image = Tensor.From<byte>([0, 100, 200, 10, 20, 30], Shape.Of(1, 2, 3));
        Assert.Equal([-1f, -0.9f, 0, -0.8f, 1, -0.7f], Images.Normalize(image, 1, 2, [100], [100]).ToArray<float>());
        Assert.Equal([1f, -0.7f, 0, -0.8f, -1, -0.9f], Images.Normalize(image, 1, 2, [100], [100], blueFirst: true).ToArray<float>());
        Assert.Equal([0f, 2.5f, 7.5f, 10], Images.Normalize(image, 1, 4, [0, 100, 200], [1, 1, 1]).Slice(1, 0, 1).ToArray<float>());
        Tensor three = Images.Normalize(Tensor.From<byte>([50], Shape.Of(1, 1, 1)), 1, 1, [0], [1, 2, 5]);
        Assert.Equal([50f, 25, 10], three.ToArray<float>());
        Assert.Throws<ShapeException>(() => Images.Normalize(image, 1, 1, [0], [1], channels: 1));
    }
}
