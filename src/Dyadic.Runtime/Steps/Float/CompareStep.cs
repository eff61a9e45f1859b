using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The relations of <see cref="CompareStep"/>. A comparison with NaN is false.</summary>
public enum Comparison
{
    /// <summary>a = b.</summary>
    Equal,

    /// <summary>a &lt; b.</summary>
    Less,

    /// <summary>a ≤ b.</summary>
    LessOrEqual,

    /// <summary>a &gt; b.</summary>
    Greater,

    /// <summary>a ≥ b.</summary>
    GreaterOrEqual,
}

/// <summary>y = (a ∘ b) as Bool, element by element, with broadcasting; every element type (Bool as 0 and 1).</summary>
public sealed unsafe class CompareStep(Comparison comparison) : Step
{
    private const int Grain = 1 << 14;

    /// <inheritdoc/>
    public override string Kernel => $"compare_{comparison}".ToLowerInvariant();

    internal override bool Broadcasts => true;

    internal override Step InChannelsLast(int rank) => this;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView a = inputs[0], b = inputs[1], y = outputs[0];
        TypedBody.Run(a.Type, new Body(this, a, b, y, mode), Kernel);
    }

    private readonly ref struct Body(CompareStep step, TensorView a, TensorView b, TensorView y, ExecutionMode mode) : ITypedBody
    {
        public void Run<T>() where T : unmanaged, INumber<T> => step.Run<T>(a, b, y, mode);
    }

    private void Run<T>(in TensorView a, in TensorView b, in TensorView y, in ExecutionMode mode) where T : unmanaged, INumber<T>
    {
        Loop<T> loop = new(comparison, BroadcastLayout.Of(y.Dims, a.Dims, b.Dims), (T*)a.Data, (T*)b.Data, (bool*)y.Data);
        WorkerPool.For(y.Length, mode, ref loop, Grain);
    }

    private readonly struct Loop<T>(Comparison comparison, BroadcastLayout layout, T* a, T* b, bool* y) : IParallelBody where T : unmanaged, INumber<T>
    {
        public void Run(int start, int end)
        {
            BroadcastLayout.Cursor at = new(layout, start);
            int stepA = layout.Stride(0, 0), stepB = layout.Stride(1, 0);
            for (int i = start, n; i < end; i += n, at.NextRun())
            {
                n = Math.Min(at.Left, end - i);
                Line(a + at.A, stepA, b + at.B, stepB, y + i, n);
            }
        }

        private void Line(T* p, int stepA, T* q, int stepB, bool* target, int n)
        {
            switch (comparison)
            {
                case Comparison.Equal: for (int i = 0; i < n; i++) target[i] = p[i * stepA] == q[i * stepB]; break;
                case Comparison.Less: for (int i = 0; i < n; i++) target[i] = p[i * stepA] < q[i * stepB]; break;
                case Comparison.LessOrEqual: for (int i = 0; i < n; i++) target[i] = p[i * stepA] <= q[i * stepB]; break;
                case Comparison.Greater: for (int i = 0; i < n; i++) target[i] = p[i * stepA] > q[i * stepB]; break;
                default: for (int i = 0; i < n; i++) target[i] = p[i * stepA] >= q[i * stepB]; break;
            }
        }
    }
}
