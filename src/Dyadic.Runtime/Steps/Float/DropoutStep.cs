using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y[i] = x[i]/(1 − p) where word i of the random stream is at least p·2³², else 0.</summary>
/// <param name="probability">p, of being dropped.</param>
/// <param name="seed">The seed of the random words.</param>
/// <param name="stream">Their stream, read from its start.</param>
public sealed unsafe class DropoutStep(float probability, ulong seed, ulong stream) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "dropout";

    /// <inheritdoc/>
    public override int InPlaceInput => 0;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (outputs[0].Type == DType.Float32) Run<float>(inputs[0], outputs[0], mode);
        else if (outputs[0].Type == DType.Float64) Run<double>(inputs[0], outputs[0], mode);
        else throw ConvViews.Unsupported(Kernel, outputs[0].Type);
    }

    private void Run<T>(in TensorView x, in TensorView y, in ExecutionMode mode) where T : unmanaged, INumber<T>
    {
        Body<T> body = new()
        {
            X = (T*)x.Data, Y = (T*)y.Data, Length = y.Length, Seed = seed, Stream = stream, Threshold = CodeDropout.Threshold(probability),
            Scale = T.CreateChecked(1 / (1 - (double)probability)),
        };
        WorkerPool.For((y.Length + Block - 1) / Block, mode, ref body, 8);
    }

    private const int Block = 1024;

    private struct Body<T> : IParallelBody where T : unmanaged, INumber<T>
    {
        public T* X, Y;
        public T Scale;
        public int Length;
        public ulong Threshold, Seed, Stream;

        public readonly void Run(int start, int end)
        {
            Span<uint> words = stackalloc uint[Block];
            for (int block = start; block < end; block++)
            {
                int first = block * Block, count = Math.Min(Block, Length - first);
                Philox.Blocks(Seed, (ulong)first >> 2, Stream, words);
                for (int i = 0; i < count; i++) Y[first + i] = words[i] >= Threshold ? X[first + i] * Scale : T.Zero;
            }
        }
    }
}
