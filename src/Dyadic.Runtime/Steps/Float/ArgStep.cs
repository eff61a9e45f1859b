using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = the index (Int64) of the largest or smallest x along an axis; NaN counts as the most extreme; every numeric type but bfloat16.</summary>
/// <param name="axis">The axis, non-negative.</param>
/// <param name="largest">Largest or smallest.</param>
/// <param name="selectLast">Which of equal values: the last, or the first.</param>
public sealed unsafe class ArgStep(int axis, bool largest, bool selectLast) : Step
{
    /// <inheritdoc/>
    public override string Kernel => largest ? "arg_max" : "arg_min";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView x = inputs[0], y = outputs[0];
        TypedBody.Run(x.Type, new Body(this, x, y, mode), Kernel, boolean: false);
    }

    private readonly ref struct Body(ArgStep step, TensorView x, TensorView y, ExecutionMode mode) : ITypedBody
    {
        public void Run<T>() where T : unmanaged, INumber<T> => step.Run<T>(x, y, mode);
    }

    private void Run<T>(in TensorView x, in TensorView y, in ExecutionMode mode) where T : unmanaged, INumber<T>
    {
        int size = x.Dims[axis], inner = 1;
        for (int i = axis + 1; i < x.Rank; i++) inner *= x.Dims[i];
        if (size == 0 && y.Length > 0) throw new PlanException($"{Kernel}: there is no largest or smallest of an empty axis. Check the shapes.");
        Loop<T> loop = new((T*)x.Data, (long*)y.Data, size, inner, largest, selectLast);
        WorkerPool.For(y.Length, mode, ref loop, Math.Max(1, (1 << 14) / Math.Max(size, 1)));
    }

    private readonly struct Loop<T>(T* x, long* y, int size, int inner, bool largest, bool selectLast) : IParallelBody where T : unmanaged, INumber<T>
    {
        public void Run(int start, int end)
        {
            for (int i = start; i < end; i++)
            {
                T* line = x + ((nint)(i / inner) * size * inner) + (i % inner);
                (int at, T best) = (0, line[0]);
                for (int j = 1; j < size; j++)
                {
                    T candidate = line[(nint)j * inner];
                    if (Replaces(candidate, best)) (at, best) = (j, candidate);
                }
                y[i] = at;
            }
        }

        private bool Replaces(T candidate, T best)
        {
            if (largest ? candidate < best : candidate > best) return false;
            if (largest ? candidate > best : candidate < best) return true;
            if (candidate == best) return selectLast;
            return T.IsNaN(candidate) && (selectLast || !T.IsNaN(best));
        }
    }
}
