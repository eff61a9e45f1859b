using System.Runtime.Intrinsics;
using Dyadic.Kernels.Managed;

namespace Dyadic.Kernels.Contractions;

/// <summary>The tile of <see cref="ContractionKey"/> for int16 operands in managed vectors: y[r, n] = Σ over segments and steps of x[r, k]·w[k, n], 16 columns.</summary>
internal static unsafe class PairTile
{
    private const int Columns = ChannelConstants.Block, Half = Columns / 2;

    /// <summary>Ends with <see cref="TileEnd.Store"/>.</summary>
    public static void Store(ContractionArguments* a, int rows)
    {
        for (int r = 0; r < rows; r++) OneRow(a, r);
    }

    private static void OneRow(ContractionArguments* a, int r)
    {
        int* w = (int*)a->Weights, bias = (int*)a->Constants;
        nint steps = 4 * a->Steps4 + a->StepsRest;
        Vector256<int> left = IntVector256.Load(bias), right = IntVector256.Load(bias + Half);
        for (nint s = 0; s < a->SegmentCount; s++)
        {
            int* x = (int*)(a->Rows[r] + a->Segments[s]);
            for (nint k = 0; k < steps; k++, w += Columns)
            {
                Vector256<int> pair = IntVector256.Splat(x[k]);
                left = IntVector256.Dot(left, pair, IntVector256.Load(w));
                right = IntVector256.Dot(right, pair, IntVector256.Load(w + Half));
            }
        }
        int* y = (int*)(a->Y + r * a->YStride);
        IntVector256.Store(left, y);
        IntVector256.Store(right, y + Half);
    }
}
