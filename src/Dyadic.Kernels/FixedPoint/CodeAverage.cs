using System.Numerics;
using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Reference;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.FixedPoint;

/// <summary>Average pooling of codes held channels-last and its transpose, as exact sums at an exponent s lower. Equal to <see cref="Reference.CodeAverage"/> bit for bit.</summary>
/// <remarks>
/// docs/equations/fixed-point.md (30). A window of n values counts each ⌊2ˢ/n⌉ times, s = 15 + ⌊log₂ taps⌋: exact where n is a power of two, else within 2⁻¹⁵ of the mean.
/// No floating-point arithmetic.
/// </remarks>
public static unsafe class CodeAverage
{
    private const int FactorBits = 15;

    /// <summary>s of windows of at most <paramref name="taps"/> values.</summary>
    public static int Shift(int taps) => FactorBits + int.Log2(Math.Max(1, taps));

    /// <summary>⌊2ˢ/n⌉, halves up; n from 1 on.</summary>
    public static long Factor(int n, int shift) => ((1L << shift) + Math.Max(1, n) / 2) / Math.Max(1, n);

    /// <summary>Whether the sums of codes of <paramref name="bits"/> bits fit int32: a pixel is in at most as many windows as there are taps.</summary>
    public static bool Fits(int bits, int taps) => bits - 1 + Shift(taps) + int.Log2(Math.Max(1, taps)) + 1 <= 30;

    /// <summary>y = Σ x·⌊2ˢ/n⌉ over each window.</summary>
    /// <param name="g">Sizes.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="countPad">Whether zeros of the padding count in n.</param>
    /// <param name="y">[N, OH, OW, C].</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <exception cref="PrecisionException">The sums do not fit int32; use int64.</exception>
    public static void Pool(in PoolGeometry g, CodeSpan x, bool countPad, Span<int> y, in ExecutionMode mode)
    {
        CheckFits(in g, x.Bits);
        Run(in g, x, countPad, spread: false, y, in mode);
    }

    /// <summary>The same in 64 bits.</summary>
    /// <inheritdoc cref="Pool(in PoolGeometry, CodeSpan, bool, Span{int}, in ExecutionMode)" path="/param"/>
    public static void Pool(in PoolGeometry g, CodeSpan x, bool countPad, Span<long> y, in ExecutionMode mode) => Run(in g, x, countPad, spread: false, y, in mode);

    /// <summary>y = Σ dy·⌊2ˢ/n⌉ over the windows that hold a pixel.</summary>
    /// <param name="g">Sizes of the pooling.</param>
    /// <param name="dy">[N, OH, OW, C].</param>
    /// <param name="countPad">Whether zeros of the padding count in n.</param>
    /// <param name="y">[N, H, W, C].</param>
    /// <param name="mode">Vector width and threads.</param>
    /// <exception cref="PrecisionException">The sums do not fit int32; use int64.</exception>
    public static void Spread(in PoolGeometry g, CodeSpan dy, bool countPad, Span<int> y, in ExecutionMode mode)
    {
        CheckFits(in g, dy.Bits);
        Run(in g, dy, countPad, spread: true, y, in mode);
    }

    /// <summary>The same in 64 bits.</summary>
    /// <inheritdoc cref="Spread(in PoolGeometry, CodeSpan, bool, Span{int}, in ExecutionMode)" path="/param"/>
    public static void Spread(in PoolGeometry g, CodeSpan dy, bool countPad, Span<long> y, in ExecutionMode mode) => Run(in g, dy, countPad, spread: true, y, in mode);

    private static void CheckFits(in PoolGeometry g, int bits)
    {
        if (!Fits(bits, g.KernelH * g.KernelW))
            throw new PrecisionException($"CodeAverage: windows of {g.KernelH}×{g.KernelW} codes of {bits} bits may overflow 32 bits. Use sums of 64 bits.");
    }

    private static void Run<TSum>(in PoolGeometry g, CodeSpan x, bool countPad, bool spread, Span<TSum> y, in ExecutionMode mode) where TSum : unmanaged, IBinaryInteger<TSum>
    {
        (int image, int windows) = (g.InputLength, g.OutputLength);
        x.Expect(spread ? windows : image, "CodeAverage: x");
        Ensure.Shape(y.Length == (spread ? image : windows), $"CodeAverage: room for {y.Length} sums, {(spread ? image : windows)} are needed.");
        fixed (byte* px = x.Bytes)
        fixed (TSum* py = y)
        {
            if (x.Bits <= 8) Run(new Body<sbyte, TSum>(g, (sbyte*)px, countPad, spread, py, mode.Width), in g, spread, in mode);
            else Run(new Body<short, TSum>(g, (short*)px, countPad, spread, py, mode.Width), in g, spread, in mode);
        }
    }

    // A thread takes rows of windows, or whole images where windows may share a pixel.
    private static void Run<TBody>(TBody body, in PoolGeometry g, bool spread, in ExecutionMode mode) where TBody : struct, IParallelBody =>
        WorkerPool.For(spread ? g.Batch : g.Batch * g.OutHeight, mode, ref body);

    private readonly struct Body<T, TSum>(PoolGeometry g, T* x, bool countPad, bool spread, TSum* y, SimdWidth width) : IParallelBody
        where T : unmanaged where TSum : unmanaged, IBinaryInteger<TSum>
    {
        private readonly PoolGeometry _plane = g with { Channels = 1 };

        public void Run(int start, int end)
        {
            int rows = spread ? g.OutHeight : 1, made = (spread ? g.Height : 1) * (spread ? g.Width : g.OutWidth) * g.Channels, shift = Shift(g.KernelH * g.KernelW);
            new Span<TSum>(y + (nint)start * made, checked((end - start) * made)).Clear();
            for (int window = start * rows * g.OutWidth; window < end * rows * g.OutWidth; window++)
            {
                PoolWindow w = new(in _plane, window);
                long factor = Factor(countPad ? w.PaddedCount : w.Count, shift);
                for (int i = w.Top; i < w.Bottom; i += g.DilationH)
                    for (int j = w.Left; j < w.Right; j += g.DilationW)
                    {
                        nint pixel = (nint)(w.PlaneStart + i * g.Width + j) * g.Channels, at = (nint)window * g.Channels;
                        Line(x + (spread ? at : pixel), factor, y + (spread ? pixel : at));
                    }
            }
        }

        private void Line(T* from, long factor, TSum* to)
        {
            int c = sizeof(TSum) != 4 ? 0 : width switch
            {
                SimdWidth.V512 => Vectors<IntVector512, Vector512<int>>(from, (int)factor, (int*)to),
                SimdWidth.V256 => Vectors<IntVector256, Vector256<int>>(from, (int)factor, (int*)to),
                SimdWidth.V128 => Vectors<IntVector128, Vector128<int>>(from, (int)factor, (int*)to),
                _ => 0,
            };
            for (; c < g.Channels; c++) to[c] += TSum.CreateTruncating(Codes.Read(from, c) * factor);
        }

        private int Vectors<TOps, TVector>(T* from, int factor, int* to) where TOps : IIntVector<TVector>, IMapVector<TVector> where TVector : unmanaged
        {
            int c = 0;
            TVector times = TOps.Splat(factor);
            for (; c <= g.Channels - TOps.Lanes; c += TOps.Lanes)
                TOps.Store(TOps.Add(TOps.Load(to + c), TOps.Multiply(Codes.Load<T, TOps, TVector>(from + c), times)), to + c);
            return c;
        }
    }
}
