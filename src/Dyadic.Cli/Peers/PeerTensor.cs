using System.Runtime.InteropServices;
using Dyadic.Numerics;

namespace Dyadic.Cli.Peers;

/// <summary>A named, contiguous, row-major tensor on its way to or from another runtime.</summary>
/// <param name="Name">The input or output of the model.</param>
/// <param name="Type">The element type.</param>
/// <param name="Dims">The dimensions, outermost first.</param>
/// <param name="Data">The elements in the machine's byte order.</param>
public sealed record PeerTensor(string Name, DType Type, long[] Dims, byte[] Data)
{
    /// <summary>A tensor that holds a copy of <paramref name="values"/>.</summary>
    public static PeerTensor Of<T>(string name, long[] dims, ReadOnlySpan<T> values) where T : unmanaged =>
        new(name, DTypes.Of<T>(), dims, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>The elements, which are stored as <typeparamref name="T"/>.</summary>
    /// <exception cref="ArgumentException">The element type is another one.</exception>
    public ReadOnlySpan<T> Values<T>() where T : unmanaged
    {
        Ensure.Argument(DTypes.Of<T>() == Type, $"peer tensor '{Name}' holds {Type}, not {typeof(T).Name}. Read it as {Type}.");
        return MemoryMarshal.Cast<byte, T>(Data);
    }
}

/// <summary>An input or output that a model declares; a dimension of −1 is chosen by the caller.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">The element type.</param>
/// <param name="Dims">The dimensions, outermost first, −1 where symbolic.</param>
public sealed record PeerValue(string Name, DType Type, long[] Dims);
