using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>dx = dy·(Φ(x) + x·φ(x)), the gradient of x·Φ(x), in one pass; inputs x and dy.</summary>
internal sealed unsafe class GeluGradientStep : Step
{
    private const double Density = 0.39894228040143268;      // 1/√(2π)

    /// <inheritdoc/>
    public override string Kernel => "gelu_gradient";

    /// <inheritdoc/>
    internal override Step InChannelsLast(int rank) => this;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView x = inputs[0], dy = inputs[1], dx = outputs[0];
        if (dx.Type == DType.Float64)
        {
            ReadOnlySpan<double> a = x.Span<double>(), b = dy.Span<double>();
            Span<double> y = dx.Span<double>();
            for (int i = 0; i < y.Length; i++) y[i] = b[i] * (0.5 * ErrorFunction.Erfc(-a[i] * 0.70710678118654752440) + a[i] * Density * Math.Exp(-0.5 * a[i] * a[i]));
            return;
        }
        if (dx.Type != DType.Float32) throw ConvViews.Unsupported(Kernel, dx.Type);
        Body body = new() { X = (float*)x.Data, Dy = (float*)dy.Data, Dx = (float*)dx.Data };
        WorkerPool.For(dx.Length, mode, ref body, 1 << 12);
    }

    private struct Body : IParallelBody
    {
        public float* X, Dy, Dx;

        // The rest goes through vectors too: no value depends on where it stands.
        public readonly void Run(int start, int end)
        {
            int i = start, n = Vector<float>.Count;
            for (; i <= end - n; i += n) (Vector.Load(Dy + i) * Slope(Vector.Load(X + i))).Store(Dx + i);
            if (i == end) return;
            Span<float> rest = stackalloc float[n];
            rest.Clear();
            new Span<float>(X + i, end - i).CopyTo(rest);
            Slope(new(rest)).CopyTo(rest);
            for (int j = 0; i < end; i++, j++) Dx[i] = Dy[i] * rest[j];
        }

        // Φ is made of the exponential that φ is.
        private static Vector<float> Slope(Vector<float> x)
        {
            Vector<float> phi = ErrorFunction.Phi(x, out Vector<float> gauss);
            return phi + x * new Vector<float>((float)Density) * gauss;
        }
    }
}
