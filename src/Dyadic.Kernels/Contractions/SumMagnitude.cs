using System.Numerics;

namespace Dyadic.Kernels.Contractions;

/// <summary>max |a| of some columns of a matrix of int32 sums.</summary>
internal static unsafe class SumMagnitude
{
    /// <summary>Of [rows, columns], rows <paramref name="stride"/> sums apart.</summary>
    public static long Largest(int* sums, int rows, int columns, nint stride)
    {
        Vector<int> least = default, most = default;
        long largest = 0;
        if (columns == stride) (rows, columns) = (1, checked(rows * columns));
        for (int r = 0; r < rows; r++)
        {
            int* row = sums + r * stride;
            int c = 0;
            for (; c <= columns - Vector<int>.Count; c += Vector<int>.Count)
            {
                Vector<int> v = Vector.Load(row + c);
                (least, most) = (Vector.Min(least, v), Vector.Max(most, v));
            }
            for (; c < columns; c++) largest = Math.Max(largest, Math.Abs((long)row[c]));
        }
        for (int l = 0; l < Vector<int>.Count; l++) largest = Math.Max(largest, Math.Max(most[l], -(long)least[l]));
        return largest;
    }
}
