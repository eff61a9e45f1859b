using System.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>One run of y = f(a, b), where a or b may be a single number. Every element is computed alike wherever it stands in the run.</summary>
internal static class BinaryLines
{
    public static void Line<T>(BinaryFunction function, ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y, T alpha, T beta) where T : unmanaged, INumber<T>
    {
        switch (function)
        {
            case BinaryFunction.Add: Primitives.Add(a, b, y); break;
            case BinaryFunction.Subtract: Primitives.Subtract(a, b, y); break;
            case BinaryFunction.Multiply: Primitives.Multiply(a, b, y); break;
            case BinaryFunction.Divide: Primitives.Divide(a, b, y); break;
            case BinaryFunction.Power: for (int i = 0; i < y.Length; i++) y[i] = Power(a[i], b[i]); break;
            case BinaryFunction.Minimum: Primitives.Min(a, b, y); break;
            case BinaryFunction.Maximum: Primitives.Max(a, b, y); break;
            case BinaryFunction.Rectify: Rectify(a, b, y, alpha); break;
            case BinaryFunction.Inside: Inside(a, b, y, alpha, beta); break;
            default: for (int i = 0; i < y.Length; i++) y[i] = Rare(function, a[i], b[i]); break;
        }
    }

    public static void Line<T>(BinaryFunction function, ReadOnlySpan<T> a, T b, Span<T> y, T alpha, T beta) where T : unmanaged, INumber<T>
    {
        switch (function)
        {
            case BinaryFunction.Add: Primitives.Add(a, b, y); break;
            case BinaryFunction.Subtract: Primitives.Subtract(a, b, y); break;
            case BinaryFunction.Multiply: Primitives.Multiply(a, b, y); break;
            case BinaryFunction.Divide: Primitives.Divide(a, b, y); break;
            case BinaryFunction.Power: Power(a, b, y); break;
            case BinaryFunction.Minimum: Primitives.Min(a, b, y); break;
            case BinaryFunction.Maximum: Primitives.Max(a, b, y); break;
            case BinaryFunction.Rectify: for (int i = 0; i < y.Length; i++) y[i] = Rectify(a[i], b, alpha); break;
            case BinaryFunction.Inside: for (int i = 0; i < y.Length; i++) y[i] = Inside(a[i], b, alpha, beta); break;
            default: for (int i = 0; i < y.Length; i++) y[i] = Rare(function, a[i], b); break;
        }
    }

    public static void Line<T>(BinaryFunction function, T a, ReadOnlySpan<T> b, Span<T> y, T alpha, T beta) where T : unmanaged, INumber<T>
    {
        switch (function)
        {
            case BinaryFunction.Add: Primitives.Add(b, a, y); break;
            case BinaryFunction.Subtract: Primitives.Subtract(a, b, y); break;
            case BinaryFunction.Multiply: Primitives.Multiply(b, a, y); break;
            case BinaryFunction.Divide: Primitives.Divide(a, b, y); break;
            case BinaryFunction.Power: for (int i = 0; i < y.Length; i++) y[i] = Power(a, b[i]); break;
            case BinaryFunction.Minimum: Primitives.Min(b, a, y); break;
            case BinaryFunction.Maximum: Primitives.Max(b, a, y); break;
            case BinaryFunction.Rectify: for (int i = 0; i < y.Length; i++) y[i] = Rectify(a, b[i], alpha); break;
            case BinaryFunction.Inside: for (int i = 0; i < y.Length; i++) y[i] = Inside(a, b[i], alpha, beta); break;
            default: for (int i = 0; i < y.Length; i++) y[i] = Rare(function, a, b[i]); break;
        }
    }

    private static void Rectify<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y, T alpha) where T : unmanaged, INumber<T>
    {
        int i = 0;
        if (Vector<T>.IsSupported)
        {
            Vector<T> slope = new(alpha);
            for (; i <= y.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                Vector<T> dy = new(b[i..]);
                Vector<T> scaled = T.IsZero(alpha) ? Vector<T>.Zero : slope * dy;
                Vector.ConditionalSelect(Vector.GreaterThan(new Vector<T>(a[i..]), Vector<T>.Zero), dy, scaled).CopyTo(y[i..]);
            }
        }
        for (; i < y.Length; i++) y[i] = Rectify(a[i], b[i], alpha);
    }

    private static T Rectify<T>(T a, T b, T alpha) where T : INumber<T> => a > T.Zero ? b : T.IsZero(alpha) ? T.Zero : alpha * b;

    private static void Inside<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y, T low, T high) where T : unmanaged, INumber<T>
    {
        int i = 0;
        if (Vector<T>.IsSupported)
        {
            Vector<T> lowest = new(low), highest = new(high);
            for (; i <= y.Length - Vector<T>.Count; i += Vector<T>.Count)
            {
                Vector<T> x = new(a[i..]);
                Vector<T> inside = Vector.GreaterThanOrEqual(x, lowest) & Vector.LessThanOrEqual(x, highest);
                Vector.ConditionalSelect(inside, new Vector<T>(b[i..]), Vector<T>.Zero).CopyTo(y[i..]);
            }
        }
        for (; i < y.Length; i++) y[i] = Inside(a[i], b[i], low, high);
    }

    private static T Inside<T>(T a, T b, T low, T high) where T : INumber<T> => a >= low && a <= high ? b : T.Zero;

    // What has no vector form.
    private static T Rare<T>(BinaryFunction function, T a, T b) where T : unmanaged, INumber<T> => function switch
    {
        BinaryFunction.Modulo => a % b is var r && !T.IsZero(r) && T.IsNegative(r) != T.IsNegative(b) ? r + b : r,
        BinaryFunction.Remainder => a % b,
        BinaryFunction.ShiftLeft => Shifts(b) is var n && n < 64 ? T.CreateTruncating(ulong.CreateTruncating(a) << n) : T.Zero,
        BinaryFunction.ShiftRight => Shifts(b) is var n && n < 64 ? T.CreateTruncating(ulong.CreateTruncating(a) >> n) : T.Zero,
        BinaryFunction.Differ => a == b ? T.Zero : T.One,
        _ => throw new ArgumentOutOfRangeException(nameof(function), function, null),
    };

    private static int Shifts<T>(T b) where T : unmanaged, INumber<T> => (int)Math.Min(ulong.CreateTruncating(b), 64);

    // x², x³ and x are what networks use: products and a copy, not a general power.
    private static void Power<T>(ReadOnlySpan<T> a, T b, Span<T> y) where T : unmanaged, INumber<T>
    {
        if (b == T.CreateTruncating(2)) Primitives.Multiply(a, a, y);
        else if (b == T.CreateTruncating(3)) for (int i = 0; i < y.Length; i++) y[i] = a[i] * a[i] * a[i];
        else if (b == T.One) a.CopyTo(y);
        else for (int i = 0; i < y.Length; i++) y[i] = Power(a[i], b);
    }

    private static T Power<T>(T a, T b) where T : unmanaged, INumber<T>
    {
        if (b == T.CreateTruncating(2)) return a * a;
        if (b == T.CreateTruncating(3)) return a * a * a;
        if (typeof(T) == typeof(float)) return T.CreateTruncating(MathF.Pow(float.CreateTruncating(a), float.CreateTruncating(b)));
        if (typeof(T) == typeof(double)) return T.CreateTruncating(Math.Pow(double.CreateTruncating(a), double.CreateTruncating(b)));
        return IntegerPower(a, b);
    }

    private static T IntegerPower<T>(T a, T b) where T : unmanaged, INumber<T>
    {
        if (T.IsNegative(b)) return a == T.One ? T.One : a == -T.One ? (T.IsOddInteger(b) ? a : T.One) : T.Zero;
        T result = T.One, two = T.CreateTruncating(2);
        for (; !T.IsZero(b); b /= two)
        {
            if (T.IsOddInteger(b)) result *= a;
            a *= a;
        }
        return result;
    }
}
