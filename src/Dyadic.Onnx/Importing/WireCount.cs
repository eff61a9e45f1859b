using Dyadic.Onnx.Wire;
using Google.Protobuf.Reflection;

namespace Dyadic.Onnx.Importing;

/// <summary>Counts messages, packed numbers and lists of strings before protobuf makes objects of them, which are up to a hundred times as large as two bytes on the wire.</summary>
internal sealed class WireCount(WireCursor cursor, LoadMeter meter)
{
    private const int LargestNumber = 8, LargestObject = 64;       // of a string or its bytes, beside these

    /// <summary>A field, and all that it holds.</summary>
    /// <param name="field">The field.</param>
    /// <param name="of">The message that it is a field of.</param>
    /// <param name="depth">How deep that message lies, 1 for the outermost.</param>
    /// <param name="alone">Count this message, but not its fields.</param>
    /// <exception cref="Runtime.BudgetException">It is too much.</exception>
    /// <exception cref="InvalidDataException">The bytes are no message.</exception>
    public void Field(WireField field, MessageDescriptor of, int depth, bool alone = false)
    {
        if (!field.IsBytes || of.FindFieldByNumber(field.Number) is not { } known) return;
        if (known.FieldType is FieldType.Int32 or FieldType.Int64 or FieldType.UInt64) meter.CountPacked((field.End - field.Data) * LargestNumber);
        if (known is { FieldType: FieldType.Bytes or FieldType.String, IsRepeated: true }) meter.CountPacked(field.End - field.Data + LargestObject);
        if (known.FieldType is not FieldType.Message) return;
        meter.CountMessage(depth + 1, known.MessageType == NodeProto.Descriptor);
        if (alone) return;
        foreach (WireField inner in cursor.Fields(field.Data, field.End)) Field(inner, known.MessageType, depth + 1);
    }
}
