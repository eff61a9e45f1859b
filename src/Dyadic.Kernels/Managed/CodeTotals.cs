using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>Σₖ w[m, k] of signed bytes, for each m.</summary>
public static unsafe class CodeTotals
{
    private const int MostRows = 1 << 23;      // whose sums of bytes fit int32
    private const int Lanes = 16, Most = 255;      // rows whose sum fits int16: 255·128 < 2¹⁵

    /// <summary>sums[c] = Σᵣ x[r, c] of codes of any width.</summary>
    /// <param name="x">[rows, columns].</param>
    /// <param name="sums">One for each column.</param>
    public static void OfColumns(CodeSpan x, Span<long> sums)
    {
        int columns = sums.Length, rows = columns == 0 ? 0 : x.Length / columns;
        x.Expect((long)rows * columns, "CodeTotals: x");
        sums.Clear();
        fixed (byte* px = x.Bytes)
        {
            if (x.Bits <= 8)
            {
                using ScratchBuffer<int> part = Scratch.Rent<int>(columns);
                for (int r = 0; r < rows; r += MostRows)
                {
                    OfColumns((sbyte*)px + (nint)r * columns, columns, Math.Min(MostRows, rows - r), part.Pointer);
                    for (int c = 0; c < columns; c++) sums[c] += part.Pointer[c];
                }
                return;
            }
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < columns; c++) sums[c] += ((short*)px)[(nint)r * columns + c];
        }
    }

    /// <summary>sums[r] = Σ_c x[r, c] of codes of any width.</summary>
    /// <param name="x">[rows, columns].</param>
    /// <param name="sums">One for each row.</param>
    public static void OfRows(CodeSpan x, Span<long> sums)
    {
        int rows = sums.Length, columns = rows == 0 ? 0 : x.Length / rows;
        x.Expect((long)rows * columns, "CodeTotals: x");
        sums.Clear();
        fixed (byte* px = x.Bytes)
        {
            for (int r = 0; r < rows; r++)
            {
                nint first = (nint)r * columns;
                for (int c = 0; x.Bits <= 8 && c < columns; c += MostRows) sums[r] += OfRow((sbyte*)px + first + c, Math.Min(MostRows, columns - c));
                for (int c = 0; x.Bits > 8 && c < columns; c++) sums[r] += ((short*)px)[first + c];
            }
        }
    }

    /// <summary>The sums of rows [outs, inner], or of columns [inner, outs].</summary>
    public static void Of(sbyte* w, int outs, int inner, bool byColumns, int* sums)
    {
        if (byColumns) OfColumns(w, outs, inner, sums);
        else
            for (int m = 0; m < outs; m++) sums[m] = OfRow(w + (nint)m * inner, inner);
    }

    private static int OfRow(sbyte* w, int count)
    {
        int k = 0;
        Vector256<int> sum = default;
        while (k <= count - Lanes)
        {
            Vector256<short> part = default;
            for (int n = 0; n < Most && k <= count - Lanes; n++, k += Lanes)
            {
                Vector128<sbyte> v = Vector128.Load(w + k);
                part += Vector256.Create(Vector128.WidenLower(v), Vector128.WidenUpper(v));
            }
            (Vector256<int> low, Vector256<int> high) = Vector256.Widen(part);
            sum += low + high;
        }
        int total = Vector256.Sum(sum);
        for (; k < count; k++) total += w[k];
        return total;
    }

    private static void OfColumns(sbyte* w, int columns, int rows, int* sums)
    {
        int c = 0;
        for (; c <= columns - Lanes; c += Lanes)
        {
            Vector256<int> low = default, high = default;
            for (int k = 0; k < rows;)
            {
                Vector256<short> part = default;
                for (int n = 0; n < Most && k < rows; n++, k++)
                {
                    Vector128<sbyte> v = Vector128.Load(w + (nint)k * columns + c);
                    part += Vector256.Create(Vector128.WidenLower(v), Vector128.WidenUpper(v));
                }
                low += Vector256.WidenLower(part);
                high += Vector256.WidenUpper(part);
            }
            low.Store(sums + c);
            high.Store(sums + c + Lanes / 2);
        }
        for (; c < columns; c++)
        {
            sums[c] = 0;
            for (int k = 0; k < rows; k++) sums[c] += w[(nint)k * columns + c];
        }
    }
}
