using System.Runtime.InteropServices;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>Runs of y = f(x) for loops over either type: float32 by vectors, float64 by plain loops.</summary>
internal static class UnaryLines
{
    /// <summary>y = f(x); y may be x.</summary>
    public static void Run<T>(UnaryFunction function, ReadOnlySpan<T> x, Span<T> y) where T : unmanaged
    {
        if (typeof(T) == typeof(float)) FloatLines.Run(function, MemoryMarshal.Cast<T, float>(x), MemoryMarshal.Cast<T, float>(y), 0, 0);
        else DoubleLines.Run(function, MemoryMarshal.Cast<T, double>(x), MemoryMarshal.Cast<T, double>(y), 0, 0);
    }
}
