using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Contractions;

/// <summary>The float32 tile of <see cref="ContractionKey"/> and <see cref="DepthwiseKey"/> in managed vectors of the best width: the same chains, the same bits.</summary>
internal static unsafe class FloatTile
{
    /// <summary>The most rows of a tile.</summary>
    public const int MostRows = 4;

    private const int Columns = ChannelConstants.Block;

    /// <summary>One panel of 16 columns.</summary>
    public static void Contract(ContractionArguments* a, int rows)
    {
        if (Vector256.IsHardwareAccelerated && rows == MostRows) FourRows(a);
        else
            for (int r = 0; r < rows; r++) OneRow(a, r);
    }

    /// <summary>One block of 16 channels.</summary>
    public static void Depthwise(ContractionArguments* a, int rows)
    {
        for (int r = 0; r < rows; r++)
            for (int n = 0; n < Columns; n += Vector128<float>.Count)
            {
                Vector128<float> sum = Vector128.Load((float*)a->Constants + n);
                for (nint t = 0; t < a->SegmentCount; t++)
                    sum = Vector128.FusedMultiplyAdd(Vector128.Load((float*)(a->Rows[r] + a->Segments[t]) + n), Vector128.Load((float*)a->Weights + t * Columns + n), sum);
                Store(a, r, n, sum);
            }
    }

    private static void OneRow(ContractionArguments* a, int r)
    {
        float* w = (float*)a->Weights, bias = (float*)a->Constants;
        nint steps = 4 * a->Steps4 + a->StepsRest;
        Vector128<float> s0 = Vector128.Load(bias), s1 = Vector128.Load(bias + 4), s2 = Vector128.Load(bias + 8), s3 = Vector128.Load(bias + 12);
        for (nint s = 0; s < a->SegmentCount; s++)
        {
            float* x = (float*)(a->Rows[r] + a->Segments[s]);
            for (nint k = 0; k < steps; k++, w += Columns)
            {
                Vector128<float> v = Vector128.Create(x[k]);
                s0 = Vector128.FusedMultiplyAdd(v, Vector128.Load(w), s0);
                s1 = Vector128.FusedMultiplyAdd(v, Vector128.Load(w + 4), s1);
                s2 = Vector128.FusedMultiplyAdd(v, Vector128.Load(w + 8), s2);
                s3 = Vector128.FusedMultiplyAdd(v, Vector128.Load(w + 12), s3);
            }
        }
        Store(a, r, 0, s0);
        Store(a, r, 4, s1);
        Store(a, r, 8, s2);
        Store(a, r, 12, s3);
    }

    private static void FourRows(ContractionArguments* a)
    {
        float* w = (float*)a->Weights, bias = (float*)a->Constants;
        nint steps = 4 * a->Steps4 + a->StepsRest;
        Vector256<float> c00 = Vector256.Load(bias), c01 = Vector256.Load(bias + 8), c10 = c00, c11 = c01, c20 = c00, c21 = c01, c30 = c00, c31 = c01;
        for (nint s = 0; s < a->SegmentCount; s++)
        {
            nint at = a->Segments[s];
            float* x0 = (float*)(a->Rows[0] + at), x1 = (float*)(a->Rows[1] + at), x2 = (float*)(a->Rows[2] + at), x3 = (float*)(a->Rows[3] + at);
            for (nint k = 0; k < steps; k++, w += Columns)
            {
                Vector256<float> w0 = Vector256.Load(w), w1 = Vector256.Load(w + 8), v = Vector256.Create(x0[k]);
                c00 = Vector256.FusedMultiplyAdd(v, w0, c00);
                c01 = Vector256.FusedMultiplyAdd(v, w1, c01);
                v = Vector256.Create(x1[k]);
                c10 = Vector256.FusedMultiplyAdd(v, w0, c10);
                c11 = Vector256.FusedMultiplyAdd(v, w1, c11);
                v = Vector256.Create(x2[k]);
                c20 = Vector256.FusedMultiplyAdd(v, w0, c20);
                c21 = Vector256.FusedMultiplyAdd(v, w1, c21);
                v = Vector256.Create(x3[k]);
                c30 = Vector256.FusedMultiplyAdd(v, w0, c30);
                c31 = Vector256.FusedMultiplyAdd(v, w1, c31);
            }
        }
        Store(a, 0, c00, c01);
        Store(a, 1, c10, c11);
        Store(a, 2, c20, c21);
        Store(a, 3, c30, c31);
    }

    private static void Store(ContractionArguments* a, int row, Vector256<float> left, Vector256<float> right)
    {
        Store(a, row, 0, left.GetLower());
        Store(a, row, 4, left.GetUpper());
        Store(a, row, 8, right.GetLower());
        Store(a, row, 12, right.GetUpper());
    }

    private static void Store(ContractionArguments* a, int row, int column, Vector128<float> sum)
    {
        if (a->Residual != null) sum += Vector128.Load((float*)(a->Residual + row * a->ResidualStride) + column);
        Vector128<float> lo = Vector128.Create(a->Lo).AsSingle(), hi = Vector128.Create(a->Hi).AsSingle();
        sum = Vector128.ConditionalSelect(Vector128.GreaterThan(lo, sum), lo, sum);
        sum = Vector128.ConditionalSelect(Vector128.LessThan(hi, sum), hi, sum);
        sum.Store((float*)(a->Y + row * a->YStride) + column);
    }
}
