using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>Whether a span holds a matrix.</summary>
internal static class MatrixLength
{
    /// <summary>Throws where <paramref name="length"/> values do not hold [rows, columns] with rows <paramref name="stride"/> apart.</summary>
    /// <exception cref="ShapeException">The span or the row is too short.</exception>
    public static void Check(string product, string name, int length, int stride, int rows, int columns)
    {
        if (rows <= 0 || columns <= 0) return;
        Ensure.Shape(stride >= columns, $"{product}: row length {stride} of {name} is less than its {columns} columns.");
        Ensure.Shape(length >= (long)(rows - 1) * stride + columns,
            $"{product}: {name} holds {length} values, [{rows}, {columns}] with row length {stride} needs {(long)(rows - 1) * stride + columns}.");
    }
}
