namespace Dyadic.Onnx.Importing;

/// <summary>A field of a message on the wire.</summary>
/// <param name="Number">Its number.</param>
/// <param name="IsBytes">True when it is a length and as many bytes: text, bytes, packed numbers or a message.</param>
/// <param name="Start">Where its tag begins.</param>
/// <param name="Data">Where its content begins.</param>
/// <param name="End">Where it ends.</param>
internal readonly record struct WireField(int Number, bool IsBytes, long Start, long Data, long End);

/// <summary>Walks the fields of a message without reading what they hold.</summary>
internal sealed class WireCursor(ModelBytes bytes)
{
    private const int WindowBytes = 1 << 13;
    private readonly byte[] _window = new byte[WindowBytes];
    private long _at, _windowAt;
    private int _inWindow;

    /// <summary>The fields of the message in [<paramref name="start"/>, <paramref name="end"/>). Others may be walked meanwhile.</summary>
    /// <exception cref="InvalidDataException">The bytes are no message, or end within a field.</exception>
    public IEnumerable<WireField> Fields(long start, long end)
    {
        for (long at = start; at < end;)
        {
            WireField field = Field(at, end);
            at = field.End;
            yield return field;
        }
    }

    private WireField Field(long start, long end)
    {
        _at = start;
        ulong tag = Varint(end), number = tag >> 3;
        if (number is 0 or > int.MaxValue) throw new InvalidDataException($"byte {start} begins no field");
        ulong length = (tag & 7) switch
        {
            0 => Skipped(end),
            1 => 8,
            2 => Varint(end),
            5 => 4,
            _ => throw new InvalidDataException($"byte {start} begins a field of wire type {tag & 7}"),
        };
        ulong left = (ulong)(end - _at);
        if (length > left) throw new InvalidDataException($"a field of {length} bytes begins at byte {_at}, {left} are left");
        return new((int)number, (tag & 7) == 2, start, _at, _at + (long)length);
    }

    private ulong Skipped(long end)
    {
        Varint(end);
        return 0;
    }

    private ulong Varint(long end)
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (_at >= end) throw new InvalidDataException($"a number is cut at byte {_at}");
            byte b = Next();
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80) return value;
        }
        throw new InvalidDataException($"a number of more than ten bytes ends at byte {_at}");
    }

    private byte Next()
    {
        if (_at < _windowAt || _at >= _windowAt + _inWindow)
        {
            (_windowAt, _inWindow) = (_at, (int)Math.Min(WindowBytes, bytes.Length - _at));
            bytes.Read(_windowAt, _window.AsSpan(0, _inWindow));
        }
        return _window[_at++ - _windowAt];
    }
}
