namespace Dyadic.Data;

/// <summary>Reads another stream and computes the checksum of zip files over it: CRC-32, polynomial 0x04C11DB7 reflected.</summary>
internal sealed class Crc32Stream(Stream inner) : Stream
{
    private static readonly uint[] Table = MakeTable();
    private uint _state = ~0u;

    /// <summary>The checksum of what has been read.</summary>
    public uint Crc => ~_state;

    /// <summary>The number of bytes that have been read.</summary>
    public long Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int n = inner.Read(buffer);
        foreach (byte b in buffer[..n]) _state = Table[(byte)(_state ^ b)] ^ (_state >> 8);
        Count += n;
        return n;
    }

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint c = i;
            for (int bit = 0; bit < 8; bit++) c = (c >> 1) ^ (0xEDB88320u & (0u - (c & 1)));
            table[i] = c;
        }
        return table;
    }
}
