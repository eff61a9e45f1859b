using System.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The inner loops of <see cref="ReduceStep"/>.</summary>
internal static class ReduceLines
{
    /// <summary>target = target ∘ source.</summary>
    public static void Combine<T>(ReduceFunction function, Span<T> target, ReadOnlySpan<T> source) where T : unmanaged, INumber<T>
    {
        switch (function)
        {
            case ReduceFunction.Max: Primitives.Max(target, source, target); break;
            case ReduceFunction.Min: Primitives.Min(target, source, target); break;
            case ReduceFunction.Product: Primitives.Multiply(target, source, target); break;
            default: Primitives.Add(target, source, target); break;
        }
    }

    /// <summary>a ∘ b.</summary>
    public static T Combine<T>(ReduceFunction function, T a, T b) where T : unmanaged, INumber<T> => function switch
    {
        ReduceFunction.Max => T.Max(a, b),
        ReduceFunction.Min => T.Min(a, b),
        ReduceFunction.Product => a * b,
        _ => a + b,
    };

    /// <summary>The combination of a run of at least one element.</summary>
    public static T Run<T>(ReduceFunction function, ReadOnlySpan<T> x) where T : unmanaged, INumber<T> => function switch
    {
        ReduceFunction.Max => Primitives.Max(x),
        ReduceFunction.Min => Primitives.Min(x),
        ReduceFunction.Product => Primitives.Product(x),
        _ => Sum(x),
    };

    /// <summary>y = y/n.</summary>
    public static void Scale<T>(Span<T> y, int n) where T : unmanaged, INumber<T> => Primitives.Divide(y, T.CreateSaturating(n), y);

    // Four vectors of partial sums, then their lanes, then the rest: an order that depends on the length only, not on the address.
    private static T Sum<T>(ReadOnlySpan<T> x) where T : unmanaged, INumber<T>
    {
        T sum = T.Zero;
        int i = 0, n = Vector<T>.IsSupported ? Vector<T>.Count : int.MaxValue / 4;
        if (x.Length >= 4 * n)
        {
            Vector<T> a = Vector<T>.Zero, b = a, c = a, d = a;
            for (; i <= x.Length - (4 * n); i += 4 * n)
            {
                a += new Vector<T>(x[i..]);
                b += new Vector<T>(x[(i + n)..]);
                c += new Vector<T>(x[(i + (2 * n))..]);
                d += new Vector<T>(x[(i + (3 * n))..]);
            }
            sum = Vector.Sum(a + b + (c + d));
        }
        for (; i < x.Length; i++) sum += x[i];
        return sum;
    }
}
