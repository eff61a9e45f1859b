using Dyadic.Kernels;
using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The functions of <see cref="PoolStep"/>.</summary>
public enum PoolFunction
{
    /// <summary>y = the largest value of each window.</summary>
    Max,

    /// <summary>y = the index within its plane of the first largest value of each window, int32.</summary>
    ArgMax,

    /// <summary>y = the mean of each window.</summary>
    Average,

    /// <summary>Its transpose: each value spread evenly over its window; the input has the shape of the windows, the output that of the image.</summary>
    AverageTranspose,
}

/// <summary>Pooling of images in NCHW (or NCW).</summary>
/// <param name="function">What is computed of each window.</param>
/// <param name="window">Kernel, strides, padding and dilation; one row high for NCW.</param>
/// <param name="countPad">Whether the padding counts in means.</param>
public sealed class PoolStep(PoolFunction function, Window window, bool countPad = false) : Step
{
    internal PoolFunction Function => function;

    internal bool CountPad => countPad;

    /// <inheritdoc/>
    public override string Kernel => $"pool_{function}".ToLowerInvariant();

    internal override Step? InChannelsLast(int rank) =>
        function is PoolFunction.Max or PoolFunction.Average ? new PixelPoolStep(function == PoolFunction.Max, window, countPad) : null;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView y) = (inputs[0], outputs[0]);
        PoolGeometry g = function == PoolFunction.AverageTranspose ? Geometry(y, x) : Geometry(x, y);
        if (x.Type == DType.Float32) RunSingle(x.Span<float>(), y, in g, mode);
        else if (x.Type == DType.Float64) RunDouble(x.Span<double>(), y, in g);
        else throw ConvViews.Unsupported(Kernel, x.Type);
    }

    private void RunSingle(Span<float> x, in TensorView y, in PoolGeometry g, in ExecutionMode mode)
    {
        switch (function)
        {
            case PoolFunction.Max: FloatPool.Max(x, y.Span<float>(), default, in g, mode); break;
            case PoolFunction.Average: FloatPool.Average(x, y.Span<float>(), countPad, in g, mode); break;
            case PoolFunction.AverageTranspose: FloatPool.AverageGradient(x, y.Span<float>(), countPad, in g, mode); break;
            default:
                using (ScratchBuffer<float> values = Scratch.Rent<float>(y.Length)) FloatPool.Max(x, values.Span, y.Span<int>(), in g, mode);
                break;
        }
    }

    private void RunDouble(Span<double> x, in TensorView y, in PoolGeometry g)
    {
        g.Validate();
        switch (function)
        {
            case PoolFunction.Max: ReferencePool.Max<double>(x, y.Span<double>(), default, in g); break;
            case PoolFunction.Average: ReferencePool.Average<double>(x, y.Span<double>(), countPad, in g); break;
            case PoolFunction.AverageTranspose: ReferencePool.AverageGradient<double>(x, y.Span<double>(), countPad, in g); break;
            default:
                using (ScratchBuffer<double> values = Scratch.Rent<double>(y.Length)) ReferencePool.Max<double>(x, values.Span, y.Span<int>(), in g);
                break;
        }
    }

    internal PoolGeometry Geometry(in TensorView x, in TensorView y) => new(
        x.Dims[0], x.Dims[1], x.Rank == 4 ? x.Dims[2] : 1, x.Dims[^1], y.Rank == 4 ? y.Dims[2] : 1, y.Dims[^1], window.KernelH, window.KernelW,
        window.StrideH, window.StrideW, window.Top, window.Left, window.Bottom, window.Right, window.DilationH, window.DilationW);
}
