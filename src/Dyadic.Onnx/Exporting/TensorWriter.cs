using Dyadic.Onnx.Wire;
using Google.Protobuf;

namespace Dyadic.Onnx.Exporting;

/// <summary>Tensor to TensorProto.</summary>
internal static class TensorWriter
{
    /// <summary>The message, with the elements as raw little-endian bytes.</summary>
    public static TensorProto Write(string name, Tensor tensor)
    {
        TensorProto proto = new()
        {
            Name = name,
            DataType = ElementTypes.CodeOf(tensor.Type),
            RawData = UnsafeByteOperations.UnsafeWrap(TensorBytes.Write(tensor)),      // nobody else holds the array
        };
        foreach (Dim dim in tensor.Shape) proto.Dims.Add(dim.Size);
        return proto;
    }
}
