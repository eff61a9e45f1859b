using Microsoft.Win32.SafeHandles;

namespace Dyadic.Onnx.Importing;

/// <summary>The bytes of a file or of memory, read where they are needed. Its length is that at opening.</summary>
internal abstract class ModelBytes : IDisposable
{
    /// <summary>How many there are.</summary>
    public abstract long Length { get; }

    /// <summary>Fills <paramref name="to"/> with the bytes from <paramref name="at"/> on.</summary>
    /// <exception cref="EndOfStreamException">They end before: the file became shorter after it was opened.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public abstract void Read(long at, Span<byte> to);

    /// <summary>A file; one that has no length, such as a pipe, is read to its end at once.</summary>
    /// <param name="path">The file.</param>
    /// <param name="most">More bytes than these are not read.</param>
    public static ModelBytes Open(string path, long most)
    {
        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        if (stream.CanSeek) return new OfFile(stream);
        using (stream) return Of(stream, most);
    }

    /// <summary>What is left of a stream, up to one byte more than <paramref name="most"/>.</summary>
    public static ModelBytes Of(Stream stream, long most)
    {
        using MemoryStream all = new();
        byte[] part = new byte[1 << 16];
        for (int n; all.Length <= most && (n = stream.Read(part)) > 0;) all.Write(part, 0, n);
        return Of(all.GetBuffer().AsMemory(0, (int)all.Length));
    }

    /// <summary>Memory, which must not change.</summary>
    public static ModelBytes Of(ReadOnlyMemory<byte> bytes) => new OfMemory(bytes);

    public abstract void Dispose();

    private sealed class OfFile(FileStream stream) : ModelBytes
    {
        private readonly SafeFileHandle _handle = stream.SafeFileHandle;

        public override long Length { get; } = stream.Length;

        public override void Read(long at, Span<byte> to)
        {
            while (to.Length > 0)
            {
                int n = RandomAccess.Read(_handle, to, at);
                if (n == 0) throw new EndOfStreamException($"the file ends at byte {at}, but had {Length} when it was opened. Do not change a model while it is read.");
                at += n;
                to = to[n..];
            }
        }

        public override void Dispose() => stream.Dispose();
    }

    private sealed class OfMemory(ReadOnlyMemory<byte> bytes) : ModelBytes
    {
        public override long Length => bytes.Length;

        public override void Read(long at, Span<byte> to) => bytes.Span.Slice(checked((int)at), to.Length).CopyTo(to);

        public override void Dispose()
        {
        }
    }
}

/// <summary>A part of a file or of memory that is read later, straight to where it is wanted.</summary>
/// <param name="Bytes">The whole.</param>
/// <param name="At">The first byte.</param>
/// <param name="Length">How many.</param>
internal sealed record ByteRange(ModelBytes Bytes, long At, long Length)
{
    /// <summary>Fills <paramref name="to"/>, which has <see cref="Length"/> bytes.</summary>
    public void Read(Span<byte> to) => Bytes.Read(At, to);
}
