using System.Runtime.CompilerServices;

namespace Dyadic.Kernels.Managed;

/// <summary>c += A·B on packed panels: blocks of K in the first cache, blocks of M in the second, tiles in registers.</summary>
/// <remarks>
/// Goto and van de Geijn 2008, fig. 11. Packed block of A [Mc/Mr][Kc][Mr], of B [Nc/Nr][Kc][Nr]; what sticks out over M or N is zero.
/// Where K is cut is fixed, so an element has the same bits however M and N are cut.
/// </remarks>
internal static unsafe class BlockedProduct<TKernel> where TKernel : struct, IMicroKernel
{
    public const int Kc = 256;
    private const int Mc = 192, Nc = 3072;   // A block 192 KiB, B block 3 MiB

    private static int Mr => TKernel.Mr;

    private static int Nr => TKernel.Nr;

    /// <summary>Values of a packed block of <paramref name="lines"/> rows of A, <paramref name="k"/> deep.</summary>
    public static nint PackedRows(int lines, int k) => (nint)RoundUp(lines, Mr) * k;

    /// <summary>c[m, n] = A·B (+ c) for the rows [m0, m1) and columns [n0, n1) of C.</summary>
    public static void Run<TA, TB>(ref TA a, ref TB b, float* c, int ldc, int m0, int m1, int n0, int n1, int k, bool accumulate)
        where TA : struct, IPanelSource where TB : struct, IPanelSource
    {
        int kc = Math.Min(k, Kc), mc = Math.Min(m1 - m0, Mc), nc = Math.Min(n1 - n0, Nc);
        using ScratchBuffer<float> packedA = Scratch.Rent<float>(PackedRows(mc, kc)), packedB = Scratch.Rent<float>((nint)RoundUp(nc, Nr) * kc);
        for (int jc = n0; jc < n1; jc += Nc)
        {
            for (int pc = 0; pc < k; pc += Kc)
            {
                int columns = Math.Min(Nc, n1 - jc), depth = Math.Min(Kc, k - pc);
                bool direct = m1 - m0 <= 2 * Mr && b.Direct(jc, pc, out _) != null;
                PackColumns(ref b, jc, columns, pc, depth, packedB.Pointer, direct);
                for (int ic = m0; ic < m1; ic += Mc)
                {
                    int rows = Math.Min(Mc, m1 - ic);
                    PackRows(ref a, ic, rows, pc, depth, packedA.Pointer);
                    float* corner = c + (nint)ic * ldc + jc;
                    nint stride = Nr;
                    float* columnsStart = direct ? b.Direct(jc, pc, out stride) : null;
                    Tiles(packedA.Pointer, packedB.Pointer, columnsStart, stride, corner, ldc, rows, columns, depth, accumulate || pc > 0);
                }
            }
        }
    }

    /// <summary>Packs the rows [first, first + rows) of A over [k0, k0 + kc).</summary>
    public static void PackRows<TA>(ref TA a, int first, int rows, int k0, int kc, float* packed) where TA : struct, IPanelSource
    {
        for (int i = 0; i < rows; i += Mr, packed += Mr * kc) a.Pack(first + i, Math.Min(Mr, rows - i), k0, kc, packed, Mr);
    }

    // With direct access only the last, incomplete panel is packed.
    private static void PackColumns<TB>(ref TB b, int first, int columns, int k0, int kc, float* packed, bool direct)
        where TB : struct, IPanelSource
    {
        int j = direct ? columns / Nr * Nr : 0;
        for (; j < columns; j += Nr) b.Pack(first + j, Math.Min(Nr, columns - j), k0, kc, packed + (nint)j * kc, Nr);
    }

    /// <summary>All tiles of one packed block of A and one of B; whole panels of B come from <paramref name="direct"/> unless that is null.</summary>
    public static void Tiles(float* packedA, float* packedB, float* direct, nint directStride, float* c, nint ldc, int rows, int columns,
        int kc, bool accumulate)
    {
        for (int j = 0; j < columns; j += Nr)
        {
            bool whole = j + Nr <= columns;
            float* b = whole && direct != null ? direct + j : packedB + (nint)j * kc;
            nint stride = whole && direct != null ? directStride : Nr;
            for (int i = 0; i < rows; i += Mr)
            {
                float* a = packedA + (nint)i * kc, tile = c + i * ldc + j;
                if (whole && i + Mr <= rows) TKernel.Run(kc, a, b, stride, tile, ldc, accumulate);
                else EdgeTile(kc, a, b, stride, tile, ldc, accumulate, Math.Min(Mr, rows - i), Math.Min(Nr, columns - j));
            }
        }
    }

    // A tile that sticks out is computed aside; only its inner part is written.
    [SkipLocalsInit]
    private static void EdgeTile(int kc, float* a, float* b, nint stride, float* c, nint ldc, bool accumulate, int rows, int columns)
    {
        float* tile = stackalloc float[Mr * Nr];
        TKernel.Run(kc, a, b, stride, tile, Nr, false);
        for (int i = 0; i < rows; i++, tile += Nr, c += ldc)
        {
            if (accumulate)
                for (int j = 0; j < columns; j++) c[j] += tile[j];
            else
                for (int j = 0; j < columns; j++) c[j] = tile[j];
        }
    }

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
}
