using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = f(a, b), element by element, with broadcasting; every numeric element type (16-bit floats compute in float32).</summary>
/// <param name="function">f.</param>
/// <param name="alpha">The constant α of f.</param>
/// <param name="beta">The constant β of f.</param>
public sealed unsafe class BinaryStep(BinaryFunction function, double alpha = 0, double beta = 0) : Step
{
    private const int Grain = 1 << 14;

    internal BinaryFunction Function => function;

    internal double Alpha => alpha;

    /// <inheritdoc/>
    public override string Kernel => $"binary_{function}".ToLowerInvariant();

    /// <inheritdoc/>
    public override int InPlaceInput => 0;

    internal override bool Broadcasts => true;

    internal override Step InChannelsLast(int rank) => this;

    /// <summary>f of each pair of float32 values.</summary>
    internal void Line(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> y) => BinaryLines.Line(function, a, b, y, (float)alpha, (float)beta);

    /// <inheritdoc cref="Line(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    internal void Line(ReadOnlySpan<float> a, float b, Span<float> y) => BinaryLines.Line(function, a, b, y, (float)alpha, (float)beta);

    /// <inheritdoc cref="Line(ReadOnlySpan{float}, ReadOnlySpan{float}, Span{float})"/>
    internal void Line(float a, ReadOnlySpan<float> b, Span<float> y) => BinaryLines.Line(function, a, b, y, (float)alpha, (float)beta);

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView a = inputs[0], b = inputs[1], y = outputs[0];
        try
        {
            if (y.Type is DType.Float16 or DType.BFloat16) RunNarrow(a, b, y, mode);
            else TypedBody.Run(y.Type, new Body(this, a, b, y, mode), Kernel);
        }
        catch (ArithmeticException e)
        {
            throw new PlanException($"{Kernel}: an integer is divided by 0, or the least one by −1. Divide real numbers, which have infinities, or keep 0 out of the divisor.", e);
        }
    }

    private readonly ref struct Body(BinaryStep step, TensorView a, TensorView b, TensorView y, ExecutionMode mode) : ITypedBody
    {
        public void Run<T>() where T : unmanaged, INumber<T> => step.Run<T>(a, b, y, mode);
    }

    private void Run<T>(in TensorView a, in TensorView b, in TensorView y, in ExecutionMode mode) where T : unmanaged, INumber<T>
    {
        Loop<T> loop = new(function, T.CreateSaturating(alpha), T.CreateSaturating(beta), BroadcastLayout.Of(y.Dims, a.Dims, b.Dims), (T*)a.Data, (T*)b.Data, (T*)y.Data);
        WorkerPool.For(y.Length, mode, ref loop, function == BinaryFunction.Power ? Grain / 8 : Grain);
    }

    private void RunNarrow(in TensorView a, in TensorView b, in TensorView y, in ExecutionMode mode)
    {
        NarrowLoop loop = new(function, (float)alpha, (float)beta, BroadcastLayout.Of(y.Dims, a.Dims, b.Dims), y.Type, a.Data, b.Data, y.Data);
        WorkerPool.For(y.Length, mode, ref loop, Grain / 4);
    }

    private readonly struct Loop<T>(BinaryFunction function, T alpha, T beta, BroadcastLayout layout, T* a, T* b, T* y) : IParallelBody
        where T : unmanaged, INumber<T>
    {
        public void Run(int start, int end)
        {
            BroadcastLayout.Cursor at = new(layout, start);
            int stepA = layout.Stride(0, 0), stepB = layout.Stride(1, 0);
            for (int i = start, n; i < end; i += n, at.NextRun())
            {
                n = Math.Min(at.Left, end - i);
                Span<T> target = new(y + i, n);
                if (stepA == 0) BinaryLines.Line<T>(function, a[at.A], new ReadOnlySpan<T>(b + at.B, n), target, alpha, beta);
                else if (stepB == 0) BinaryLines.Line<T>(function, new ReadOnlySpan<T>(a + at.A, n), b[at.B], target, alpha, beta);
                else BinaryLines.Line<T>(function, new ReadOnlySpan<T>(a + at.A, n), new ReadOnlySpan<T>(b + at.B, n), target, alpha, beta);
            }
        }
    }

    // Pieces of a run are widened to float32, computed there and rounded back.
    private readonly struct NarrowLoop(BinaryFunction function, float alpha, float beta, BroadcastLayout layout, DType type, byte* a, byte* b, byte* y) : IParallelBody
    {
        private const int Piece = 256;

        public void Run(int start, int end)
        {
            Span<float> x = stackalloc float[Piece], z = stackalloc float[Piece];
            BroadcastLayout.Cursor at = new(layout, start);
            int stepA = layout.Stride(0, 0), stepB = layout.Stride(1, 0);
            for (int i = start, n; i < end; i += n, at.NextRun())
            {
                n = Math.Min(at.Left, end - i);
                for (int done = 0, m; done < n; done += m)
                {
                    m = Math.Min(Piece, n - done);
                    NarrowFloats.Widen(type, a + (2 * (at.A + (stepA * done))), stepA, x[..m]);
                    NarrowFloats.Widen(type, b + (2 * (at.B + (stepB * done))), stepB, z[..m]);
                    BinaryLines.Line<float>(function, (ReadOnlySpan<float>)x[..m], (ReadOnlySpan<float>)z[..m], x[..m], alpha, beta);
                    NarrowFloats.Narrow(type, x[..m], y + (2 * (i + done)));
                }
            }
        }
    }
}
