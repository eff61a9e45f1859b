using System.Text;
using Dyadic.Onnx.Wire;
using Google.Protobuf;

namespace Dyadic.Onnx.Exporting;

/// <summary>Tensor to TensorProto.</summary>
internal static class TensorWriter
{
    private const int BytesOfTag = 6;       // and length, of a string

    /// <summary>How many bytes the elements take in a file, at most.</summary>
    public static long Bytes(Tensor tensor) =>
        tensor.Type == DType.String ? tensor.ToStrings().Sum(s => BytesOfTag + (long)Encoding.UTF8.GetByteCount(s)) : (long)tensor.Length * tensor.Type.Size();

    /// <summary>The message, with the elements as raw little-endian bytes, or one by one where they are strings.</summary>
    public static TensorProto Write(string name, Tensor tensor)
    {
        TensorProto proto = new() { Name = name, DataType = ElementTypes.CodeOf(tensor.Type) };
        if (tensor.Type == DType.String) proto.StringData.AddRange(tensor.ToStrings().Select(ByteString.CopyFromUtf8));
        else proto.RawData = UnsafeByteOperations.UnsafeWrap(TensorBytes.Write(tensor));      // nobody else holds the array
        foreach (Dim dim in tensor.Shape) proto.Dims.Add(dim.Size);
        return proto;
    }
}
