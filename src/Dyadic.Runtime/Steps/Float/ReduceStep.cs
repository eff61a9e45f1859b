using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The functions of <see cref="ReduceStep"/>.</summary>
public enum ReduceFunction
{
    /// <summary>Σ x; 0 for no elements.</summary>
    Sum,

    /// <summary>Σ x / n; integers truncate.</summary>
    Mean,

    /// <summary>The largest x; NaN when one is NaN.</summary>
    Max,

    /// <summary>The smallest x; NaN when one is NaN.</summary>
    Min,

    /// <summary>Π x; 1 for no elements.</summary>
    Product,
}

/// <summary>y = f over some axes of x; every numeric type but bfloat16 (small integers wrap).</summary>
/// <remarks>
/// Sums are pairwise: rows are added in a binary tree over groups of 8, runs in pieces of 1024 by vectors, so that the error grows with
/// the logarithm of the number of terms. The tree depends on the shape alone, never on the number of threads.
/// </remarks>
/// <param name="function">f.</param>
/// <param name="axes">The axes that vanish, non-negative; all when empty.</param>
public sealed unsafe class ReduceStep(ReduceFunction function, int[] axes) : Step
{
    private const int Columns = 512;        // of a kept row that are summed together: they stay in the first cache
    private const int Piece = 1024;         // of a run that is summed by vectors
    private const int BlockWork = 1 << 15;  // elements worth a task of their own

    internal ReduceFunction Function => function;

    internal int[] Axes => axes;

    /// <inheritdoc/>
    public override string Kernel => $"reduce_{function}".ToLowerInvariant();

    // Over all pixels: what is left, [N, C] or [N, C, 1, ..], is the same bytes in both orders.
    internal override Step? InChannelsLast(int rank) =>
        axes.Length == rank - 2 && !axes.AsSpan().ContainsAny(0, 1) ? new ReduceStep(function, [.. Enumerable.Range(1, rank - 2)]) : null;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView x = inputs[0], y = outputs[0];
        TypedBody.Run(x.Type, new Body(this, x, y, mode), Kernel, boolean: false);
    }

    private readonly ref struct Body(ReduceStep step, TensorView x, TensorView y, ExecutionMode mode) : ITypedBody
    {
        public void Run<T>() where T : unmanaged, INumber<T> => step.Run<T>(x, y, mode);
    }

    private void Run<T>(in TensorView x, in TensorView y, in ExecutionMode mode) where T : unmanaged, INumber<T>
    {
        int count = x.Length;
        if (count == 0)
        {
            if (y.Length > 0 && function is not (ReduceFunction.Sum or ReduceFunction.Product)) throw new PlanException($"{Kernel}: there is no value over an empty axis. Check the shapes.");
            y.Span<T>().Fill(function == ReduceFunction.Product ? T.One : T.Zero);
            return;
        }
        Reduction<T> reduction = new(function, ReduceLayout.Over(axes, x.Dims), (T*)x.Data);
        int blocks = Blocks(reduction.Tasks, reduction.Terms, count);
        if (blocks == 1) Rows(reduction, (T*)y.Data, 1, count, mode);
        else
        {
            int length = y.Length;
            using ScratchBuffer<T> partial = Scratch.Rent<T>((nint)blocks * length);
            Rows(reduction, partial.Pointer, blocks, count, mode);
            for (int b = 1; b < blocks; b *= 2)                             // fold blocks b, 3b, 5b … into their left neighbours
                for (int i = 0; i + b < blocks; i += 2 * b)
                    ReduceLines.Combine<T>(function, new Span<T>(partial.Pointer + ((nint)i * length), length), new(partial.Pointer + ((nint)(i + b) * length), length));
            partial.Span[..length].CopyTo(y.Span<T>());
        }
        if (function == ReduceFunction.Mean) ReduceLines.Scale(y.Span<T>(), count / y.Length);
    }

    // Few outputs of many terms are cut along the terms; how, depends on the shape only.
    private static int Blocks(int tasks, int terms, int count) => tasks >= 16 ? 1 : Math.Clamp(count / BlockWork / tasks, 1, Math.Min(terms, 64));

    private static void Rows<T>(Reduction<T> reduction, T* target, int blocks, int count, in ExecutionMode mode) where T : unmanaged, INumber<T>
    {
        Loop<T> loop = new(reduction, target, blocks);
        int tasks = reduction.Tasks * blocks;
        WorkerPool.For(tasks, mode, ref loop, (int)Math.Min((long)tasks * BlockWork / count + 1, int.MaxValue));
    }

    private readonly struct Loop<T>(Reduction<T> reduction, T* target, int blocks) : IParallelBody where T : unmanaged, INumber<T>
    {
        public void Run(int start, int end)
        {
            for (int i = start; i < end; i++) reduction.Run(i % reduction.Tasks, i / reduction.Tasks, blocks, target);
        }
    }

    private readonly struct Reduction<T>(ReduceFunction function, ReduceLayout layout, T* x) where T : unmanaged, INumber<T>
    {
        public int Terms => layout.Terms * Pieces;

        public int Tasks => layout.Outputs * ColumnTasks;

        private int Pieces => layout.InnerReduced ? (layout.Width + Piece - 1) / Piece : 1;

        private int ColumnTasks => layout.InnerReduced ? 1 : (layout.Width + Columns - 1) / Columns;

        // Task: one output row, or a part of its columns. Block b of all the terms goes to row b of the target.
        public void Run(int task, int block, int blocks, T* target)
        {
            int output = task / ColumnTasks, column = task % ColumnTasks * Columns;
            int rowLength = layout.InnerReduced ? 1 : layout.Width, n = Math.Min(Columns, rowLength - column);
            int first = (int)((long)Terms * block / blocks), last = (int)((long)Terms * (block + 1) / blocks);
            nint at = ((nint)block * layout.Outputs * rowLength) + ((nint)output * rowLength) + column;
            Accumulate(output, column, first, last, new(target + at, n));
        }

        private void Accumulate(int output, int column, int first, int last, Span<T> target)
        {
            if (last - first <= 8)
            {
                for (int term = first; term < last; term++) AddTerm(output, column, term, term == first, target);
                return;
            }
            int middle = first + ((last - first) / 2);
            Accumulate(output, column, first, middle, target);
            using ScratchBuffer<T> right = Scratch.Rent<T>(target.Length);
            Accumulate(output, column, middle, last, right.Span);
            ReduceLines.Combine<T>(function, target, right.Span);
        }

        private void AddTerm(int output, int column, int term, bool isFirst, Span<T> target)
        {
            if (layout.InnerReduced)
            {
                int pieces = Pieces, skip = term % pieces * Piece;
                ReadOnlySpan<T> run = new(x + layout.Offset(output, term / pieces) + skip, Math.Min(Piece, layout.Width - skip));
                T value = ReduceLines.Run(function, run);
                target[0] = isFirst ? value : ReduceLines.Combine(function, target[0], value);
                return;
            }
            ReadOnlySpan<T> row = new(x + layout.Offset(output, term) + column, target.Length);
            if (isFirst) row.CopyTo(target);
            else ReduceLines.Combine(function, target, row);
        }
    }
}
