namespace Dyadic.Fuzz.Mutations;

/// <summary>A field of a protobuf message: a number, or bytes, or the fields of a message inside.</summary>
internal sealed class WireNode
{
    private const int LargestNumber = 64, DeepestGuess = 40;

    /// <summary>The field's number.</summary>
    public required int Number { get; set; }

    /// <summary>0 varint, 1 eight bytes, 2 bytes, 5 four bytes.</summary>
    public required int Kind { get; init; }

    /// <summary>What a number of any kind holds.</summary>
    public ulong Value { get; set; }

    /// <summary>What bytes hold, unless they are fields.</summary>
    public byte[] Bytes { get; set; } = [];

    /// <summary>The fields inside, or null.</summary>
    public List<WireNode>? Fields { get; set; }

    /// <summary>A copy that shares nothing.</summary>
    public WireNode Clone() => new() { Number = Number, Kind = Kind, Value = Value, Bytes = [.. Bytes], Fields = Fields?.ConvertAll(f => f.Clone()) };

    /// <summary>The fields of a message, or null when the bytes are none. Bytes inside that look like a message are taken for one.</summary>
    public static List<WireNode>? Parse(ReadOnlySpan<byte> bytes, int depth = 0)
    {
        List<WireNode> fields = [];
        while (!bytes.IsEmpty)
        {
            if (!TryVarint(ref bytes, out ulong tag) || tag >> 3 is 0 or > LargestNumber) return null;
            int kind = (int)(tag & 7);
            WireNode node = new() { Number = (int)(tag >> 3), Kind = kind };
            if (kind == 0)
            {
                if (!TryVarint(ref bytes, out ulong value)) return null;
                node.Value = value;
            }
            else
            {
                ulong length = 0;
                if (kind == 2 ? !TryVarint(ref bytes, out length) : kind is not (1 or 5)) return null;
                if (kind != 2) length = kind == 1 ? 8u : 4u;
                if (length > (ulong)bytes.Length) return null;
                ReadOnlySpan<byte> content = bytes[..(int)length];
                bytes = bytes[(int)length..];
                if (kind != 2) for (int i = content.Length - 1; i >= 0; i--) node.Value = (node.Value << 8) | content[i];
                else if (content.Length < 2 || depth >= DeepestGuess || (node.Fields = Parse(content, depth + 1)) is null) node.Bytes = content.ToArray();
            }
            fields.Add(node);
        }
        return fields;
    }

    /// <summary>Writes fields as the bytes of a message.</summary>
    public static void Write(List<WireNode> fields, MemoryStream to)
    {
        foreach (WireNode node in fields)
        {
            WriteVarint(((ulong)node.Number << 3) | (uint)node.Kind, to);
            if (node.Kind == 0) WriteVarint(node.Value, to);
            else if (node.Kind != 2) for (int i = 0; i < (node.Kind == 1 ? 8 : 4); i++) to.WriteByte((byte)(node.Value >> (8 * i)));
            else
            {
                byte[] content = node.Bytes;
                if (node.Fields is not null)
                {
                    using MemoryStream inner = new();
                    Write(node.Fields, inner);
                    content = inner.ToArray();
                }
                WriteVarint((ulong)content.Length, to);
                to.Write(content);
            }
        }
    }

    /// <summary>The numbers that are packed in bytes, or null when they are none.</summary>
    public static List<ulong>? Unpack(ReadOnlySpan<byte> bytes)
    {
        List<ulong> numbers = [];
        while (!bytes.IsEmpty)
        {
            if (!TryVarint(ref bytes, out ulong value)) return null;
            numbers.Add(value);
        }
        return numbers;
    }

    /// <summary>Numbers packed in bytes.</summary>
    public static byte[] Pack(IEnumerable<ulong> numbers)
    {
        using MemoryStream packed = new();
        foreach (ulong n in numbers) WriteVarint(n, packed);
        return packed.ToArray();
    }

    private static bool TryVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (int i = 0; i < Math.Min(bytes.Length, 10); i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] >= 0x80) continue;
            bytes = bytes[(i + 1)..];
            return true;
        }
        return false;
    }

    private static void WriteVarint(ulong value, MemoryStream to)
    {
        for (; value >= 0x80; value >>= 7) to.WriteByte((byte)(value | 0x80));
        to.WriteByte((byte)value);
    }
}
