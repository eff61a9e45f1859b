using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using Dyadic.Runtime;

namespace Dyadic.Data;

/// <summary>IDX files, in which MNIST and its kin are published: magic 0 0 type rank, big-endian sizes, big-endian elements; plain or gzip.</summary>
public static class Idx
{
    /// <summary>The array in the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxBytes">The most bytes that the array may take; gzip makes up to 1032 of one.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The magic is wrong, or the file is shorter or longer than its sizes say.</exception>
    /// <exception cref="BudgetException">The array exceeds <paramref name="maxBytes"/>.</exception>
    public static Tensor Read(string path, long maxBytes = 1L << 31) => DataFile.Read(path, stream =>
    {
        Span<byte> start = stackalloc byte[2];
        stream.ReadExactly(start);
        stream.Position = 0;
        if (start[0] != 0x1F || start[1] != 0x8B) return Read(stream, path, stream.Length, maxBytes);
        using Crc32Stream unpacked = new(new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true));
        Tensor result = Read(unpacked, path, stream.Length * DataFile.LargestExpansion, maxBytes);
        CheckTrailer(stream, unpacked, path);
        return result;
    });

    // gzip ends with checksum and length (RFC 1952), which GZipStream does not miss when they have been cut off.
    private static void CheckTrailer(FileStream stream, Crc32Stream unpacked, string file)
    {
        Span<byte> trailer = stackalloc byte[8];
        stream.Position = Math.Max(0, stream.Length - 8);
        stream.ReadExactly(trailer);
        bool whole = BinaryPrimitives.ReadUInt32LittleEndian(trailer) == unpacked.Crc && BinaryPrimitives.ReadUInt32LittleEndian(trailer[4..]) == (uint)unpacked.Count;
        DataFile.Check(whole, file, $"fails its checksum");
    }

    private static Tensor Read(Stream stream, string file, long limit, long maxBytes)
    {
        Span<byte> magic = stackalloc byte[4];
        stream.ReadExactly(magic);
        DataFile.Check(magic[0] == 0 && magic[1] == 0 && magic[3] is >= 1 and <= 8, file, $"does not start with the magic of an IDX file");
        DType type = TypeOf(magic[2], file);
        long[] dims = new long[magic[3]];
        Span<byte> size = stackalloc byte[4];
        for (int i = 0; i < dims.Length; i++)
        {
            stream.ReadExactly(size);
            dims[i] = BinaryPrimitives.ReadUInt32BigEndian(size);
        }
        long bytes = DataFile.Bytes(dims, type.Size());
        DataFile.Check(bytes >= 0 && bytes <= limit, file, $"declares [{string.Join(", ", dims)}], more than the file can hold");
        if (bytes > maxBytes) throw new BudgetException($"'{file}' holds {bytes} bytes, at most {maxBytes} are allowed", "maxBytes");
        Tensor result = DataFile.Elements(stream, type, dims);
        DataFile.Check(stream.ReadByte() < 0, file, $"is longer than [{string.Join(", ", dims)}]");
        Swap(result);
        return result;
    }

    private static DType TypeOf(byte code, string file) => code switch
    {
        0x08 => DType.UInt8,
        0x09 => DType.Int8,
        0x0B => DType.Int16,
        0x0C => DType.Int32,
        0x0D => DType.Float32,
        0x0E => DType.Float64,
        _ => throw DataFile.Bad(file, $"has the unknown IDX element type 0x{code:X2}"),
    };

    private static void Swap(Tensor x)
    {
        Span<byte> bytes = x.Bytes();
        switch (x.Type.Size())
        {
            case 2: BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, short>(bytes), MemoryMarshal.Cast<byte, short>(bytes)); break;
            case 4: BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, int>(bytes), MemoryMarshal.Cast<byte, int>(bytes)); break;
            case 8: BinaryPrimitives.ReverseEndianness(MemoryMarshal.Cast<byte, long>(bytes), MemoryMarshal.Cast<byte, long>(bytes)); break;
        }
        GC.KeepAlive(x);
    }
}
