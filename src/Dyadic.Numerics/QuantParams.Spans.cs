using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dyadic.Numerics;

public sealed partial record QuantParams
{
    private const int Chunk = 256;

    /// <summary>Quantises every element: qᵢ = saturate(⌊xᵢ/s⌉ + z).</summary>
    /// <typeparam name="T">An integer type that holds [QMin, QMax].</typeparam>
    /// <param name="x">The values, row-major.</param>
    /// <param name="q">As long as <paramref name="x"/>.</param>
    /// <param name="inner">Per axis: the product of the dimensions after the axis, so that element i has index (i / inner) mod count. Unused per tensor.</param>
    /// <exception cref="PrecisionException"><typeparamref name="T"/> cannot hold the range.</exception>
    public void Quantize<T>(ReadOnlySpan<float> x, Span<T> q, int inner = 1) where T : unmanaged, IBinaryInteger<T>
    {
        CheckSpans<T>("Quantize", x.Length, q.Length, inner);
        for (int start = 0, channel = 0; start < x.Length; channel = Next(channel))
        {
            int end = End(start, x.Length, inner), zeroPoint = ZeroPoints[channel];
            float scale = Scales[channel];
            Quantize(x[start..end], q[start..end], scale, zeroPoint);
            start = end;
        }
    }

    /// <summary>Dequantises every element: xᵢ = (qᵢ − z)·s.</summary>
    /// <typeparam name="T">An integer type that holds [QMin, QMax].</typeparam>
    /// <param name="q">The integers, row-major.</param>
    /// <param name="x">As long as <paramref name="q"/>.</param>
    /// <param name="inner">Per axis: the product of the dimensions after the axis. Unused per tensor.</param>
    /// <exception cref="PrecisionException"><typeparamref name="T"/> cannot hold the range.</exception>
    public void Dequantize<T>(ReadOnlySpan<T> q, Span<float> x, int inner = 1) where T : unmanaged, IBinaryInteger<T>
    {
        CheckSpans<T>("Dequantize", q.Length, x.Length, inner);
        for (int start = 0, channel = 0; start < q.Length; channel = Next(channel))
        {
            int end = End(start, q.Length, inner), zeroPoint = ZeroPoints[channel];
            float scale = Scales[channel];
            for (int i = start; i < end; i++) x[i] = (long.CreateTruncating(q[i]) - zeroPoint) * scale;
            start = end;
        }
    }

    /// <summary>Quantises and dequantises every element: what a simulation of the integers sees.</summary>
    /// <param name="x">The values, row-major.</param>
    /// <param name="y">As long as <paramref name="x"/>; may be the same span.</param>
    /// <param name="inner">Per axis: the product of the dimensions after the axis. Unused per tensor.</param>
    public void RoundTrip(ReadOnlySpan<float> x, Span<float> y, int inner = 1)
    {
        CheckSpans<int>("RoundTrip", x.Length, y.Length, inner);
        for (int start = 0, channel = 0; start < x.Length; channel = Next(channel))
        {
            int end = End(start, x.Length, inner), zeroPoint = ZeroPoints[channel];
            float scale = Scales[channel];
            RoundTrip(x[start..end], y[start..end], scale, zeroPoint);
            start = end;
        }
    }

    // In chunks of int32, which the vectors produce; the narrowing loop then vectorises or not as T allows.
    private void Quantize<T>(ReadOnlySpan<float> x, Span<T> q, float scale, int zeroPoint) where T : unmanaged, IBinaryInteger<T>
    {
        Span<int> chunk = stackalloc int[Chunk];
        for (int start = 0; start < x.Length; start += Chunk)
        {
            int count = Math.Min(Chunk, x.Length - start), i = 0;
            if (FitsSingle(zeroPoint))
                for (; i + Vector<int>.Count <= count; i += Vector<int>.Count)
                    (Vector.ConvertToInt32(Steps(x[(start + i)..], scale, zeroPoint)) + Vector.Create(zeroPoint)).CopyTo(chunk[i..]);
            for (; i < count; i++) chunk[i] = Quantize(x[start + i], scale, zeroPoint);
            for (i = 0; i < count; i++) q[start + i] = T.CreateTruncating(chunk[i]);
        }
    }

    private void RoundTrip(ReadOnlySpan<float> x, Span<float> y, float scale, int zeroPoint)
    {
        int i = 0;
        if (FitsSingle(zeroPoint))
            for (; i + Vector<float>.Count <= x.Length; i += Vector<float>.Count)
                (Steps(x[i..], scale, zeroPoint) * scale).CopyTo(y[i..]);
        for (; i < x.Length; i++) y[i] = ((long)Quantize(x[i], scale, zeroPoint) - zeroPoint) * scale;
    }

    // q − z = clamp(⌊x/s⌉, QMin − z, QMax − z) as floats: the same integers as adding z first. NaN gives 0; adding 0 turns −0 into 0.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector<float> Steps(ReadOnlySpan<float> x, float scale, int zeroPoint)
    {
        Vector<float> quotient = Vector.Round(Vector.Create(x) / Vector.Create(scale));
        quotient = Vector.ConditionalSelect(Vector.Equals(quotient, quotient), quotient, Vector<float>.Zero);
        return Vector.Min(Vector.Max(quotient, Vector.Create((float)(QMin - zeroPoint))), Vector.Create((float)(QMax - zeroPoint))) + Vector<float>.Zero;
    }

    // Every q − z is exact in float32.
    private bool FitsSingle(int zeroPoint) => Math.Max((long)QMax - zeroPoint, (long)zeroPoint - QMin) <= 1 << 24;

    private int Next(int channel) => channel + 1 == Scales.Length ? 0 : channel + 1;

    private int End(int start, int length, int inner) => IsPerTensor ? length : start + inner;

    private void CheckSpans<T>(string method, int from, int to, int inner) where T : unmanaged, IBinaryInteger<T>
    {
        Ensure.Shape(from == to, $"QuantParams.{method}: {from} elements in and room for {to} out. Pass spans of one length.");
        Ensure.Shape(IsPerTensor || (inner > 0 && from % inner == 0 && from / inner % Scales.Length == 0),
            $"QuantParams.{method}: {from} elements are no multiple of {Scales.Length} scales times {inner} inner elements. Pass the product of the dimensions after the axis.");
        if (long.CreateTruncating(T.CreateSaturating(QMin)) != QMin || long.CreateTruncating(T.CreateSaturating(QMax)) != QMax)
            throw new PrecisionException($"QuantParams.{method}: {typeof(T).Name} cannot hold [{QMin}, {QMax}]. Use {Storage} or a wider type.");
    }
}
