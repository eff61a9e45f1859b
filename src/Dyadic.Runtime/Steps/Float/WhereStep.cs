using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = a where the condition holds, b elsewhere, with broadcasting of all three; any element type.</summary>
public sealed unsafe class WhereStep : Step
{
    private const int Grain = 1 << 14;

    /// <inheritdoc/>
    public override string Kernel => "where";

    internal override bool Broadcasts => true;

    internal override Step InChannelsLast(int rank) => this;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        BroadcastLayout layout = BroadcastLayout.Of(outputs[0].Dims, inputs[0].Dims, inputs[1].Dims, inputs[2].Dims);
        switch (outputs[0].Type.Size())
        {
            case 1: Run<byte>(layout, inputs, outputs[0], mode); break;
            case 2: Run<short>(layout, inputs, outputs[0], mode); break;
            case 4: Run<int>(layout, inputs, outputs[0], mode); break;
            default: Run<long>(layout, inputs, outputs[0], mode); break;
        }
    }

    private static void Run<T>(in BroadcastLayout layout, ReadOnlySpan<TensorView> inputs, in TensorView y, in ExecutionMode mode)
        where T : unmanaged, IBinaryInteger<T>
    {
        Loop<T> loop = new(layout, inputs[0].Data, (T*)inputs[1].Data, (T*)inputs[2].Data, (T*)y.Data);
        WorkerPool.For(y.Length, mode, ref loop, Grain);
    }

    private readonly struct Loop<T>(BroadcastLayout layout, byte* condition, T* a, T* b, T* y) : IParallelBody where T : unmanaged, IBinaryInteger<T>
    {
        public void Run(int start, int end)
        {
            BroadcastLayout.Cursor at = new(layout, start);
            int stepC = layout.Stride(0, 0), stepA = layout.Stride(1, 0), stepB = layout.Stride(2, 0);
            for (int i = start, n; i < end; i += n, at.NextRun())
            {
                n = Math.Min(at.Left, end - i);
                byte* c = condition + at.A;
                T* p = a + at.B, q = b + at.C;
                for (int j = 0; j < n; j++)
                {
                    T mask = T.Zero - T.CreateTruncating(c[j * stepC]), other = q[j * stepB];      // Bool is 0 or 1; no branch to predict
                    y[i + j] = other ^ ((p[j * stepA] ^ other) & mask);
                }
            }
        }
    }
}
