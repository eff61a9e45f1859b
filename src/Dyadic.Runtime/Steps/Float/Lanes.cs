using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>Vectorised loops over one line of values, for the normalisations.</summary>
internal static class Lanes
{
    /// <summary>Σ x.</summary>
    public static T Sum<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T>
    {
        (Vector<T> even, Vector<T> odd) = (Vector<T>.Zero, Vector<T>.Zero);
        int i = 0;
        for (; i <= x.Length - 2 * Vector<T>.Count; i += 2 * Vector<T>.Count)
        {
            even += Load(x, i);
            odd += Load(x, i + Vector<T>.Count);
        }
        T sum = Vector.Sum(even + odd);
        for (; i < x.Length; i++) sum += x[i];
        return sum;
    }

    /// <summary>Σ (x − center)².</summary>
    public static T CenteredSquares<T>(ReadOnlySpan<T> x, T center) where T : unmanaged, IFloatingPointIeee754<T>
    {
        (Vector<T> even, Vector<T> odd, Vector<T> c) = (Vector<T>.Zero, Vector<T>.Zero, new(center));
        int i = 0;
        for (; i <= x.Length - 2 * Vector<T>.Count; i += 2 * Vector<T>.Count)
        {
            Vector<T> a = Load(x, i) - c, b = Load(x, i + Vector<T>.Count) - c;
            even += a * a;
            odd += b * b;
        }
        T sum = Vector.Sum(even + odd);
        for (; i < x.Length; i++) sum += (x[i] - center) * (x[i] - center);
        return sum;
    }

    /// <summary>(Σ a, Σ a·(x − center)).</summary>
    public static (T Sum, T Dot) SumAndCenteredDot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> x, T center) where T : unmanaged, IFloatingPointIeee754<T>
    {
        (Vector<T> sums, Vector<T> dots, Vector<T> c) = (Vector<T>.Zero, Vector<T>.Zero, new(center));
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> v = Load(a, i);
            sums += v;
            dots += v * (Load(x, i) - c);
        }
        (T sum, T dot) = (Vector.Sum(sums), Vector.Sum(dots));
        for (; i < x.Length; i++)
        {
            sum += a[i];
            dot += a[i] * (x[i] - center);
        }
        return (sum, dot);
    }

    /// <summary>y = (x − center)·a + b.</summary>
    public static void CenteredAffine<T>(ReadOnlySpan<T> x, T center, T a, T b, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        (Vector<T> c, Vector<T> va, Vector<T> vb) = (new(center), new(a), new(b));
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count) Store(y, i, (Load(x, i) - c) * va + vb);
        for (; i < x.Length; i++) y[i] = (x[i] - center) * a + b;
    }

    /// <summary>y = p·a + (x − center)·b + c.</summary>
    public static void CenteredAffine<T>(ReadOnlySpan<T> p, T a, ReadOnlySpan<T> x, T center, T b, T c, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        (Vector<T> vm, Vector<T> va, Vector<T> vb, Vector<T> vc) = (new(center), new(a), new(b), new(c));
        int i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count) Store(y, i, Load(p, i) * va + (Load(x, i) - vm) * vb + vc);
        for (; i < x.Length; i++) y[i] = p[i] * a + (x[i] - center) * b + c;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Load<T>(ReadOnlySpan<T> x, int i) where T : unmanaged =>
        Unsafe.ReadUnaligned<Vector<T>>(ref Unsafe.As<T, byte>(ref Unsafe.Add(ref MemoryMarshal.GetReference(x), i)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T>(Span<T> y, int i, Vector<T> value) where T : unmanaged =>
        Unsafe.WriteUnaligned(ref Unsafe.As<T, byte>(ref Unsafe.Add(ref MemoryMarshal.GetReference(y), i)), value);
}
