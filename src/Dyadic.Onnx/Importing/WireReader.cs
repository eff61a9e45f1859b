using Dyadic.Onnx.Wire;
using Google.Protobuf;

namespace Dyadic.Onnx.Importing;

/// <summary>Bytes to messages, with a cap on size and depth. Fields that this library does not know are dropped.</summary>
internal static class WireReader
{
    private const int MaxDepth = 32;

    /// <summary>The model in <paramref name="stream"/>.</summary>
    /// <exception cref="OnnxException">The bytes are no ONNX model, or too many.</exception>
    public static ModelProto Read(Stream stream, string file, int maxBytes)
    {
        try
        {
            using CodedInputStream input = CodedInputStream.CreateWithLimits(stream, maxBytes, MaxDepth);
            ModelProto model = ModelProto.Parser.WithDiscardUnknownFields(true).ParseFrom(input);
            if (model.Graph is null) throw new OnnxException(file, "this is no ONNX model: it holds no graph.");
            return model;
        }
        catch (InvalidProtocolBufferException e)
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
}
