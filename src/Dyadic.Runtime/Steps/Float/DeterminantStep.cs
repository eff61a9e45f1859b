using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = det x of each matrix, by elimination with the largest pivot of a column, in float64; float32 and float64.</summary>
public sealed unsafe class DeterminantStep : Step
{
    /// <inheritdoc/>
    public override string Kernel => "determinant";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        int n = inputs[0].Dims[^1];
        int grain = Math.Max(1, (1 << 14) / Math.Max(1, n * n * n));
        if (inputs[0].Type == DType.Float32)
        {
            Loop<float> loop = new((float*)inputs[0].Data, (float*)outputs[0].Data, n);
            WorkerPool.For(outputs[0].Length, mode, ref loop, grain);
        }
        else
        {
            Loop<double> loop = new((double*)inputs[0].Data, (double*)outputs[0].Data, n);
            WorkerPool.For(outputs[0].Length, mode, ref loop, grain);
        }
    }

    private readonly struct Loop<T>(T* x, T* y, int n) : IParallelBody where T : unmanaged, INumber<T>
    {
        public void Run(int start, int end)
        {
            using ScratchBuffer<double> matrix = Scratch.Rent<double>((nint)n * n);
            for (int i = start; i < end; i++)
            {
                for (int k = 0; k < n * n; k++) matrix.Span[k] = double.CreateChecked(x[((nint)i * n * n) + k]);
                y[i] = T.CreateTruncating(Eliminate(matrix.Span));
            }
        }

        private double Eliminate(Span<double> a)
        {
            double determinant = 1;
            for (int column = 0; column < n; column++)
            {
                int pivot = column;
                for (int row = column + 1; row < n; row++)
                    if (Math.Abs(a[(row * n) + column]) > Math.Abs(a[(pivot * n) + column])) pivot = row;
                double top = a[(pivot * n) + column];
                if (top == 0) return 0;
                if (pivot != column)
                {
                    for (int k = column; k < n; k++) (a[(pivot * n) + k], a[(column * n) + k]) = (a[(column * n) + k], a[(pivot * n) + k]);
                    determinant = -determinant;
                }
                determinant *= top;
                for (int row = column + 1; row < n; row++)
                {
                    double factor = a[(row * n) + column] / top;
                    for (int k = column + 1; k < n; k++) a[(row * n) + k] -= factor * a[(column * n) + k];
                }
            }
            return determinant;
        }
    }
}
