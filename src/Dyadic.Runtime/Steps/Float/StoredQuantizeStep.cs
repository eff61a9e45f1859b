using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>
/// q = saturate(⌊x/s⌉ + z) into codes of any type, with scales for blocks of elements; floats of 8 bits round x/s + z once. Inputs x, s and z; q in the type of z.
/// </summary>
/// <param name="axis">The axis of several scales.</param>
/// <param name="block">Elements along the axis that share a scale; 0 for one scale an index.</param>
/// <param name="saturate">Whether 8-bit floats that are too large become the largest; else infinity or NaN.</param>
public sealed class StoredQuantizeStep(int axis, int block, bool saturate) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "quantize_stored";

    /// <summary>Which of so many scales belongs to which element.</summary>
    internal ScaleLayout ScalesOver(int[] dims, int scales) => ScaleLayout.Of(dims, axis, block, scales);

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        switch (inputs[0].Type)
        {
            case DType.Float32: Run<float>(inputs, outputs[0], mode); break;
            case DType.Float64: Run<double>(inputs, outputs[0], mode); break;
            case DType.Float16: Run<Half>(inputs, outputs[0], mode); break;
            default: throw new PlanException($"{Kernel}: the input cannot be {inputs[0].Type}. Cast it to float32.");
        }
    }

    private unsafe void Run<T>(ReadOnlySpan<TensorView> inputs, in TensorView q, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ScaleLayout layout = ScalesOver(q.Dims, inputs[1].Length);
        Body<T> body = new() { X = (T*)inputs[0].Data, Scales = (T*)inputs[1].Data, Zeros = inputs[2], Codes = q, Layout = layout, Saturate = saturate, Rounds = !DTypes.IsFloat8(q.Type) };
        WorkerPool.For(q.Length, mode, ref body, 1 << 12);
    }

    private unsafe struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        public T* X, Scales;
        public TensorView Zeros, Codes;
        public ScaleLayout Layout;
        public bool Saturate, Rounds;

        public readonly void Run(int start, int end)
        {
            for (int i = start; i < end; i++)
            {
                int scale = Layout.Of(i);
                T quotient = X[i] / Scales[scale];
                double value = double.CreateTruncating(Rounds ? T.Round(quotient, MidpointRounding.ToEven) : quotient), zero = CodeElements.Read(Zeros, scale);
                CodeElements.Write(Codes, i, Rounds && double.IsNaN(value) ? zero : value + zero, Saturate);
            }
        }
    }
}
