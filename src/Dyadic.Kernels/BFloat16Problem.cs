using Dyadic.Kernels.Jit;
using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>C = op(A)·op(B) of bfloat16 as the rungs see it: pointers and sizes, already checked, M, N and K from 1 on.</summary>
internal unsafe struct BFloat16Problem
{
    /// <summary>Values of K that two chains of sums take up before they are added: those of one instruction on tiles.</summary>
    public const int Block = TileShape.MostRowBytes / 2;

    private const int Bias = 127, MantissaBits = 7, LeastExponent = -126;

    public BFloat16* A, B;
    public float* C;
    public int Lda, Ldb, Ldc, M, N, K;
    public bool TransA, TransB;

    /// <summary>K, filled up to whole blocks.</summary>
    public readonly int WholeK => (K + Block - 1) / Block * Block;

    /// <summary>op(A)[m, k].</summary>
    public readonly BFloat16 Left(int m, int k) => TransA ? A[(nint)k * Lda + m] : A[(nint)m * Lda + k];

    /// <summary>op(B)[k, n].</summary>
    public readonly BFloat16 Right(int k, int n) => TransB ? B[(nint)n * Ldb + k] : B[(nint)k * Ldb + n];

    /// <summary>False where no sum can be subnormal: every product is a multiple of a number of at least 2⁻¹²⁶, and so is every sum, rounded or not.</summary>
    public readonly bool MayUnderflow() =>
        Smallest(A, Lda, TransA ? K : M, TransA ? M : K) + Smallest(B, Ldb, TransB ? N : K, TransB ? K : N) - 2 * (Bias + MantissaBits) < LeastExponent;

    // The least biased exponent of a number of a matrix that is neither subnormal nor 0; as of 1 where there is none.
    private static int Smallest(BFloat16* matrix, int stride, int rows, int columns)
    {
        uint least = Bias;
        for (int r = 0; r < rows; r++)
        {
            ushort* row = (ushort*)(matrix + (nint)r * stride);
            for (int c = 0; c < columns; c++) least = Math.Min(least, ((uint)row[c] >> MantissaBits & 0xFF) - 1);      // 0 becomes the largest
        }
        return (int)least + 1;
    }
}

/// <summary>One way to multiply matrices of bfloat16; returns false, having written nothing, when it does not take this problem.</summary>
internal delegate bool BFloat16Rung(in BFloat16Problem problem, ExecutionMode mode);
