using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Contractions;

/// <summary>The tile of <see cref="OuterProductKey"/> in plain C# and in managed vectors: the same chains, the same bits.</summary>
internal static unsafe class OuterProductTile
{
    /// <summary>The most rows and the columns of <see cref="Run"/>.</summary>
    public const int MostRows = 4, Columns = ChannelConstants.Block;

    /// <summary>The definition.</summary>
    public static void Reference(OuterProductArguments* a, int rows, int columns)
    {
        nint steps = 4 * a->Steps4 + a->StepsRest;
        for (int r = 0; r < rows; r++)
            for (int n = 0; n < columns; n++)
            {
                float* y = (float*)(a->Y + r * a->YStride) + n;
                byte* w = a->W + n * sizeof(float);
                for (nint s = 0; s < a->SegmentCount; s++)
                {
                    byte* x = a->X + a->Segments[s] + r * sizeof(float);
                    for (nint k = 0; k < steps; k++, x += a->XStride, w += a->WStride) *y = MathF.FusedMultiplyAdd(*(float*)x, *(float*)w, *y);
                }
            }
    }

    /// <summary>Rows × 16 sums.</summary>
    public static void Run(OuterProductArguments* a, int rows)
    {
        if (rows == MostRows && Vector256.IsHardwareAccelerated) FourRows(a);
        else
            for (int r = 0; r < rows; r++) OneRow(a, r);
    }

    private static void OneRow(OuterProductArguments* a, int r)
    {
        float* y = (float*)(a->Y + r * a->YStride);
        byte* w = a->W;
        nint steps = 4 * a->Steps4 + a->StepsRest;
        Vector128<float> s0 = Vector128.Load(y), s1 = Vector128.Load(y + 4), s2 = Vector128.Load(y + 8), s3 = Vector128.Load(y + 12);
        for (nint s = 0; s < a->SegmentCount; s++)
        {
            byte* x = a->X + a->Segments[s] + r * sizeof(float);
            for (nint k = 0; k < steps; k++, x += a->XStride, w += a->WStride)
            {
                Vector128<float> v = Vector128.Create(*(float*)x);
                s0 = Vector128.FusedMultiplyAdd(v, Vector128.Load((float*)w), s0);
                s1 = Vector128.FusedMultiplyAdd(v, Vector128.Load((float*)w + 4), s1);
                s2 = Vector128.FusedMultiplyAdd(v, Vector128.Load((float*)w + 8), s2);
                s3 = Vector128.FusedMultiplyAdd(v, Vector128.Load((float*)w + 12), s3);
            }
        }
        s0.Store(y);
        s1.Store(y + 4);
        s2.Store(y + 8);
        s3.Store(y + 12);
    }

    private static void FourRows(OuterProductArguments* a)
    {
        float* y0 = (float*)a->Y, y1 = (float*)(a->Y + a->YStride), y2 = (float*)(a->Y + 2 * a->YStride), y3 = (float*)(a->Y + 3 * a->YStride);
        byte* w = a->W;
        nint steps = 4 * a->Steps4 + a->StepsRest;
        Vector256<float> c00 = Vector256.Load(y0), c01 = Vector256.Load(y0 + 8), c10 = Vector256.Load(y1), c11 = Vector256.Load(y1 + 8);
        Vector256<float> c20 = Vector256.Load(y2), c21 = Vector256.Load(y2 + 8), c30 = Vector256.Load(y3), c31 = Vector256.Load(y3 + 8);
        for (nint s = 0; s < a->SegmentCount; s++)
        {
            byte* x = a->X + a->Segments[s];
            for (nint k = 0; k < steps; k++, x += a->XStride, w += a->WStride)
            {
                Vector256<float> w0 = Vector256.Load((float*)w), w1 = Vector256.Load((float*)w + 8), v = Vector256.Create(((float*)x)[0]);
                c00 = Vector256.FusedMultiplyAdd(v, w0, c00);
                c01 = Vector256.FusedMultiplyAdd(v, w1, c01);
                v = Vector256.Create(((float*)x)[1]);
                c10 = Vector256.FusedMultiplyAdd(v, w0, c10);
                c11 = Vector256.FusedMultiplyAdd(v, w1, c11);
                v = Vector256.Create(((float*)x)[2]);
                c20 = Vector256.FusedMultiplyAdd(v, w0, c20);
                c21 = Vector256.FusedMultiplyAdd(v, w1, c21);
                v = Vector256.Create(((float*)x)[3]);
                c30 = Vector256.FusedMultiplyAdd(v, w0, c30);
                c31 = Vector256.FusedMultiplyAdd(v, w1, c31);
            }
        }
        c00.Store(y0);
        c01.Store(y0 + 8);
        c10.Store(y1);
        c11.Store(y1 + 8);
        c20.Store(y2);
        c21.Store(y2 + 8);
        c30.Store(y3);
        c31.Store(y3 + 8);
    }
}
