using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>The inner loops of integer contractions for one vector width.</summary>
/// <remarks>A tile is Rows rows of x by two panels (32 output channels): c [6, 32] int32, row-major.</remarks>
internal unsafe interface IIntegerKernel
{
    /// <summary>c[r, n] = Σ x[r, k]·w[k, n] for <paramref name="count"/> rows and one or two panels.</summary>
    /// <param name="rows">Six pointers; those from <paramref name="count"/> on repeat a valid one.</param>
    /// <param name="count">Rows wanted, 1 to 6.</param>
    /// <param name="segments">Byte offset of each segment from a row's pointer.</param>
    /// <param name="segmentCount">Segments.</param>
    /// <param name="pairs">Pairs of values in a segment.</param>
    /// <param name="b">The first panel, laid out as <see cref="PackedWeights"/> tells.</param>
    /// <param name="panels">1 or 2.</param>
    /// <param name="c">The tile.</param>
    static abstract void Tile(short** rows, int count, nint* segments, int segmentCount, int pairs, short* b, int panels, int* c);

    /// <summary>acc[c] = Σ over taps of x[tap][c]·w[tap][c] for 16 channels; weights are int32 with a zero upper half.</summary>
    static abstract void Depthwise(short* x, nint* taps, int count, int* w, int wStride, int* acc);

    /// <summary>Requantises 16 accumulators of one panel in each of <paramref name="rows"/> rows of a tile (32 int32 apart).</summary>
    static abstract void Requantize(Requantizer rq, int group, int panel, int* acc, int rows, byte* y, nint yStride);
}

/// <summary>Vectors of any width.</summary>
internal readonly unsafe struct VectorKernel<TOps, TVector> : IIntegerKernel where TOps : IIntVector<TVector> where TVector : unmanaged
{
    public static void Tile(short** rows, int count, nint* segments, int segmentCount, int pairs, short* b, int panels, int* c)
    {
        int stride = PackedWeights.Stride(segmentCount, pairs);
        if (TOps.Lanes == 16 && panels == 2) Rows<TOps, TVector>(rows, count, segments, segmentCount, pairs, b, b + stride, c);
        else if (TOps.Lanes >= 8)
            for (int p = 0; p < panels; p++)
                Rows<IntVector256, Vector256<int>>(rows, count, segments, segmentCount, pairs, b + p * stride, b + p * stride + 16, c + p * 16);
        else
            for (int p = 0; p < 2 * panels; p++)
                Rows<TOps, TVector>(rows, count, segments, segmentCount, pairs, b + p / 2 * stride + p % 2 * 16, b + p / 2 * stride + p % 2 * 16 + 8, c + p * 8);
    }

    public static void Depthwise(short* x, nint* taps, int count, int* w, int wStride, int* acc)
    {
        for (int l = 0; l < PackedWeights.Panel; l += TOps.Lanes)
        {
            TVector sum = TOps.Splat(0);
            for (int t = 0; t < count; t++) sum = TOps.Dot(sum, TOps.LoadShorts((short*)((byte*)x + taps[t]) + l), TOps.Load(w + t * wStride + l));
            TOps.Store(sum, acc + l);
        }
    }

    public static void Requantize(Requantizer rq, int group, int panel, int* acc, int rows, byte* y, nint yStride)
    {
        if (!rq.Vectorised)
        {
            ScalarKernel.Requantize(rq, group, panel, acc, rows, y, yStride);
            return;
        }
        int* p = rq.At(group, panel);
        TVector lo = TOps.Splat(rq.To.Lo), hi = TOps.Splat(rq.To.Hi);
        for (int l = 0; l < PackedWeights.Panel; l += TOps.Lanes)
            for (int r = 0; r < rows; r++)
                TOps.StoreBytes(Requantizer.Apply<TOps, TVector>(TOps.Load(acc + r * 32 + l), p + l, lo, hi), y + r * yStride + l);
    }

    private static void Rows<TO, TV>(short** rows, int count, nint* segments, int segmentCount, int pairs, short* b0, short* b1, int* c)
        where TO : IIntVector<TV> where TV : unmanaged
    {
        if (count > 2) SixRows<TO, TV>(rows, segments, segmentCount, pairs, b0, b1, c);
        else
            for (int r = 0; r < count; r++) OneRow<TO, TV>(rows[r], segments, segmentCount, pairs, b0, b1, c + r * 32);
    }

    // Twelve accumulators, two weight vectors and one broadcast pair fill the sixteen registers of AVX2.
    private static void SixRows<TO, TV>(short** rows, nint* segments, int segmentCount, int pairs, short* b0, short* b1, int* c)
        where TO : IIntVector<TV> where TV : unmanaged
    {
        TV c00 = TO.Splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
        for (int s = 0; s < segmentCount; s++)
        {
            nint offset = segments[s];
            int* a0 = At(rows[0], offset), a1 = At(rows[1], offset), a2 = At(rows[2], offset);
            int* a3 = At(rows[3], offset), a4 = At(rows[4], offset), a5 = At(rows[5], offset);
            for (nint k = 0; k < pairs; k++)
            {
                TV w0 = TO.Load((int*)b0), w1 = TO.Load((int*)b1);
                TV x = TO.Splat(a0[k]);
                c00 = TO.Dot(c00, x, w0);
                c01 = TO.Dot(c01, x, w1);
                x = TO.Splat(a1[k]);
                c10 = TO.Dot(c10, x, w0);
                c11 = TO.Dot(c11, x, w1);
                x = TO.Splat(a2[k]);
                c20 = TO.Dot(c20, x, w0);
                c21 = TO.Dot(c21, x, w1);
                x = TO.Splat(a3[k]);
                c30 = TO.Dot(c30, x, w0);
                c31 = TO.Dot(c31, x, w1);
                x = TO.Splat(a4[k]);
                c40 = TO.Dot(c40, x, w0);
                c41 = TO.Dot(c41, x, w1);
                x = TO.Splat(a5[k]);
                c50 = TO.Dot(c50, x, w0);
                c51 = TO.Dot(c51, x, w1);
                b0 += 2 * PackedWeights.Panel;
                b1 += 2 * PackedWeights.Panel;
            }
        }
        Store<TO, TV>(c00, c01, c);
        Store<TO, TV>(c10, c11, c + 32);
        Store<TO, TV>(c20, c21, c + 64);
        Store<TO, TV>(c30, c31, c + 96);
        Store<TO, TV>(c40, c41, c + 128);
        Store<TO, TV>(c50, c51, c + 160);
    }

    private static void OneRow<TO, TV>(short* row, nint* segments, int segmentCount, int pairs, short* b0, short* b1, int* c)
        where TO : IIntVector<TV> where TV : unmanaged
    {
        TV c0 = TO.Splat(0), c1 = c0;
        for (int s = 0; s < segmentCount; s++)
        {
            int* a = At(row, segments[s]);
            for (nint k = 0; k < pairs; k++)
            {
                TV x = TO.Splat(a[k]);
                c0 = TO.Dot(c0, x, TO.Load((int*)b0));
                c1 = TO.Dot(c1, x, TO.Load((int*)b1));
                b0 += 2 * PackedWeights.Panel;
                b1 += 2 * PackedWeights.Panel;
            }
        }
        Store<TO, TV>(c0, c1, c);
    }

    private static int* At(short* row, nint offset) => (int*)((byte*)row + offset);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TO, TV>(TV left, TV right, int* c) where TO : IIntVector<TV> where TV : unmanaged
    {
        TO.Store(left, c);
        TO.Store(right, c + TO.Lanes);
    }
}

/// <summary>Plain loops over the same packed weights.</summary>
internal readonly unsafe struct ScalarKernel : IIntegerKernel
{
    public static void Tile(short** rows, int count, nint* segments, int segmentCount, int pairs, short* b, int panels, int* c)
    {
        for (int r = 0; r < count; r++)
            for (int n = 0; n < panels * PackedWeights.Panel; n++)
            {
                short* column = b + n / PackedWeights.Panel * PackedWeights.Stride(segmentCount, pairs) + n % PackedWeights.Panel * 2;
                int sum = 0;
                for (int s = 0; s < segmentCount; s++)
                {
                    short* a = (short*)((byte*)rows[r] + segments[s]);
                    for (int k = 0; k < pairs; k++, column += 2 * PackedWeights.Panel) sum += a[2 * k] * column[0] + a[2 * k + 1] * column[1];
                }
                c[r * 32 + n] = sum;
            }
    }

    public static void Depthwise(short* x, nint* taps, int count, int* w, int wStride, int* acc)
    {
        for (int l = 0; l < PackedWeights.Panel; l++)
        {
            int sum = 0;
            for (int t = 0; t < count; t++) sum += ((short*)((byte*)x + taps[t]))[l] * (short)w[t * wStride + l];
            acc[l] = sum;
        }
    }

    public static void Requantize(Requantizer rq, int group, int panel, int* acc, int rows, byte* y, nint yStride)
    {
        int first = panel * PackedWeights.Panel, valid = Math.Min(PackedWeights.Panel, rq.Group - first);
        for (int r = 0; r < rows; r++)
            for (int l = 0; l < valid; l++) y[r * yStride + l] = rq.Scalar(group * rq.Group + first + l, acc[r * 32 + l]);
    }
}
