using System.Runtime.Intrinsics;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Managed;

/// <summary>The sums of <see cref="Reference.ReferenceBFloat16Gemm"/> on vectors: two rows by sixteen columns at a time, factors widened to float32.</summary>
/// <remarks>
/// <code>
/// A [row][k]      B [panel of 16 columns][k][column]      k filled up with zeros to whole blocks
/// </code>
/// Vectors know subnormal numbers. Those among the factors become 0 when they are widened; where a sum could be one, the problem is left to the definition.
/// </remarks>
internal static unsafe class ManagedBFloat16Gemm
{
    private const int Columns = 16, Half = 8;

    public static bool TryRun(in BFloat16Problem p, ExecutionMode mode)
    {
        if (mode.Width == SimdWidth.Scalar || p.MayUnderflow()) return false;
        using ScratchBuffer<float> left = Scratch.Rent<float>((nint)p.M * p.WholeK);
        for (int m = 0; m < p.M; m++)
        {
            float* row = left.Pointer + (nint)m * p.WholeK;
            for (int k = 0; k < p.WholeK; k++) row[k] = k < p.K ? Widened(p.Left(m, k)) : 0;
        }
        Body body = new(p, left.Pointer);
        WorkerPool.For((p.N + Columns - 1) / Columns, mode, ref body);
        return true;
    }

    private static float Widened(BFloat16 value) => (value.Bits & 0x7F80) == 0 ? (float)new BFloat16((ushort)(value.Bits & 0x8000)) : (float)value;

    private readonly struct Body(BFloat16Problem p, float* left) : IParallelBody
    {
        public void Run(int start, int end)
        {
            using ScratchBuffer<float> panel = Scratch.Rent<float>((nint)p.WholeK * Columns);
            for (int i = start; i < end; i++)
            {
                int first = i * Columns, valid = Math.Min(Columns, p.N - first);
                Pack(panel.Pointer, first, valid);
                for (int m = 0; m < p.M; m += 2) TwoRows(m, Math.Min(m + 1, p.M - 1), panel.Pointer, first, valid);
            }
        }

        private void Pack(float* to, int first, int valid)
        {
            for (int k = 0; k < p.WholeK; k++, to += Columns)
                for (int n = 0; n < Columns; n++) to[n] = k < p.K && n < valid ? Widened(p.Right(k, first + n)) : 0;
        }

        private void TwoRows(int upper, int lower, float* w, int first, int valid)
        {
            float* x = left + (nint)upper * p.WholeK, z = left + (nint)lower * p.WholeK;
            Vector256<float> x0 = default, x1 = default, z0 = default, z1 = default;      // sums of blocks, left and right half
            for (int block = 0; block < p.WholeK; block += BFloat16Problem.Block)
            {
                Vector256<float> xe0 = default, xe1 = default, ze0 = default, ze1 = default, xo0 = default, xo1 = default, zo0 = default, zo1 = default;
                for (int k = 0; k < BFloat16Problem.Block; k += 2, x += 2, z += 2, w += 2 * Columns)
                {
                    Vector256<float> w0 = Vector256.Load(w), w1 = Vector256.Load(w + Half), f = Vector256.Create(x[0]), g = Vector256.Create(z[0]);
                    xe0 = Vector256.FusedMultiplyAdd(f, w0, xe0);
                    xe1 = Vector256.FusedMultiplyAdd(f, w1, xe1);
                    ze0 = Vector256.FusedMultiplyAdd(g, w0, ze0);
                    ze1 = Vector256.FusedMultiplyAdd(g, w1, ze1);
                    (w0, w1, f, g) = (Vector256.Load(w + Columns), Vector256.Load(w + Columns + Half), Vector256.Create(x[1]), Vector256.Create(z[1]));
                    xo0 = Vector256.FusedMultiplyAdd(f, w0, xo0);
                    xo1 = Vector256.FusedMultiplyAdd(f, w1, xo1);
                    zo0 = Vector256.FusedMultiplyAdd(g, w0, zo0);
                    zo1 = Vector256.FusedMultiplyAdd(g, w1, zo1);
                }
                x0 += xe0 + xo0;
                x1 += xe1 + xo1;
                z0 += ze0 + zo0;
                z1 += ze1 + zo1;
            }
            Store(lower, x0: z0, x1: z1, first, valid);
            Store(upper, x0, x1, first, valid);
        }

        private void Store(int row, Vector256<float> x0, Vector256<float> x1, int first, int valid)
        {
            float* sums = stackalloc float[Columns];
            x0.Store(sums);
            x1.Store(sums + Half);
            new Span<float>(sums, valid).CopyTo(new(p.C + (nint)row * p.Ldc + first, valid));
        }
    }
}
