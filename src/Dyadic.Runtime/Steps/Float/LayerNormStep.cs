using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = (x − mean)/√(var + ε)·scale + bias, row by row; inputs x, scale and perhaps bias.</summary>
/// <param name="axis">The first axis of a row, from the front.</param>
/// <param name="epsilon">ε.</param>
public sealed unsafe class LayerNormStep(int axis, float epsilon) : Step
{
    internal int Axis => axis;

    internal float Epsilon => epsilon;

    /// <inheritdoc/>
    public override string Kernel => "layer_norm";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (inputs[0].Length == 0) return;
        if (inputs[0].Type == DType.Float32) Run<float>(inputs, outputs[0], mode);
        else if (inputs[0].Type == DType.Float64) Run<double>(inputs, outputs[0], mode);
        else throw ConvViews.Unsupported(Kernel, inputs[0].Type);
    }

    private void Run<T>(ReadOnlySpan<TensorView> inputs, in TensorView y, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int row = 1;
        for (int i = axis; i < y.Rank; i++) row *= y.Dims[i];
        Body<T> body = new()
        {
            X = (T*)inputs[0].Data, Scale = (T*)inputs[1].Data, Bias = inputs.Length > 2 ? (T*)inputs[2].Data : null, Y = (T*)y.Data, Row = row, Epsilon = epsilon,
        };
        WorkerPool.For(y.Length / row, mode, ref body, Math.Max(1, 8192 / row));
    }

    private struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        public T* X, Scale, Bias, Y;
        public int Row;
        public float Epsilon;

        public readonly void Run(int start, int end)
        {
            for (int i = start; i < end; i++)
            {
                ReadOnlySpan<T> x = new(X + (nint)i * Row, Row);
                Span<T> y = new(Y + (nint)i * Row, Row);
                (T mean, T r) = LayerNormRows.Statistics(x, Epsilon);
                Lanes.CenteredAffine(x, mean, r, T.Zero, y);
                if (Bias == null) Primitives.Multiply(y, new ReadOnlySpan<T>(Scale, Row), y);
                else Primitives.MultiplyAdd(y, new ReadOnlySpan<T>(Scale, Row), new ReadOnlySpan<T>(Bias, Row), y);
            }
        }
    }
}
