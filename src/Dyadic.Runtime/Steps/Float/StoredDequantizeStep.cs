using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>x = (q − z)·s of codes of any type, with scales for blocks of elements; the difference is exact, the product in the type of s.</summary>
/// <param name="axis">The axis of several scales.</param>
/// <param name="block">Elements along the axis that share a scale; 0 for one scale an index.</param>
public sealed class StoredDequantizeStep(int axis, int block) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "dequantize_stored";

    /// <summary>Which of so many scales belongs to which element.</summary>
    internal ScaleLayout ScalesOver(int[] dims, int scales) => ScaleLayout.Of(dims, axis, block, scales);

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        switch (outputs[0].Type)
        {
            case DType.Float32: Run<float>(inputs, outputs[0], mode); break;
            case DType.Float64: Run<double>(inputs, outputs[0], mode); break;
            case DType.Float16: Run<Half>(inputs, outputs[0], mode); break;
            default: throw new PlanException($"{Kernel}: the scale cannot be {outputs[0].Type}. Cast it to float32.");
        }
    }

    private unsafe void Run<T>(ReadOnlySpan<TensorView> inputs, in TensorView x, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Body<T> body = new() { Codes = inputs[0], Scales = (T*)inputs[1].Data, Zeros = inputs[2], X = (T*)x.Data, Layout = ScalesOver(x.Dims, inputs[1].Length) };
        WorkerPool.For(x.Length, mode, ref body, 1 << 12);
    }

    private unsafe struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        public T* X, Scales;
        public TensorView Zeros, Codes;
        public ScaleLayout Layout;

        public readonly void Run(int start, int end)
        {
            for (int i = start; i < end; i++)
            {
                int scale = Layout.Of(i);
                X[i] = T.CreateTruncating(CodeElements.Read(Codes, i) - CodeElements.Read(Zeros, scale)) * Scales[scale];
            }
        }
    }
}
