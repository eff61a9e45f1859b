using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>
/// y = f(x), element by element: float32 by vectors, float64 by plain loops, 16-bit floats in float32; integers for those functions that
/// stay within the integers (Abs, Neg, Relu, Clip, Sign).
/// </summary>
/// <param name="function">f.</param>
/// <param name="alpha">The constant α of f.</param>
/// <param name="beta">The constant β of f.</param>
public sealed unsafe class UnaryStep(UnaryFunction function, double alpha = 0, double beta = 0) : Step
{
    internal UnaryFunction Function => function;

    internal (double Alpha, double Beta) Constants => (alpha, beta);

    private bool IsCheap => function is UnaryFunction.Abs or UnaryFunction.Neg or UnaryFunction.Relu or UnaryFunction.LeakyRelu or UnaryFunction.Clip;

    /// <inheritdoc/>
    public override string Kernel => $"unary_{function}".ToLowerInvariant();

    /// <inheritdoc/>
    public override int InPlaceInput => 0;

    internal override Step InChannelsLast(int rank) => this;

    /// <summary>f of each float32 value.</summary>
    internal void Line(ReadOnlySpan<float> x, Span<float> y) => FloatLines.Run(function, x, y, (float)alpha, (float)beta);

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView x = inputs[0], y = outputs[0];
        if (!y.Type.IsFloat())
        {
            RunInteger(x, y);
            return;
        }
        Loop loop = new(function, alpha, beta, y.Type, x.Data, y.Data);
        WorkerPool.For(y.Length, mode, ref loop, IsCheap ? 1 << 14 : 1 << 12);
    }

    private readonly struct Loop(UnaryFunction function, double alpha, double beta, DType type, byte* x, byte* y) : IParallelBody
    {
        private const int Piece = 256;

        public void Run(int start, int end)
        {
            int n = end - start;
            if (type == DType.Float32) FloatLines.Run(function, new((float*)x + start, n), new((float*)y + start, n), (float)alpha, (float)beta);
            else if (type == DType.Float64) DoubleLines.Run(function, new((double*)x + start, n), new((double*)y + start, n), alpha, beta);
            else RunNarrow(start, end);
        }

        private void RunNarrow(int start, int end)
        {
            Span<float> piece = stackalloc float[Piece];
            for (int i = start, n; i < end; i += n)
            {
                n = Math.Min(Piece, end - i);
                NarrowFloats.Widen(type, x + (2 * i), 1, piece[..n]);
                FloatLines.Run(function, piece[..n], piece[..n], (float)alpha, (float)beta);
                NarrowFloats.Narrow(type, piece[..n], y + (2 * i));
            }
        }
    }

    private void RunInteger(in TensorView x, in TensorView y)
    {
        switch (y.Type)
        {
            case DType.Int8: RunInteger<sbyte>(x, y); break;
            case DType.UInt8: RunInteger<byte>(x, y); break;
            case DType.Int16: RunInteger<short>(x, y); break;
            case DType.UInt16: RunInteger<ushort>(x, y); break;
            case DType.UInt32: RunInteger<uint>(x, y); break;
            case DType.UInt64: RunInteger<ulong>(x, y); break;
            case DType.Int32: RunInteger<int>(x, y); break;
            case DType.Int64: RunInteger<long>(x, y); break;
            default: throw Unsupported(y.Type);
        }
    }

    private void RunInteger<T>(in TensorView x, in TensorView y) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> source = x.Span<T>();
        Span<T> target = y.Span<T>();
        T low = T.CreateSaturating(alpha), high = T.CreateSaturating(beta);
        switch (function)
        {
            case UnaryFunction.Abs: for (int i = 0; i < target.Length; i++) target[i] = T.IsNegative(source[i]) ? unchecked(-source[i]) : source[i]; break;
            case UnaryFunction.Neg: for (int i = 0; i < target.Length; i++) target[i] = unchecked(-source[i]); break;
            case UnaryFunction.Relu: for (int i = 0; i < target.Length; i++) target[i] = T.Max(source[i], T.Zero); break;
            case UnaryFunction.Clip: for (int i = 0; i < target.Length; i++) target[i] = T.Min(T.Max(source[i], low), high); break;
            case UnaryFunction.Sign: for (int i = 0; i < target.Length; i++) target[i] = T.CreateTruncating(T.Sign(source[i])); break;
            default: throw Unsupported(y.Type);
        }
    }

    private PlanException Unsupported(DType type) => new($"{Kernel}: element type {type} is not supported. Cast to float32 first.");
}
