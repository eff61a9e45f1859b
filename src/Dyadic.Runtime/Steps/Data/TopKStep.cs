using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>
/// The k largest or smallest x along an axis and their indices (Int64), best first; of equal values the one that comes first. NaN counts as the most extreme;
/// every numeric type but bfloat16.
/// </summary>
/// <param name="axis">The axis, from 0.</param>
/// <param name="largest">Largest or smallest.</param>
public sealed unsafe class TopKStep(int axis, bool largest) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "top_k";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) =>
        TypedBody.Run(inputs[0].Type, new Body(inputs[0], outputs[0], outputs[1], axis, largest, mode), Kernel);

    private readonly ref struct Body(TensorView x, TensorView values, TensorView indices, int axis, bool largest, ExecutionMode mode) : ITypedBody
    {
        public void Run<T>() where T : unmanaged, INumber<T>
        {
            int size = x.Dims[axis], k = values.Dims[axis], inner = ConcatStep.AxisBytes(x.Dims, axis + 1, 1);
            if (values.Length == 0) return;
            Loop<T> loop = new((T*)x.Data, (T*)values.Data, (long*)indices.Data, size, k, inner, largest);
            WorkerPool.For(values.Length / k, mode, ref loop, Math.Max(1, (1 << 12) / size));
        }
    }

    private readonly struct Loop<T>(T* x, T* values, long* indices, int size, int k, int inner, bool largest) : IParallelBody where T : unmanaged, INumber<T>
    {
        public void Run(int start, int end)
        {
            using ScratchBuffer<int> heap = Scratch.Rent<int>(k);
            for (int line = start; line < end; line++)
            {
                T* from = x + ((nint)(line / inner) * size * inner) + (line % inner);
                nint to = ((nint)(line / inner) * k * inner) + (line % inner);
                Select(from, heap.Span);
                for (int i = 0; i < k; i++)
                {
                    values[to + ((nint)i * inner)] = from[(nint)heap.Span[i] * inner];
                    indices[to + ((nint)i * inner)] = heap.Span[i];
                }
            }
        }

        // A heap of the best so far with the worst of them on top; then the top goes to the end, again and again.
        private void Select(T* line, Span<int> heap)
        {
            for (int i = 0; i < k; i++) heap[i] = i;
            for (int i = (k / 2) - 1; i >= 0; i--) Sift(line, heap, i, k);
            for (int i = k; i < size; i++)
            {
                if (!Precedes(line, i, heap[0])) continue;
                heap[0] = i;
                Sift(line, heap, 0, k);
            }
            for (int n = k - 1; n > 0; n--)
            {
                (heap[0], heap[n]) = (heap[n], heap[0]);
                Sift(line, heap, 0, n);
            }
        }

        private void Sift(T* line, Span<int> heap, int at, int count)
        {
            for (int child; (child = (2 * at) + 1) < count; at = child)
            {
                if (child + 1 < count && Precedes(line, heap[child], heap[child + 1])) child++;
                if (!Precedes(line, heap[at], heap[child])) return;
                (heap[at], heap[child]) = (heap[child], heap[at]);
            }
        }

        private bool Precedes(T* line, int i, int j)
        {
            T a = line[(nint)i * inner], b = line[(nint)j * inner];
            if (largest ? a > b : a < b) return true;
            if (largest ? a < b : a > b) return false;
            return T.IsNaN(a) == T.IsNaN(b) ? i < j : T.IsNaN(a);
        }
    }
}
