using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Cli.Models;

/// <summary>Contents of tensors.</summary>
internal static class Numbers
{
    /// <summary>The elements as float32.</summary>
    public static float[] Floats(Tensor tensor) => tensor.Type == DType.Float32 ? tensor.ToArray<float>() : tensor.Cast(DType.Float32).ToArray<float>();

    /// <summary>The elements' bytes, row-major.</summary>
    public static byte[] Bytes(Tensor tensor) => tensor.Type switch
    {
        DType.Float32 => Raw(tensor.ToArray<float>()),
        DType.Float64 => Raw(tensor.ToArray<double>()),
        DType.Float16 => Raw(tensor.ToArray<Half>()),
        DType.BFloat16 => Raw(tensor.ToArray<BFloat16>()),
        DType.Int8 => Raw(tensor.ToArray<sbyte>()),
        DType.UInt8 => tensor.ToArray<byte>(),
        DType.Int16 => Raw(tensor.ToArray<short>()),
        DType.UInt16 => Raw(tensor.ToArray<ushort>()),
        DType.UInt32 => Raw(tensor.ToArray<uint>()),
        DType.UInt64 => Raw(tensor.ToArray<ulong>()),
        DType.Int32 => Raw(tensor.ToArray<int>()),
        DType.Int64 => Raw(tensor.ToArray<long>()),
        _ => Raw(tensor.ToArray<bool>()),
    };

    /// <summary>The tensor of such bytes.</summary>
    /// <exception cref="InvalidDataException">The type has none.</exception>
    public static Tensor Read(ReadOnlySpan<byte> bytes, DType type, Shape shape) => type switch
    {
        DType.Float32 => Of<float>(bytes, shape),
        DType.Float64 => Of<double>(bytes, shape),
        DType.Float16 => Of<Half>(bytes, shape),
        DType.Int8 => Of<sbyte>(bytes, shape),
        DType.UInt8 => Of<byte>(bytes, shape),
        DType.Int16 => Of<short>(bytes, shape),
        DType.UInt16 => Of<ushort>(bytes, shape),
        DType.UInt32 => Of<uint>(bytes, shape),
        DType.UInt64 => Of<ulong>(bytes, shape),
        DType.Int32 => Of<int>(bytes, shape),
        DType.Int64 => Of<long>(bytes, shape),
        DType.Bool => Of<bool>(bytes, shape),
        _ => throw new InvalidDataException($"a tensor of {type} cannot be read. Cast it within the model."),
    };

    /// <summary>SHA-256 over the bytes of all tensors, in lower-case hexadecimal digits.</summary>
    public static string Hash(IEnumerable<Tensor> tensors)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Tensor tensor in tensors) hash.AppendData(Bytes(tensor));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static Tensor Of<T>(ReadOnlySpan<byte> bytes, Shape shape) where T : unmanaged => Tensor.From(MemoryMarshal.Cast<byte, T>(bytes), shape);

    private static byte[] Raw<T>(T[] values) where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();
}
