using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>Softmax and its logarithm of one line in float32: once over it for the largest value, once for the exponentials and their sum, once for the result.</summary>
/// <remarks>The rest of a line is filled up with −∞, whose exponential is 0. A NaN in x makes all of y NaN.</remarks>
internal static class SoftmaxLine
{
    /// <summary>y = exp(x − max) / Σ exp(x − max); of <paramref name="log"/>, y = x − max − ln Σ exp(x − max).</summary>
    /// <param name="x">At least one value.</param>
    /// <param name="y">As many; it may be x.</param>
    /// <param name="log">Whether the logarithm is wanted.</param>
    public static void Run(ReadOnlySpan<float> x, Span<float> y, bool log)
    {
        int n = Vector<float>.Count, whole = x.Length / n * n;
        Span<float> rest = stackalloc float[Vector<float>.Count];
        rest.Fill(float.NegativeInfinity);
        x[whole..].CopyTo(rest);
        Vector<float> last = new(rest), most = last;
        ReadOnlySpan<Vector<float>> from = MemoryMarshal.Cast<float, Vector<float>>(x[..whole]);
        Span<Vector<float>> to = MemoryMarshal.Cast<float, Vector<float>>(y[..whole]);
        foreach (Vector<float> v in from) most = Vector.ConditionalSelect(Vector.GreaterThan(v, most), v, most);
        float max = float.NegativeInfinity;
        for (int i = 0; i < n; i++) max = MathF.Max(max, most[i]);
        Vector<float> largest = new(max), sum = Vector<float>.Zero, tail = Exp(last - largest, ref sum);
        for (int i = 0; i < from.Length; i++)
        {
            Vector<float> shifted = from[i] - largest, e = Exp(shifted, ref sum);
            to[i] = log ? shifted : e;
        }
        float total = Vector.Sum(sum);
        Vector<float> divisor = new(log ? MathF.Log(total) : total);
        foreach (ref Vector<float> v in to) v = log ? v - divisor : v / divisor;
        (log ? last - largest - divisor : tail / divisor).CopyTo(rest);
        rest[..(x.Length - whole)].CopyTo(y[whole..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Exp(Vector<float> x, ref Vector<float> sum)
    {
        Vector<float> e = Exponential.Of(x);
        sum += e;
        return e;
    }
}
