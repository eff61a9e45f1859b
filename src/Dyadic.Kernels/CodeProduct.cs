using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>y = op(a)·op(b), matrices of codes stored either way, one or a batch of them, on <see cref="CodeContraction"/>.</summary>
/// <param name="M">Rows of op(a).</param>
/// <param name="N">Columns of op(b).</param>
/// <param name="K">The inner size.</param>
/// <param name="TurnedA">Whether a is stored as [K, M].</param>
/// <param name="TurnedB">Whether b is stored as [N, K].</param>
/// <remarks>The kernels read rows along K on the left. Where a is turned, the product is computed turned, y [N, M], or the smaller factor is turned first.</remarks>
public readonly unsafe record struct CodeProduct(int M, int N, int K, bool TurnedA, bool TurnedB)
{
    private const int MostTerms = 1 << 14;      // summed at once where codes are int16: their digits stay long

    /// <summary>Whether y is stored as [N, M].</summary>
    public bool TurnedY => TurnedA && (TurnedB || N <= M);

    /// <summary>y of sums below 2³¹ (<see cref="CodeContraction.Fits"/>), over spans; lengths are checked.</summary>
    /// <returns>max |y|.</returns>
    /// <exception cref="ShapeException">A length does not fit the sizes.</exception>
    public ulong Run(CodeSpan a, CodeSpan b, Span<int> y, in ExecutionMode mode)
    {
        Check(a, b, y.Length, 1);
        fixed (byte* pa = a.Bytes, pb = b.Bytes)
        fixed (int* py = y) return Run(new((nint)pa, a.Bits), new((nint)pb, b.Bits), py, in mode);
    }

    /// <summary>y of int64 sums, over spans; lengths are checked.</summary>
    /// <exception cref="ShapeException">A length does not fit the sizes.</exception>
    public void Run(CodeSpan a, CodeSpan b, Span<long> y, in ExecutionMode mode)
    {
        Check(a, b, y.Length, 1);
        fixed (byte* pa = a.Bytes, pb = b.Bytes)
        fixed (long* py = y) Run(new((nint)pa, a.Bits), new((nint)pb, b.Bits), py, in mode);
    }

    /// <summary>Products of matrices that begin at the given codes of a and b; results lie one after another.</summary>
    /// <param name="a">Whole matrices.</param>
    /// <param name="startsA">The first code of each product's a.</param>
    /// <param name="b">Whole matrices.</param>
    /// <param name="startsB">The first code of each product's b.</param>
    /// <param name="y">int32 sums, which must fit.</param>
    /// <param name="mode">Kernels and threads.</param>
    public void Batch(CodeSpan a, ReadOnlySpan<int> startsA, CodeSpan b, ReadOnlySpan<int> startsB, Span<int> y, in ExecutionMode mode)
    {
        Check(a, b, y.Length, startsA.Length);
        fixed (byte* pa = a.Bytes, pb = b.Bytes)
        fixed (int* py = y, sa = startsA, sb = startsB)
        {
            BatchBody<int> body = new(this, new((nint)pa, a.Bits), sa, new((nint)pb, b.Bits), sb, py, mode);
            if (startsA.Length >= mode.Threads) WorkerPool.For(startsA.Length, mode, ref body);
            else body.Run(0, startsA.Length);
        }
    }

    /// <summary>The same with int64 sums.</summary>
    /// <inheritdoc cref="Batch(CodeSpan, ReadOnlySpan{int}, CodeSpan, ReadOnlySpan{int}, Span{int}, in ExecutionMode)"/>
    public void Batch(CodeSpan a, ReadOnlySpan<int> startsA, CodeSpan b, ReadOnlySpan<int> startsB, Span<long> y, in ExecutionMode mode)
    {
        Check(a, b, y.Length, startsA.Length);
        fixed (byte* pa = a.Bytes, pb = b.Bytes)
        fixed (long* py = y)
        fixed (int* sa = startsA, sb = startsB)
        {
            BatchBody<long> body = new(this, new((nint)pa, a.Bits), sa, new((nint)pb, b.Bits), sb, py, mode);
            if (startsA.Length >= mode.Threads) WorkerPool.For(startsA.Length, mode, ref body);
            else body.Run(0, startsA.Length);
        }
    }

    private readonly struct BatchBody<T>(CodeProduct product, CodeOperand a, int* startsA, CodeOperand b, int* startsB, T* y, ExecutionMode mode) : IParallelBody where T : unmanaged
    {
        public void Run(int start, int end)
        {
            for (int i = start; i < end; i++)
            {
                T* to = y + (nint)i * product.M * product.N;
                if (typeof(T) == typeof(int)) product.Run(a.At(startsA[i]), b.At(startsB[i]), (int*)to, in mode);
                else product.Run(a.At(startsA[i]), b.At(startsB[i]), (long*)to, in mode);
            }
        }
    }

    private ulong Run(CodeOperand a, CodeOperand b, int* y, in ExecutionMode mode)
    {
        using ScratchBuffer<byte> turned = Scratch.Rent<byte>(TurnedBytes(a, b));
        (WindowSizes s, CodeOperand x, CodeOperand w, bool byColumns) = Arrange(a, b, K, turned.Pointer);
        return CodeContraction.Run(in s, x, w, byColumns, y, in mode);
    }

    private void Run(CodeOperand a, CodeOperand b, long* y, in ExecutionMode mode)
    {
        using ScratchBuffer<byte> turned = Scratch.Rent<byte>(TurnedBytes(a, b));
        bool byTerms = TurnedA && !TurnedB && K > MostTerms;      // both stored with terms outermost: parts of the sum are parts of both
        if (!byTerms)
        {
            (WindowSizes s, CodeOperand x, CodeOperand w, bool byColumns) = Arrange(a, b, K, turned.Pointer);
            CodeContraction.Run(in s, x, w, byColumns, y, in mode);
            return;
        }
        nint length = (nint)M * N;
        new Span<long>(y, checked((int)length)).Clear();
        using ScratchBuffer<long> part = Scratch.Rent<long>(length);
        for (int k = 0; k < K; k += MostTerms)
        {
            (WindowSizes s, CodeOperand x, CodeOperand w, bool byColumns) = Arrange(a.At((long)k * M), b.At((long)k * N), Math.Min(MostTerms, K - k), turned.Pointer);
            CodeContraction.Run(in s, x, w, byColumns, part.Pointer, in mode);
            for (nint i = 0; i < length; i++) y[i] += part.Pointer[i];
        }
    }

    private nint TurnedBytes(CodeOperand a, CodeOperand b) => TurnedA && !TurnedB ? (TurnedY ? (nint)N * b.Size : (nint)M * a.Size) * K : 0;

    private (WindowSizes Sizes, CodeOperand X, CodeOperand W, bool ByColumns) Arrange(CodeOperand a, CodeOperand b, int k, byte* turned)
    {
        if (!TurnedA) return (CodeContraction.Product(M, k, N), a, b, !TurnedB);
        if (TurnedB) return (CodeContraction.Product(N, k, M), b, a, true);
        (CodeOperand from, int columns) = TurnedY ? (b, N) : (a, M);
        if (from.AreBytes) CodeTranspose.Run((byte*)from.Pointer, columns, k, columns, turned, k, flip: 0);
        else CodeTranspose.Run(from.Shorts, columns, k, columns, (short*)turned, k);
        CodeOperand rows = new((nint)turned, from.Bits);
        return TurnedY ? (CodeContraction.Product(N, k, M), rows, a, true) : (CodeContraction.Product(M, k, N), rows, b, true);
    }

    private void Check(CodeSpan a, CodeSpan b, int y, int count)
    {
        Ensure.Shape(count == 1 ? a.Length == (long)M * K : a.Length >= (long)M * K, $"CodeProduct: a holds {a.Length} codes, [{M}, {K}] needs {(long)M * K}.");
        Ensure.Shape(count == 1 ? b.Length == (long)K * N : b.Length >= (long)K * N, $"CodeProduct: b holds {b.Length} codes, [{K}, {N}] needs {(long)K * N}.");
        Ensure.Shape(y == (long)count * M * N, $"CodeProduct: y holds {y} sums, {count} × [{M}, {N}] are needed.");
    }
}
