using Dyadic.Onnx.Importing;

namespace Dyadic.Onnx.Mapping;

/// <summary>Constant inputs of one element.</summary>
internal static class Scalars
{
    /// <summary>The value of a tensor of one element.</summary>
    /// <exception cref="ImportRefusal">Its type is not supported here.</exception>
    public static double Read(Tensor scalar) => scalar.Type switch
    {
        DType.Float32 => scalar.Item<float>(),
        DType.Float64 => scalar.Item<double>(),
        DType.Float16 => (double)scalar.Item<Half>(),
        DType.BFloat16 => (float)scalar.Item<BFloat16>(),
        DType.Int8 => scalar.Item<sbyte>(),
        DType.UInt8 => scalar.Item<byte>(),
        DType.Int16 => scalar.Item<short>(),
        DType.UInt16 => scalar.Item<ushort>(),
        DType.UInt32 => scalar.Item<uint>(),
        DType.UInt64 => scalar.Item<ulong>(),
        DType.Int32 => scalar.Item<int>(),
        DType.Int64 => scalar.Item<long>(),
        _ => throw new ImportRefusal($"a value of type {scalar.Type} is not supported"),
    };
}
