using System.Runtime.InteropServices;
using Dyadic.Kernels;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>Differences q − z of int8 or uint8 codes, |q − z| ≤ 255, as int16.</summary>
internal static class ByteCodes
{
    /// <summary>The width of a difference, sign included.</summary>
    public const int Bits = 9;

    /// <summary>Differences as the kernels take them.</summary>
    public static CodeSpan Of(ReadOnlySpan<short> differences) => new(MemoryMarshal.AsBytes(differences), Bits);

    /// <summary>q[at] − z, z being that of <paramref name="channel"/> where there are several.</summary>
    public static int Difference(in TensorView q, nint at, in TensorView zero, int channel) => Code(q, at) - Code(zero, zero.Length == 1 ? 0 : channel);

    /// <summary>Lines of <paramref name="length"/> codes, each less its zero point; zero points repeat where there are fewer than lines.</summary>
    public static void ByRows(in TensorView q, in TensorView zero, int length, Span<short> to)
    {
        int zeros = zero.Length;
        for (int line = 0; line * length < to.Length; line++) Line(q, line * length, Code(zero, line % zeros), to.Slice(line * length, length));
    }

    /// <summary>Rows of which each element has a zero point of its own, or all have one.</summary>
    public static void ByColumns(in TensorView q, in TensorView zero, Span<short> to)
    {
        if (zero.Length == 1)
        {
            Line(q, 0, Code(zero, 0), to);
            return;
        }
        for (int i = 0, n = 0; i < to.Length; i++, n = n + 1 == zero.Length ? 0 : n + 1) to[i] = (short)(Code(q, i) - Code(zero, n));
    }

    private static void Line(in TensorView q, int start, int zero, Span<short> to)
    {
        if (q.Type == DType.Int8)
        {
            ReadOnlySpan<sbyte> codes = q.Span<sbyte>().Slice(start, to.Length);
            for (int i = 0; i < to.Length; i++) to[i] = (short)(codes[i] - zero);
        }
        else
        {
            ReadOnlySpan<byte> codes = q.Span<byte>().Slice(start, to.Length);
            for (int i = 0; i < to.Length; i++) to[i] = (short)(codes[i] - zero);
        }
    }

    private static unsafe int Code(in TensorView q, nint at) => q.Type == DType.Int8 ? ((sbyte*)q.Data)[at] : q.Data[at];
}
