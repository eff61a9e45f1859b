using System.Numerics;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>Sums, products and choices of codes, element by element, exact: what is to be rounded is rounded by whoever knows the largest result.</summary>
public static unsafe class CodeElementwise
{
    private const int Grain = 1 << 14;

    /// <summary>y[i] = a[i]·2^shiftA ± b[i mod b's length]·2^shiftB.</summary>
    /// <param name="a">As long as y.</param>
    /// <param name="shiftA">At least 0.</param>
    /// <param name="b">Repeated where it is shorter.</param>
    /// <param name="shiftB">At least 0.</param>
    /// <param name="subtract">Whether b is taken away.</param>
    /// <param name="y">The sums.</param>
    /// <param name="mode">Threads.</param>
    public static void Add(CodeSpan a, int shiftA, CodeSpan b, int shiftB, bool subtract, Span<long> y, in ExecutionMode mode)
    {
        a.Expect(y.Length, "CodeElementwise.Add: a");
        Ensure.Shape(b.Length > 0 && y.Length % b.Length == 0, $"CodeElementwise.Add: {b.Length} codes of b do not repeat to {y.Length}.");
        fixed (byte* pa = a.Bytes, pb = b.Bytes)
        fixed (long* py = y)
        {
            if (a.Bits <= 8 && b.Bits <= 8) Run(new Sums<sbyte, sbyte>((sbyte*)pa, shiftA, (sbyte*)pb, shiftB, b.Length, subtract, py), y.Length, in mode);
            else if (a.Bits <= 8) Run(new Sums<sbyte, short>((sbyte*)pa, shiftA, (short*)pb, shiftB, b.Length, subtract, py), y.Length, in mode);
            else if (b.Bits <= 8) Run(new Sums<short, sbyte>((short*)pa, shiftA, (sbyte*)pb, shiftB, b.Length, subtract, py), y.Length, in mode);
            else Run(new Sums<short, short>((short*)pa, shiftA, (short*)pb, shiftB, b.Length, subtract, py), y.Length, in mode);
        }
    }

    /// <summary>y[i] = a[i]·b[i mod b's length].</summary>
    public static void Multiply(CodeSpan a, CodeSpan b, Span<int> y, in ExecutionMode mode)
    {
        a.Expect(y.Length, "CodeElementwise.Multiply: a");
        fixed (byte* pa = a.Bytes, pb = b.Bytes)
        fixed (int* py = y)
        {
            if (a.Bits <= 8 && b.Bits <= 8) Run(new Products<sbyte, sbyte>((sbyte*)pa, (sbyte*)pb, b.Length, py), y.Length, in mode);
            else if (a.Bits <= 8) Run(new Products<sbyte, short>((sbyte*)pa, (short*)pb, b.Length, py), y.Length, in mode);
            else if (b.Bits <= 8) Run(new Products<short, sbyte>((short*)pa, (sbyte*)pb, b.Length, py), y.Length, in mode);
            else Run(new Products<short, short>((short*)pa, (short*)pb, b.Length, py), y.Length, in mode);
        }
    }

    /// <summary>y[i] = value[i] where least ≤ x[i] ≤ most, else 0.</summary>
    /// <param name="x">What decides.</param>
    /// <param name="least">The least code that passes.</param>
    /// <param name="most">The largest code that passes.</param>
    /// <param name="value">As long as x.</param>
    /// <param name="y">Codes of the width of <paramref name="value"/>.</param>
    /// <param name="mode">Threads.</param>
    public static void Select(CodeSpan x, int least, int most, CodeSpan value, Span<byte> y, in ExecutionMode mode)
    {
        value.Expect(x.Length, "CodeElementwise.Select: the values");
        Ensure.Shape(y.Length == value.Bytes.Length, $"CodeElementwise.Select: y has {y.Length} bytes, {value.Bytes.Length} are needed.");
        fixed (byte* px = x.Bytes, pv = value.Bytes, py = y)
        {
            if (x.Bits <= 8 && value.Bits <= 8) Run(new Choice<sbyte, sbyte>((sbyte*)px, Bound<sbyte>(least), Bound<sbyte>(most), (sbyte*)pv, (sbyte*)py), x.Length, in mode);
            else if (x.Bits <= 8) Run(new Choice<sbyte, short>((sbyte*)px, Bound<sbyte>(least), Bound<sbyte>(most), (short*)pv, (short*)py), x.Length, in mode);
            else if (value.Bits <= 8) Run(new Choice<short, sbyte>((short*)px, Bound<short>(least), Bound<short>(most), (sbyte*)pv, (sbyte*)py), x.Length, in mode);
            else Run(new Choice<short, short>((short*)px, Bound<short>(least), Bound<short>(most), (short*)pv, (short*)py), x.Length, in mode);
        }
    }

    /// <summary>y[i] = min(max(x[i], least), most), codes of one width.</summary>
    public static void Clamp(CodeSpan x, int least, int most, Span<byte> y, in ExecutionMode mode)
    {
        Ensure.Shape(y.Length == x.Bytes.Length, $"CodeElementwise.Clamp: y has {y.Length} bytes, {x.Bytes.Length} are needed.");
        fixed (byte* px = x.Bytes, py = y)
        {
            if (x.Bits <= 8) Run(new Bounded<sbyte>((sbyte*)px, Bound<sbyte>(least), Bound<sbyte>(most), (sbyte*)py), x.Length, in mode);
            else Run(new Bounded<short>((short*)px, Bound<short>(least), Bound<short>(most), (short*)py), x.Length, in mode);
        }
    }

    private static T Bound<T>(int code) where T : unmanaged, IBinaryInteger<T> => T.CreateSaturating(code);

    private static void Run<TBody>(TBody body, int count, in ExecutionMode mode) where TBody : struct, IParallelBody => WorkerPool.For(count, mode, ref body, Grain);

    private readonly struct Sums<TA, TB>(TA* a, int shiftA, TB* b, int shiftB, int period, bool subtract, long* y) : IParallelBody
        where TA : unmanaged, IBinaryInteger<TA> where TB : unmanaged, IBinaryInteger<TB>
    {
        public void Run(int start, int end)
        {
            for (int i = start; i < end;)
            {
                int at = i % period, count = Math.Min(end - i, period - at);
                Line(a + i, b + at, y + i, count);
                i += count;
            }
        }

        private void Line(TA* a, TB* b, long* y, int count)
        {
            long one = 1L << shiftB, factor = subtract ? -one : one;
            for (int i = 0; i < count; i++) y[i] = (long.CreateTruncating(a[i]) << shiftA) + long.CreateTruncating(b[i]) * factor;
        }
    }

    private readonly struct Products<TA, TB>(TA* a, TB* b, int period, int* y) : IParallelBody
        where TA : unmanaged, IBinaryInteger<TA> where TB : unmanaged, IBinaryInteger<TB>
    {
        public void Run(int start, int end)
        {
            for (int i = start; i < end;)
            {
                int at = i % period, count = Math.Min(end - i, period - at);
                TA* left = a + i;
                TB* right = b + at;
                int* to = y + i;
                if (period == 1) Scale(left, int.CreateTruncating(*right), to, end - i);
                else
                    for (int j = 0; j < count; j++) to[j] = int.CreateTruncating(left[j]) * int.CreateTruncating(right[j]);
                i += period == 1 ? end - i : count;
            }
        }

        private static void Scale(TA* a, int factor, int* y, int count)
        {
            for (int j = 0; j < count; j++) y[j] = int.CreateTruncating(a[j]) * factor;
        }
    }

    private readonly struct Choice<TX, TValue>(TX* x, TX least, TX most, TValue* value, TValue* y) : IParallelBody
        where TX : unmanaged, IBinaryInteger<TX> where TValue : unmanaged, IBinaryInteger<TValue>
    {
        public void Run(int start, int end)
        {
            int i = start;
            if (typeof(TX) == typeof(TValue))
            {
                Vector<TX> lo = new(least), hi = new(most);
                for (; i <= end - Vector<TX>.Count; i += Vector<TX>.Count)
                {
                    Vector<TX> at = Vector.Load(x + i), keep = Vector.GreaterThanOrEqual(at, lo) & Vector.LessThanOrEqual(at, hi);
                    (Vector.Load((TX*)value + i) & keep).Store((TX*)y + i);
                }
            }
            for (; i < end; i++) y[i] = x[i] >= least && x[i] <= most ? value[i] : TValue.Zero;
        }
    }

    private readonly struct Bounded<T>(T* x, T least, T most, T* y) : IParallelBody where T : unmanaged, IBinaryInteger<T>
    {
        public void Run(int start, int end)
        {
            int i = start;
            Vector<T> lo = new(least), hi = new(most);
            for (; i <= end - Vector<T>.Count; i += Vector<T>.Count) Vector.Min(Vector.Max(Vector.Load(x + i), lo), hi).Store(y + i);
            for (; i < end; i++) y[i] = T.Min(T.Max(x[i], least), most);
        }
    }
}
