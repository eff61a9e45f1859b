using System.Text;
using System.Text.Json;

namespace Dyadic.Data;

/// <summary>What all readers of data files share: caps, and errors that name the file.</summary>
internal static class DataFile
{
    /// <summary>The most bytes of one array: what a tensor can hold.</summary>
    public const long LargestArray = int.MaxValue - 4096;

    /// <summary>No deflate stream grows by more than this factor (RFC 1951: 258 bytes cost at least 2 bits), so a larger claim is a lie.</summary>
    public const long LargestExpansion = 1032;

    /// <summary>Opens the file and reads it; what the content makes fail becomes one <see cref="InvalidDataException"/>.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static T Read<T>(string path, Func<FileStream, T> read)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"'{path}' does not exist. Check the path.", path);
        using FileStream stream = File.OpenRead(path);
        return Guard(path, () => read(stream));
    }

    /// <summary>Runs <paramref name="read"/>; exceptions that only a bad content can cause become <see cref="InvalidDataException"/>.</summary>
    public static T Guard<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (EndOfStreamException e)
        {
            throw Bad(file, "is truncated", e);
        }
        catch (InvalidDataException e) when (!e.Message.Contains(file, StringComparison.Ordinal))
        {
            throw Bad(file, $"is damaged ({e.Message.TrimEnd('.')})", e);
        }
        catch (Exception e) when (e is JsonException or DecoderFallbackException or OverflowException or ArgumentException or NotSupportedException
            or ShapeException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw Bad(file, $"is damaged ({e.Message.Split('\n')[0].TrimEnd('.')})", e);
        }
    }

    /// <summary>The error for a file: "'FILE' what. What to try."</summary>
    public static InvalidDataException Bad(string file, string what, Exception? cause = null) => Bad(file, what, "Write or copy it again", cause);

    /// <summary>The error for a file: "'FILE' what. What to try."</summary>
    public static InvalidDataException Bad(string file, string what, string advice, Exception? cause = null) => new($"'{file}' {what}. {advice}.", cause);

    /// <summary>Throws unless <paramref name="ok"/>.</summary>
    public static void Check(bool ok, string file, FormattableString what)
    {
        if (!ok) throw Bad(file, what.ToString());
    }

    /// <summary>The bytes of an array of elements of so many bytes, or −1 when a size is negative or the product exceeds what a tensor can hold.</summary>
    public static long Bytes(ReadOnlySpan<long> dims, long element)
    {
        long bytes = element;
        bool empty = false;
        if (bytes > LargestArray) return -1;
        foreach (long d in dims)
        {
            if (d is < 0 or > int.MaxValue) return -1;
            if (d == 0) empty = true;
            else if ((bytes *= d) > LargestArray) return -1;
        }
        return empty ? 0 : bytes;
    }

    /// <summary>A tensor whose little-endian bytes come from the stream; truth values other than 0 count as 1.</summary>
    /// <exception cref="EndOfStreamException">The stream ends early.</exception>
    public static Tensor Elements(Stream stream, DType type, ReadOnlySpan<long> dims)
    {
        int[] sizes = Array.ConvertAll(dims.ToArray(), d => (int)d);
        Tensor result = Tensor.Empty(Shape.Of(sizes), type);
        Span<byte> bytes = result.Bytes();
        stream.ReadExactly(bytes);
        if (type == DType.Bool)
            foreach (ref byte b in bytes) b = b == 0 ? (byte)0 : (byte)1;
        GC.KeepAlive(result);
        return result;
    }

    /// <summary>Writes the elements in row-major order.</summary>
    public static void WriteElements(Stream stream, Tensor tensor)
    {
        Tensor contiguous = tensor.ToContiguous();
        stream.Write(contiguous.Bytes());
        GC.KeepAlive(contiguous);
    }
}
