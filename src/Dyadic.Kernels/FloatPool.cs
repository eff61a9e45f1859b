using Dyadic.Kernels.Reference;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>Max and average pooling of float32 images in NCHW with their gradients, planes in parallel.</summary>
/// <remarks>For float64 see <see cref="ReferencePool"/>.</remarks>
public static unsafe class FloatPool
{
    /// <summary>y = the largest value of each window; a NaN in the window wins, and ties go to the first.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="y">[N, C, OH, OW].</param>
    /// <param name="argmax">[N, C, OH, OW]: h·W + w of the largest value within its plane; or empty.</param>
    /// <param name="g">The sizes.</param>
    /// <param name="mode">The widest vectors and the most threads.</param>
    /// <exception cref="ShapeException">A length does not fit the sizes.</exception>
    public static void Max(ReadOnlySpan<float> x, Span<float> y, Span<int> argmax, in PoolGeometry g, ExecutionMode mode)
    {
        Check(x.Length, y.Length, in g);
        Ensure.Shape(argmax.IsEmpty || argmax.Length == y.Length, $"Pool: argmax has {argmax.Length} values, y has {y.Length}.");
        fixed (float* px = x, py = y)
        fixed (int* pi = argmax)
        {
            Planes body = new() { Kind = PoolKind.Max, Input = px, Output = py, Argmax = pi, Geometry = g };
            WorkerPool.For(g.Planes, mode, ref body, Grain(in g));
        }
    }

    /// <summary>dx[argmax] += dy, window by window; zero elsewhere.</summary>
    /// <param name="dy">[N, C, OH, OW].</param>
    /// <param name="argmax">[N, C, OH, OW], as the forward pass wrote it.</param>
    /// <param name="dx">[N, C, H, W].</param>
    /// <param name="g">The sizes of the forward pooling.</param>
    /// <param name="mode">The widest vectors and the most threads.</param>
    /// <exception cref="ShapeException">A length does not fit the sizes.</exception>
    public static void MaxGradient(ReadOnlySpan<float> dy, ReadOnlySpan<int> argmax, Span<float> dx, in PoolGeometry g, ExecutionMode mode)
    {
        Check(dx.Length, dy.Length, in g);
        Ensure.Shape(argmax.Length == dy.Length, $"Pool: argmax has {argmax.Length} values, dy has {dy.Length}.");
        fixed (float* pdx = dx, pdy = dy)
        fixed (int* pi = argmax)
        {
            Planes body = new() { Kind = PoolKind.MaxGradient, Input = pdx, Output = pdy, Argmax = pi, Geometry = g };
            WorkerPool.For(g.Planes, mode, ref body, Grain(in g));
        }
    }

    /// <summary>y = the mean of each window, over its values or, when <paramref name="countPad"/>, over values and padding.</summary>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="y">[N, C, OH, OW].</param>
    /// <param name="countPad">Whether zeros of the padding count; what lies beyond the padding never does.</param>
    /// <param name="g">The sizes.</param>
    /// <param name="mode">The widest vectors and the most threads.</param>
    /// <exception cref="ShapeException">A length does not fit the sizes.</exception>
    public static void Average(ReadOnlySpan<float> x, Span<float> y, bool countPad, in PoolGeometry g, ExecutionMode mode)
    {
        Check(x.Length, y.Length, in g);
        fixed (float* px = x, py = y)
        {
            Planes body = new() { Kind = PoolKind.Average, Input = px, Output = py, CountPad = countPad, Geometry = g };
            WorkerPool.For(g.Planes, mode, ref body, Grain(in g));
        }
    }

    /// <summary>dx = each dy spread evenly over the values of its window.</summary>
    /// <param name="dy">[N, C, OH, OW].</param>
    /// <param name="dx">[N, C, H, W].</param>
    /// <param name="countPad">As in the forward pass.</param>
    /// <param name="g">The sizes of the forward pooling.</param>
    /// <param name="mode">The widest vectors and the most threads.</param>
    /// <exception cref="ShapeException">A length does not fit the sizes.</exception>
    public static void AverageGradient(ReadOnlySpan<float> dy, Span<float> dx, bool countPad, in PoolGeometry g, ExecutionMode mode)
    {
        Check(dx.Length, dy.Length, in g);
        fixed (float* pdx = dx, pdy = dy)
        {
            Planes body = new() { Kind = PoolKind.AverageGradient, Input = pdx, Output = pdy, CountPad = countPad, Geometry = g };
            WorkerPool.For(g.Planes, mode, ref body, Grain(in g));
        }
    }

    private static int Grain(in PoolGeometry g) => Math.Max(1, 16384 / (g.OutHeight * g.OutWidth * g.KernelH * g.KernelW));

    private static void Check(int input, int output, in PoolGeometry g)
    {
        g.Validate();
        Ensure.Shape(input == g.InputLength, $"Pool: the input has {input} values, the sizes {g} need {g.InputLength}.");
        Ensure.Shape(output == g.OutputLength, $"Pool: the output has {output} values, the sizes {g} need {g.OutputLength}.");
    }

    private enum PoolKind
    {
        Max,
        MaxGradient,
        Average,
        AverageGradient,
    }

    // Input is x or dx, Output is y or dy; a range of planes is cut from both.
    private struct Planes : IParallelBody
    {
        public PoolKind Kind;
        public float* Input, Output;
        public int* Argmax;
        public bool CountPad;
        public PoolGeometry Geometry;

        public readonly void Run(int start, int end)
        {
            int inPlane = Geometry.Height * Geometry.Width, outPlane = Geometry.OutHeight * Geometry.OutWidth;
            Span<float> input = new(Input + (nint)start * inPlane, (end - start) * inPlane);
            Span<float> output = new(Output + (nint)start * outPlane, (end - start) * outPlane);
            Span<int> argmax = Argmax == null ? default : new(Argmax + (nint)start * outPlane, output.Length);
            switch (Kind)
            {
                case PoolKind.Max: ReferencePool.Max(input, output, argmax, in Geometry); break;
                case PoolKind.MaxGradient: ReferencePool.MaxGradient(output, argmax, input, in Geometry); break;
                case PoolKind.Average: ReferencePool.Average(input, output, CountPad, in Geometry); break;
                default: ReferencePool.AverageGradient(output, input, CountPad, in Geometry); break;
            }
        }
    }
}
