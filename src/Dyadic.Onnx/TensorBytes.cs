namespace Dyadic.Onnx;

/// <summary>Tensors from and to the little-endian bytes of their elements; two integers of 4 bits share a byte, the first in its low half.</summary>
internal static class TensorBytes
{
    /// <summary>True when a tensor of this type holds its elements as a file does; other bytes are swapped, unpacked, or made 0 or 1.</summary>
    public static bool IsPlain(DType type) => type != DType.Bool && !type.IsFourBits() && (BitConverter.IsLittleEndian || type.Size() == 1);

    /// <summary>A tensor of the given elements; anything but 0 is true.</summary>
    /// <param name="bytes">As many as the shape needs.</param>
    /// <param name="type">The element type.</param>
    /// <param name="shape">A known shape.</param>
    public static Tensor Read(ReadOnlySpan<byte> bytes, DType type, Shape shape)
    {
        byte[] elements = type.IsFourBits() ? Unpacked(bytes, type, shape.Length) : bytes.ToArray();
        if (type == DType.Bool) elements = Array.ConvertAll(elements, b => b != 0 ? (byte)1 : (byte)0);
        return Tensor.Create(shape, type, InFileOrder(elements, type), static (to, from) => from.CopyTo(to));
    }

    /// <summary>The elements, row-major.</summary>
    public static byte[] Write(Tensor tensor) => tensor.Type.IsFourBits() ? Packed(tensor.ToBytes()) : InFileOrder(tensor.ToBytes(), tensor.Type);

    private static byte[] Unpacked(ReadOnlySpan<byte> bytes, DType type, int length)
    {
        byte[] elements = new byte[length];
        for (int i = 0; i < length; i++) elements[i] = StoredNumbers.LowBits(type, (byte)(bytes[i / 2] >> (i % 2 * 4)));
        return elements;
    }

    private static byte[] Packed(byte[] elements)
    {
        byte[] bytes = new byte[(elements.Length + 1) / 2];
        for (int i = 0; i < elements.Length; i++) bytes[i / 2] |= (byte)((elements[i] & 15) << (i % 2 * 4));
        return bytes;
    }

    // Its own inverse.
    private static byte[] InFileOrder(byte[] bytes, DType type)
    {
        int unit = BitConverter.IsLittleEndian ? 1 : type.Size();
        for (int i = 0; unit > 1 && i < bytes.Length; i += unit) bytes.AsSpan(i, unit).Reverse();
        return bytes;
    }
}
