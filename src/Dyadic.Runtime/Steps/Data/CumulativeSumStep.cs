using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>y[i] = x[0] + … + x[i] along an axis, one after the other; every numeric type but bfloat16 (integers wrap).</summary>
/// <param name="axis">The axis, from 0.</param>
/// <param name="exclusive">x[i] itself is left out.</param>
/// <param name="reverse">The sums run from the end: x[i] + … + x[n − 1].</param>
public sealed unsafe class CumulativeSumStep(int axis, bool exclusive, bool reverse) : Step
{
    internal int Axis => axis;

    internal bool Exclusive => exclusive;

    internal bool Reverse => reverse;

    /// <inheritdoc/>
    public override string Kernel => "cumulative_sum";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) =>
        TypedBody.Run(outputs[0].Type, new Body(inputs[0], outputs[0], axis, exclusive, reverse, mode), Kernel);

    private readonly ref struct Body(TensorView x, TensorView y, int axis, bool exclusive, bool reverse, ExecutionMode mode) : ITypedBody
    {
        public void Run<T>() where T : unmanaged, INumber<T>
        {
            int size = y.Dims[axis], inner = ConcatStep.AxisBytes(y.Dims, axis + 1, 1);
            if (y.Length == 0) return;
            Loop<T> loop = new((T*)x.Data, (T*)y.Data, size, inner, exclusive, reverse);
            WorkerPool.For(y.Length / size, mode, ref loop, Math.Max(1, (1 << 13) / size));
        }
    }

    private readonly struct Loop<T>(T* x, T* y, int size, int inner, bool exclusive, bool reverse) : IParallelBody where T : unmanaged, INumber<T>
    {
        public void Run(int start, int end)
        {
            for (int line = start; line < end; line++)
            {
                nint at = ((nint)(line / inner) * size * inner) + (line % inner), step = reverse ? -inner : inner;
                if (reverse) at += (nint)(size - 1) * inner;
                T sum = T.Zero;
                for (int i = 0; i < size; i++, at += step)
                {
                    T term = x[at];
                    y[at] = exclusive ? sum : sum + term;
                    sum += term;
                }
            }
        }
    }
}
