using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>What the convolution steps share: sizes and bias from views.</summary>
internal static class ConvViews
{
    /// <summary>The sizes of the convolution of <paramref name="x"/>, [N, C, H, W] or [N, C, W].</summary>
    public static ConvGeometry Geometry(in TensorView x, int outChannels, in Window w, int groups)
    {
        int height = x.Rank == 4 ? x.Dims[2] : 1;
        return new(
            x.Dims[0], x.Dims[1], height, x.Dims[^1], outChannels, groups, w.KernelH, w.KernelW,
            w.StrideH, w.StrideW, w.Top, w.Left, w.Bottom, w.Right, w.DilationH, w.DilationW);
    }

    /// <summary>The third input, or nothing.</summary>
    public static ReadOnlySpan<T> Bias<T>(ReadOnlySpan<TensorView> inputs) where T : unmanaged => inputs.Length > 2 ? inputs[2].Span<T>() : default;

    /// <summary>y[n, m, :] += bias[m].</summary>
    public static void AddBias<T>(Span<T> y, ReadOnlySpan<T> bias, int plane) where T : unmanaged, INumber<T>
    {
        if (bias.IsEmpty) return;
        for (int at = 0, m = 0; at < y.Length; at += plane, m = m + 1 == bias.Length ? 0 : m + 1)
        {
            Span<T> line = y.Slice(at, plane);
            Primitives.Add<T>(line, bias[m], line);
        }
    }

    public static PlanException Unsupported(string kernel, DType type) => new($"{kernel}: element type {type} is not supported. Cast to float32 first.");
}
