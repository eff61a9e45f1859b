using System.Numerics;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Reference;

/// <summary>Sums of products of codes by plain loops: the definition of <see cref="CodeContraction"/> and <see cref="CodeWeightGradient"/>.</summary>
public static unsafe class CodeSums
{
    /// <summary>y[n, p, q, m] = Σ x[n, p·s + u·d − top, q·s + v·d − left, c]·w[m, c, u, v]; int32 and int64.</summary>
    /// <param name="s">Sizes.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="w">[M, C/g, kH, kW], or where <paramref name="byColumns"/> [K, M] of a product.</param>
    /// <param name="byColumns">Whether w lies by columns.</param>
    /// <param name="y">[N, P, Q, M].</param>
    /// <param name="mode">Threads.</param>
    public static void Conv<T>(in WindowSizes s, CodeOperand x, CodeOperand w, bool byColumns, T* y, in ExecutionMode mode) where T : unmanaged, IBinaryInteger<T>
    {
        Body<T> body = new(s, x, w, byColumns, y);
        WorkerPool.For(s.Batch * s.OutHeight, mode, ref body);
    }

    /// <summary>dw[m, c, u, v] = Σ dy[n, p, q, m]·x[n, p·s + u·d − top, q·s + v·d − left, c].</summary>
    /// <param name="s">Sizes of the convolution from x to y.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="dy">[N, P, Q, M].</param>
    /// <param name="dw">[M, C/g, kH, kW].</param>
    public static void WeightGradient(in WindowSizes s, CodeOperand x, CodeOperand dy, long* dw)
    {
        Window t = s.Window;
        int inputs = s.Channels / s.Groups, outs = s.OutChannels / s.Groups;
        new Span<long>(dw, s.OutChannels * inputs * t.Taps).Clear();
        for (int n = 0; n < s.Batch; n++)
            for (int p = 0; p < s.OutHeight; p++)
                for (int q = 0; q < s.OutWidth; q++)
                    for (int m = 0; m < s.OutChannels; m++)
                    {
                        long g = Code(dy, (((long)n * s.OutHeight + p) * s.OutWidth + q) * s.OutChannels + m);
                        long* to = dw + (long)m * inputs * t.Taps;
                        for (int c = 0; c < inputs; c++)
                            for (int u = 0; u < t.KernelH; u++)
                                for (int v = 0; v < t.KernelW; v++) *to++ += g * At(in s, x, n, p, q, u, v, m / outs * inputs + c);
                    }
    }

    private static int Code(CodeOperand x, long i) => x.AreBytes ? x.Bytes[i] : x.Shorts[i];

    // 0 outside of the image.
    private static int At(in WindowSizes s, CodeOperand x, int n, int p, int q, int u, int v, int c)
    {
        Window t = s.Window;
        int i = p * t.StrideH + u * t.DilationH - t.Top, j = q * t.StrideW + v * t.DilationW - t.Left;
        return (uint)i < (uint)s.Height && (uint)j < (uint)s.Width ? Code(x, (((long)n * s.Height + i) * s.Width + j) * s.Channels + c) : 0;
    }

    private readonly struct Body<T>(WindowSizes s, CodeOperand x, CodeOperand w, bool byColumns, T* y) : IParallelBody where T : unmanaged, IBinaryInteger<T>
    {
        public void Run(int start, int end)
        {
            Window t = s.Window;
            int inputs = s.Channels / s.Groups, outs = s.OutChannels / s.Groups;
            for (int row = start; row < end; row++)
                for (int q = 0; q < s.OutWidth; q++)
                    for (int m = 0; m < s.OutChannels; m++)
                    {
                        T sum = T.Zero;
                        long k = 0;
                        for (int c = 0; c < inputs; c++)
                            for (int u = 0; u < t.KernelH; u++)
                                for (int v = 0; v < t.KernelW; v++, k++)
                                {
                                    int weight = Code(w, byColumns ? k * s.OutChannels + m : (long)m * inputs * t.Taps + k);
                                    sum += T.CreateTruncating((long)weight * At(in s, x, row / s.OutHeight, row % s.OutHeight, q, u, v, m / outs * inputs + c));
                                }
                        y[((long)row * s.OutWidth + q) * s.OutChannels + m] = sum;
                    }
        }
    }
}
