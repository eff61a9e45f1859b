using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>(x, scale, dy) → (dx, dscale, dbias) of layer normalisation; the sums over rows have a fixed order.</summary>
/// <param name="axis">The first axis of a row, from the front.</param>
/// <param name="epsilon">ε.</param>
public sealed unsafe class LayerNormGradientStep(int axis, float epsilon) : Step
{
    private const int Parts = 32;   // partial sums of dscale and dbias, whatever the number of threads

    internal int Axis => axis;

    internal float Epsilon => epsilon;

    /// <inheritdoc/>
    public override string Kernel => "layer_norm_gradient";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        new Span<byte>(outputs[1].Data, outputs[1].Length * outputs[1].Type.Size()).Clear();
        new Span<byte>(outputs[2].Data, outputs[2].Length * outputs[2].Type.Size()).Clear();
        if (inputs[0].Length == 0) return;
        if (inputs[0].Type == DType.Float32) Run<float>(inputs, outputs, mode);
        else if (inputs[0].Type == DType.Float64) Run<double>(inputs, outputs, mode);
        else throw ConvViews.Unsupported(Kernel, inputs[0].Type);
    }

    private void Run<T>(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        TensorView x = inputs[0];
        int row = 1;
        for (int i = axis; i < x.Rank; i++) row *= x.Dims[i];
        int rows = x.Length / row, parts = Math.Min(Parts, rows);
        using ScratchBuffer<T> partial = Scratch.Rent<T>((nint)2 * parts * row);
        Body<T> body = new()
        {
            X = (T*)x.Data, Scale = (T*)inputs[1].Data, Dy = (T*)inputs[2].Data, Dx = (T*)outputs[0].Data, Partial = partial.Pointer,
            Row = row, Rows = rows, Parts = parts, Epsilon = epsilon,
        };
        WorkerPool.For(parts, mode, ref body, Math.Max(1, 8192 * parts / x.Length));
        Span<T> dscale = outputs[1].Span<T>(), dbias = outputs[2].Span<T>();
        for (int p = 0; p < parts; p++)
        {
            Primitives.Add(dscale, new ReadOnlySpan<T>(partial.Pointer + (nint)2 * p * row, row), dscale);
            Primitives.Add(dbias, new ReadOnlySpan<T>(partial.Pointer + ((nint)2 * p + 1) * row, row), dbias);
        }
    }

    // Parts [start, end) of the rows. Partial is [parts, 2, row]: the sums of dscale and of dbias.
    private struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        public T* X, Scale, Dy, Dx, Partial;
        public int Row, Rows, Parts;
        public float Epsilon;

        public readonly void Run(int start, int end)
        {
            using ScratchBuffer<T> normal = Scratch.Rent<T>(Row);
            for (int p = start; p < end; p++)
            {
                Span<T> dscale = new(Partial + (nint)2 * p * Row, Row), dbias = new(Partial + ((nint)2 * p + 1) * Row, Row);
                dscale.Clear();
                dbias.Clear();
                int last = (int)((long)Rows * (p + 1) / Parts);
                for (int i = (int)((long)Rows * p / Parts); i < last; i++) Gradient(i, normal.Span, dscale, dbias);
            }
        }

        // With x̂ = (x − mean)·r and g = dy·scale: dx = r·(g − mean(g) − x̂·mean(g·x̂)).
        private readonly void Gradient(int i, Span<T> normal, Span<T> dscale, Span<T> dbias)
        {
            ReadOnlySpan<T> x = new(X + (nint)i * Row, Row), dy = new(Dy + (nint)i * Row, Row), scale = new(Scale, Row);
            Span<T> dx = new(Dx + (nint)i * Row, Row);
            (T mean, T r) = LayerNormRows.Statistics(x, Epsilon);
            Lanes.CenteredAffine(x, mean, r, T.Zero, normal);
            Primitives.Add(dbias, dy, dbias);
            Primitives.MultiplyAdd(dy, normal, dscale, dscale);
            Primitives.Multiply(dy, scale, dx);
            (T sum, T dot) = Lanes.SumAndCenteredDot(dx, normal, T.Zero);
            T n = T.CreateChecked(Row);
            Lanes.CenteredAffine(dx, r, normal, T.Zero, -r * dot / n, -r * sum / n, dx);
        }
    }
}

/// <summary>What layer normalisation and its gradient share.</summary>
internal static class LayerNormRows
{
    /// <summary>The mean of a row and 1/√(Σ(x − mean)²/n + ε).</summary>
    public static (T Mean, T Reciprocal) Statistics<T>(ReadOnlySpan<T> x, float epsilon) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T n = T.CreateChecked(x.Length), mean = Lanes.Sum(x) / n;
        double variance = double.CreateTruncating(Lanes.CenteredSquares(x, mean) / n);
        return (mean, T.CreateTruncating(1 / Math.Sqrt(variance + epsilon)));
    }
}
