using System.Buffers;
using Dyadic.Onnx.Wire;
using Dyadic.Runtime;
using Google.Protobuf;

namespace Dyadic.Onnx.Importing;

/// <summary>Bytes to messages, with a cap on size and depth. Fields that this library does not know are dropped.</summary>
/// <remarks>
/// The data of initialisers are nearly all of a file. They stay where they are: a <see cref="TensorProto"/> notes their place in
/// <see cref="TensorProto.RawRange"/>, and they go straight into the memory of its tensor. Protobuf parses the rest.
/// </remarks>
internal static class WireReader
{
    private const int LeastRange = 512, GraphField = 7, InitialiserField = 5, RawDataField = 9, ModelDepth = 1, MostParsed = 1 << 30;

    /// <summary>The model in <paramref name="bytes"/>, which must stay open while its initialisers are read.</summary>
    /// <exception cref="OnnxException">The bytes are no ONNX model.</exception>
    /// <exception cref="BudgetException">They are too many, or say too much.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static ModelProto Read(ModelBytes bytes, string file, LoadMeter meter)
    {
        meter.RequireBytes(bytes.Length);
        try
        {
            WireCursor cursor = new(bytes);
            WireCount count = new(cursor, meter);
            ArrayBufferWriter<byte> model = new(), graph = new();
            List<TensorProto> initialisers = [];
            bool found = false;
            foreach (WireField field in cursor.Fields(0, bytes.Length))
            {
                bool isGraph = field is { Number: GraphField, IsBytes: true };
                count.Field(field, ModelProto.Descriptor, ModelDepth, isGraph);
                if (isGraph) ReadGraph(cursor, count, bytes, field, graph, initialisers);
                else Copy(bytes, field, model);
                found |= isGraph;
            }
            if (!found) throw new OnnxException(file, "this is no ONNX model: it holds no graph.");
            ModelProto proto = Parse(ModelProto.Parser, model);
            proto.Graph = Parse(GraphProto.Parser, graph);
            proto.Graph.Initializer.AddRange(initialisers);
            return proto;
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidDataException or EndOfStreamException)
        {
            throw new OnnxException(file, $"this is no ONNX model, or it was cut short: {e.Message}", e);
        }
    }

    /// <summary>A tensor that stands alone in a file, as the standard's test data do.</summary>
    /// <exception cref="OnnxException">The bytes are no tensor.</exception>
    public static TensorProto ReadTensor(byte[] bytes, string file)
    {
        try
        {
            return TensorProto.Parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new OnnxException(file, $"this is no ONNX tensor, or it was cut short: {e.Message}", e);
        }
    }

    private static void ReadGraph(WireCursor cursor, WireCount count, ModelBytes bytes, WireField graph, ArrayBufferWriter<byte> rest, List<TensorProto> initialisers)
    {
        ArrayBufferWriter<byte> tensor = new();
        foreach (WireField field in cursor.Fields(graph.Data, graph.End))
        {
            count.Field(field, GraphProto.Descriptor, ModelDepth + 1);
            if (field is { Number: InitialiserField, IsBytes: true }) initialisers.Add(ReadInitialiser(cursor, bytes, field, tensor));
            else Copy(bytes, field, rest);
        }
    }

    // Of several raw_data the last one counts.
    private static TensorProto ReadInitialiser(WireCursor cursor, ModelBytes bytes, WireField initialiser, ArrayBufferWriter<byte> rest)
    {
        rest.ResetWrittenCount();
        ByteRange? raw = null;
        foreach (WireField field in cursor.Fields(initialiser.Data, initialiser.End))
        {
            bool isRange = field is { Number: RawDataField, IsBytes: true } && field.End - field.Data >= LeastRange;
            if (field.Number == RawDataField) raw = isRange ? new(bytes, field.Data, field.End - field.Data) : null;
            if (!isRange) Copy(bytes, field, rest);
        }
        TensorProto proto = Parse(TensorProto.Parser, rest);
        proto.RawRange = raw;
        return proto;
    }

    private static void Copy(ModelBytes bytes, WireField field, ArrayBufferWriter<byte> to)
    {
        if (to.WrittenCount + (field.End - field.Start) > MostParsed) throw new InvalidDataException($"without raw data it has more than {MostParsed} bytes");
        int length = (int)(field.End - field.Start);
        bytes.Read(field.Start, to.GetSpan(length)[..length]);
        to.Advance(length);
    }

    private static T Parse<T>(MessageParser<T> parser, ArrayBufferWriter<byte> bytes) where T : IMessage<T>
    {
        using MemoryStream stream = new(bytes.WrittenSpan.ToArray(), writable: false);
        return parser.WithDiscardUnknownFields(true).ParseFrom(stream);
    }
}
