using System.Numerics;
using System.Runtime.InteropServices;
using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The functions of <see cref="SoftmaxStep"/>.</summary>
public enum SoftmaxFunction
{
    /// <summary>y = exp(x − max) / Σ exp(x − max).</summary>
    Softmax,

    /// <summary>y = x − max − ln Σ exp(x − max).</summary>
    LogSoftmax,

    /// <summary>(y, dy) → y·(dy − Σ y·dy).</summary>
    SoftmaxGradient,

    /// <summary>(y, dy) → dy − exp(y)·Σ dy.</summary>
    LogSoftmaxGradient,
}

/// <summary>Softmax along one axis, its logarithm, and the gradients of both.</summary>
/// <param name="function">What is computed.</param>
/// <param name="axis">The axis, from the front.</param>
public sealed unsafe class SoftmaxStep(SoftmaxFunction function, int axis) : Step
{
    internal SoftmaxFunction Function => function;

    internal int Axis => axis;

    /// <inheritdoc/>
    public override string Kernel => function.ToString().ToLowerInvariant();

    internal override Step InChannelsLast(int rank) => new SoftmaxStep(function, ChannelsLast.Axis(axis, rank));

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (outputs[0].Length == 0) return;
        if (outputs[0].Type == DType.Float32) Run<float>(inputs, outputs[0], mode);
        else if (outputs[0].Type == DType.Float64) Run<double>(inputs, outputs[0], mode);
        else throw ConvViews.Unsupported(Kernel, outputs[0].Type);
    }

    private void Run<T>(ReadOnlySpan<TensorView> inputs, in TensorView y, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int inner = 1;
        for (int i = axis + 1; i < y.Rank; i++) inner *= y.Dims[i];
        Body<T> body = new() { Function = function, Size = y.Dims[axis], Inner = inner, A = (T*)inputs[0].Data, B = inputs.Length > 1 ? (T*)inputs[1].Data : null, Y = (T*)y.Data };
        WorkerPool.For(y.Length / (body.Size * inner), mode, ref body, Math.Max(1, 4096 / (body.Size * inner)));
    }

    // Blocks [start, end), each [Size, Inner]. Along the last axis (Inner = 1) a block is one line, otherwise lines are combined. Lines shorter than a vector
    // are turned, so that many of them are one block.
    private struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        private const int Shortest = 8, Together = 256;
        public SoftmaxFunction Function;
        public int Size, Inner;
        public T* A, B, Y;

        public readonly void Run(int start, int end)
        {
            if (typeof(T) == typeof(float) && B == null && Inner == 1 && Size < Shortest)
            {
                Turned(start, end);
                return;
            }
            using ScratchBuffer<T> first = Scratch.Rent<T>(Math.Max(Inner, Size)), second = Scratch.Rent<T>(Math.Max(Inner, Size));
            int block = Size * Inner;
            for (int i = start; i < end; i++)
            {
                ReadOnlySpan<T> a = new(A + (nint)i * block, block), b = B == null ? default : new(B + (nint)i * block, block);
                Span<T> y = new(Y + (nint)i * block, block);
                if (B == null && Inner == 1) Line(a, y, first.Span[..Size]);
                else if (B == null) Block(a, y, first.Span[..Inner], second.Span[..Inner]);
                else if (Inner == 1) GradientLine(a, b, y);
                else GradientBlock(a, b, y, first.Span[..Inner], second.Span[..Inner]);
            }
        }

        private readonly void Turned(int start, int end)
        {
            using ScratchBuffer<T> planes = Scratch.Rent<T>(2 * (Size + 1) * Together);
            T* x = planes.Pointer, y = x + Size * Together, ends = y + Size * Together;
            ExecutionMode here = new(SimdWidth.V128, 1);
            planes.Span.Clear();
            for (int i = start, n; i < end; i += n)
            {
                n = Math.Min(Together, end - i);
                int whole = (n + Shortest - 1) / Shortest * Shortest;      // vectors alone: a value has the same bits in any company
                Body<T> block = this with { Inner = whole };
                FloatTranspose.Run((float*)A + (nint)i * Size, Size, n, Size, (float*)x, whole, here);
                block.Block(new(x, Size * whole), new(y, Size * whole), new(ends, whole), new(ends + Together, whole));
                FloatTranspose.Run((float*)y, whole, Size, n, (float*)Y + (nint)i * Size, Size, here);
            }
        }

        private readonly void Line(ReadOnlySpan<T> x, Span<T> y, Span<T> e)
        {
            if (typeof(T) == typeof(float))
            {
                SoftmaxLine.Run(MemoryMarshal.Cast<T, float>(x), MemoryMarshal.Cast<T, float>(y), Function == SoftmaxFunction.LogSoftmax);
                return;
            }
            Primitives.Subtract(x, Primitives.Max(x), y);
            UnaryLines.Run<T>(UnaryFunction.Exp, y, e);
            T sum = Primitives.Sum<T>(e);
            if (Function == SoftmaxFunction.Softmax) Primitives.Divide(e, sum, y);
            else Primitives.Subtract(y, T.Log(sum), y);
        }

        private readonly void Block(ReadOnlySpan<T> x, Span<T> y, Span<T> max, Span<T> sum)
        {
            x[..Inner].CopyTo(max);
            for (int k = 1; k < Size; k++) Primitives.Max(max, x.Slice(k * Inner, Inner), max);
            sum.Clear();
            bool log = Function == SoftmaxFunction.LogSoftmax;
            using ScratchBuffer<T> exponentials = Scratch.Rent<T>(Inner);
            for (int k = 0; k < Size; k++)
            {
                Span<T> line = y.Slice(k * Inner, Inner), e = log ? exponentials.Span : line;
                Primitives.Subtract(x.Slice(k * Inner, Inner), max, line);
                UnaryLines.Run<T>(UnaryFunction.Exp, line, e);
                Primitives.Add(sum, e, sum);
            }
            if (log) Primitives.Log<T>(sum, sum);
            for (int k = 0; k < Size; k++)
            {
                Span<T> line = y.Slice(k * Inner, Inner);
                if (log) Primitives.Subtract(line, sum, line);
                else Primitives.Divide(line, sum, line);
            }
        }

        private readonly void GradientLine(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx)
        {
            if (Function == SoftmaxFunction.SoftmaxGradient)
            {
                Primitives.Subtract(dy, Primitives.Dot(y, dy), dx);
                Primitives.Multiply(dx, y, dx);
            }
            else
            {
                UnaryLines.Run(UnaryFunction.Exp, y, dx);
                Primitives.Multiply(dx, -Primitives.Sum(dy), dx);
                Primitives.Add(dx, dy, dx);
            }
        }

        private readonly void GradientBlock(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx, Span<T> sum, Span<T> product)
        {
            sum.Clear();
            for (int k = 0; k < Size; k++)
            {
                ReadOnlySpan<T> line = dy.Slice(k * Inner, Inner);
                if (Function == SoftmaxFunction.SoftmaxGradient) Primitives.MultiplyAdd(line, y.Slice(k * Inner, Inner), sum, sum);
                else Primitives.Add(sum, line, sum);
            }
            for (int k = 0; k < Size; k++)
                GradientLine(y.Slice(k * Inner, Inner), dy.Slice(k * Inner, Inner), dx.Slice(k * Inner, Inner), sum, product);
        }

        private readonly void GradientLine(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx, ReadOnlySpan<T> sum, Span<T> product)
        {
            if (Function == SoftmaxFunction.SoftmaxGradient)
            {
                Primitives.Subtract(dy, sum, dx);
                Primitives.Multiply(dx, y, dx);
                return;
            }
            UnaryLines.Run(UnaryFunction.Exp, y, product);
            Primitives.Multiply(product, sum, product);
            Primitives.Subtract(dy, product, dx);
        }
    }
}
