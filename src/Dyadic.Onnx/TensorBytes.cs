using System.Runtime.InteropServices;

namespace Dyadic.Onnx;

/// <summary>Tensors from and to the little-endian bytes of their elements.</summary>
internal static class TensorBytes
{
    /// <summary>True when a tensor of this type holds its elements as a file does; other bytes are swapped, or made 0 or 1.</summary>
    public static bool IsPlain(DType type) => type != DType.Bool && (BitConverter.IsLittleEndian || type.Size() == 1);

    /// <summary>A tensor of the given elements; anything but 0 is true.</summary>
    /// <param name="bytes">As many as the shape needs.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">A known shape.</param>
    public static Tensor Read(ReadOnlySpan<byte> bytes, DType type, Shape shape)
    {
        if (!BitConverter.IsLittleEndian && type.Size() > 1) bytes = Reversed(bytes.ToArray(), type.Size());
        return type switch
        {
            DType.Float32 => Tensor.From(MemoryMarshal.Cast<byte, float>(bytes), shape),
            DType.Float64 => Tensor.From(MemoryMarshal.Cast<byte, double>(bytes), shape),
            DType.Float16 => Tensor.From(MemoryMarshal.Cast<byte, Half>(bytes), shape),
            DType.BFloat16 => Tensor.From(MemoryMarshal.Cast<byte, BFloat16>(bytes), shape),
            DType.Int8 => Tensor.From(MemoryMarshal.Cast<byte, sbyte>(bytes), shape),
            DType.UInt8 => Tensor.From(bytes, shape),
            DType.Int16 => Tensor.From(MemoryMarshal.Cast<byte, short>(bytes), shape),
            DType.UInt16 => Tensor.From(MemoryMarshal.Cast<byte, ushort>(bytes), shape),
            DType.UInt32 => Tensor.From(MemoryMarshal.Cast<byte, uint>(bytes), shape),
            DType.UInt64 => Tensor.From(MemoryMarshal.Cast<byte, ulong>(bytes), shape),
            DType.Int32 => Tensor.From(MemoryMarshal.Cast<byte, int>(bytes), shape),
            DType.Int64 => Tensor.From(MemoryMarshal.Cast<byte, long>(bytes), shape),
            _ => Tensor.From(Array.ConvertAll(bytes.ToArray(), b => b != 0), shape),
        };
    }

    /// <summary>The elements, row-major.</summary>
    public static byte[] Write(Tensor tensor)
    {
        byte[] bytes = tensor.Type switch
        {
            DType.Float32 => Copy<float>(tensor),
            DType.Float64 => Copy<double>(tensor),
            DType.Float16 => Copy<Half>(tensor),
            DType.BFloat16 => Copy<BFloat16>(tensor),
            DType.Int8 => Copy<sbyte>(tensor),
            DType.UInt8 => tensor.ToArray<byte>(),
            DType.Int16 => Copy<short>(tensor),
            DType.UInt16 => Copy<ushort>(tensor),
            DType.UInt32 => Copy<uint>(tensor),
            DType.UInt64 => Copy<ulong>(tensor),
            DType.Int32 => Copy<int>(tensor),
            DType.Int64 => Copy<long>(tensor),
            _ => Copy<bool>(tensor),
        };
        return BitConverter.IsLittleEndian || tensor.Type.Size() == 1 ? bytes : Reversed(bytes, tensor.Type.Size());
    }

    private static byte[] Copy<T>(Tensor tensor) where T : unmanaged => MemoryMarshal.AsBytes<T>(tensor.ToArray<T>()).ToArray();

    private static byte[] Reversed(byte[] bytes, int unit)
    {
        for (int i = 0; i < bytes.Length; i += unit) bytes.AsSpan(i, unit).Reverse();
        return bytes;
    }
}
