using System.Buffers.Binary;
using System.IO.Compression;

namespace Dyadic.Data;

/// <summary>IDX files of unsigned bytes, plain or compressed with gzip: the format of the MNIST family.</summary>
/// <remarks>Bytes 0, 0, type 8, rank; big-endian sizes; row-major data.</remarks>
public static class Idx
{
    private const long LargestData = 1L << 30;

    /// <summary>Reads a file as an UInt8 tensor.</summary>
    /// <exception cref="InvalidDataException">The file is not IDX, is truncated, or declares more than 1 GiB.</exception>
    public static Tensor Read(string path)
    {
        using FileStream file = File.OpenRead(path);
        bool compressed = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        using Stream stream = compressed ? new GZipStream(file, CompressionMode.Decompress) : file;
        return Read(stream, path);
    }

    /// <summary>Reads a stream; <paramref name="name"/> is for messages.</summary>
    /// <exception cref="InvalidDataException">As above.</exception>
    public static Tensor Read(Stream stream, string name)
    {
        try
        {
            Span<byte> header = stackalloc byte[4];
            stream.ReadExactly(header);
            if (header[0] != 0 || header[1] != 0 || header[2] != 8 || header[3] is 0 or > 4)
                throw new InvalidDataException($"'{name}' is no IDX file of bytes: it starts with {Convert.ToHexString(header)}, not 000008 and a rank from 1 to 4.");
            int[] dims = new int[header[3]];
            long length = 1;
            for (int i = 0; i < dims.Length; i++)
            {
                stream.ReadExactly(header);
                uint size = BinaryPrimitives.ReadUInt32BigEndian(header);
                length = size > LargestData ? LargestData + 1 : length * size;
                if (length > LargestData) throw new InvalidDataException($"'{name}' declares more than 1 GiB of data. Is it an IDX file?");
                dims[i] = (int)size;
            }
            Tensor tensor = Tensor.Empty(Shape.Of(dims), DType.UInt8);
            stream.ReadExactly(tensor.Bytes());
            return stream.ReadByte() < 0 ? tensor : throw new InvalidDataException($"'{name}' is longer than its header {Shape.Of(dims)} says.");
        }
        catch (EndOfStreamException e)
        {
            throw new InvalidDataException($"'{name}' ends before the data that its header declares. Copy it again.", e);
        }
    }
}
