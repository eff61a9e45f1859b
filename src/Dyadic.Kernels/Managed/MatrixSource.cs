using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>A stored matrix as lines: value (line, k) at start + line·lineStride + k·kStride, where one of the strides is 1.</summary>
internal readonly unsafe struct MatrixSource(float* start, int lineStride, int kStride) : IPanelSource
{
    public static MatrixSource RowsOf(in GemmProblem p) => p.TransA ? new(p.A, 1, p.Lda) : new(p.A, p.Lda, 1);

    public static MatrixSource ColumnsOf(in GemmProblem p) => p.TransB ? new(p.B, p.Ldb, 1) : new(p.B, 1, p.Ldb);

    public float* Direct(int first, int k0, out nint stride)
    {
        stride = kStride;
        return lineStride == 1 ? start + first + (nint)k0 * kStride : null;
    }

    public void Pack(int first, int lines, int k0, int kc, float* panel, int width)
    {
        float* from = start + (nint)first * lineStride + (nint)k0 * kStride;
        if (lines < width) new Span<float>(panel, kc * width).Clear();
        if (lineStride == 1) CopyLines(from, lines, kc, panel, width);
        else TransposeLines(from, lines, kc, panel, width);
    }

    private void CopyLines(float* from, int lines, int kc, float* panel, int width)
    {
        for (int p = 0; p < kc; p++, from += kStride, panel += width)
        {
            int i = 0;
            for (; i + 4 <= lines; i += 4) Vector128.Load(from + i).Store(panel + i);
            for (; i < lines; i++) panel[i] = from[i];
        }
    }

    private void TransposeLines(float* from, int lines, int kc, float* panel, int width)
    {
        int i = 0;
        for (; i + 4 <= lines; i += 4) TransposeFour(from + (nint)i * lineStride, kc, panel + i, width);
        for (; i < lines; i++)
        {
            float* line = from + (nint)i * lineStride;
            for (int p = 0; p < kc; p++) panel[p * width + i] = line[p * (nint)kStride];
        }
    }

    // Four lines at a time, as 4×4 transposes while kStride = 1.
    private void TransposeFour(float* r0, int kc, float* panel, int width)
    {
        float* r1 = r0 + lineStride, r2 = r1 + lineStride, r3 = r2 + lineStride;
        int p = 0;
        for (; kStride == 1 && p + 4 <= kc; p += 4, panel += 4 * width)
        {
            Vector128<float> x0 = Vector128.Load(r0 + p), x1 = Vector128.Load(r1 + p), x2 = Vector128.Load(r2 + p), x3 = Vector128.Load(r3 + p);
            Vector128<float> low01 = Interleave.Low(x0, x1), low23 = Interleave.Low(x2, x3);
            Vector128<float> high01 = Interleave.High(x0, x1), high23 = Interleave.High(x2, x3);
            Interleave.LowPairs(low01, low23).Store(panel);
            Interleave.HighPairs(low01, low23).Store(panel + width);
            Interleave.LowPairs(high01, high23).Store(panel + 2 * width);
            Interleave.HighPairs(high01, high23).Store(panel + 3 * width);
        }
        for (; p < kc; p++, panel += width)
        {
            nint at = p * (nint)kStride;
            (panel[0], panel[1], panel[2], panel[3]) = (r0[at], r1[at], r2[at], r3[at]);
        }
    }
}
