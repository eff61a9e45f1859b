using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Convolutions and poolings over three and more spatial axes as those over the last two of them.</summary>
/// <remarks>
/// A convolution is gathered along the outer axis: slice o of the result sees slices o·s + u·d − pad of x, which become channels beside each other, and o joins the batch:
/// [N, C, D, …] → [N, C, O, k, …] → [N·O, C·k, …], with weights [M, C/g·k, …]. Slices in the padding are read from one slice of zeros behind the last one.
/// Poolings go axis by axis: a maximum of maxima, and a mean of means, since the number of values of a window is the product of those along its axes.
/// </remarks>
internal static class Volumes
{
    /// <summary>Returns the convolution of input 0 with input 1, + input 2.</summary>
    public static void Convolve(NodeImport n, Windows w, int groups)
    {
        Folded y = Convolve(n, n[0], n[1], w, groups);
        n.Return(y.Order, y.Value);
    }

    /// <summary>Returns the transposed convolution of input 0 with input 1, + input 2.</summary>
    /// <param name="n">The node.</param>
    /// <param name="w">The window of the convolution from the result to input 0.</param>
    /// <param name="extra">The output padding.</param>
    /// <param name="groups">Channel groups.</param>
    public static void ConvolveTransposed(NodeImport n, Windows w, int[] extra, int groups)
    {
        Folded y = ConvolveTransposed(n, n[0], n[1], w, extra, groups);
        n.Return(y.Order, y.Value);
    }

    /// <summary>Returns a pooling of <paramref name="x"/>.</summary>
    /// <param name="n">The node.</param>
    /// <param name="w">The window.</param>
    /// <param name="x">What is pooled.</param>
    /// <param name="pool">The pooling over two axes.</param>
    public static void Pool(NodeImport n, Windows w, Value x, Func<Windows, Op> pool)
    {
        int axes = w.Kernel.Count;
        int[] spatial = Sizes(x.Shape);
        Value y = n.Emit(pool(w.Slice(axes - 2, 2)), n.Emit(new Reshape([0, -1, spatial[^2], spatial[^1]]), x));
        (spatial[^2], spatial[^1]) = (y.Shape[2], y.Shape[3]);
        for (int axis = axes - 3; axis >= 0; axis--)
        {
            int inner = spatial[(axis + 1)..].Aggregate((a, b) => a * b);
            y = n.Emit(pool(w.Slice(axis, 1).WithUnitAxis()), n.Emit(new Reshape([0, -1, spatial[axis], inner]), y));
            spatial[axis] = y.Shape[2];
        }
        n.Return(new Reshape([0, -1, .. spatial]), y);
    }

    private static Folded Convolve(NodeImport n, Value x, Value w, Windows window, int groups)
    {
        (int kernel, int axes, int outputs) = (window.Kernel[0], window.Kernel.Count, window.Count(Sizes(x.Shape)[0], 0));
        NodeImport.Require(outputs > 0, $"the window {window.Kernel} does not fit {x.Shape}");
        Value slices = Slices(n, x, outputs, kernel, (o, u) => (o * window.Strides[0]) + (u * window.Dilations[0]) - window.Pads[0]);
        int[] weights = w.Shape.ToArray();
        Value flat = n.Emit(new Reshape([weights[0], weights[1] * kernel, .. weights[3..]]), w);
        Windows inner = window.Slice(1, axes - 1);
        Value y = axes > 3
            ? Emit(n, Convolve(n, slices, flat, inner, groups))
            : n.Emit(new Conv(inner.Strides, inner.Pads, inner.Dilations, groups), [slices, flat, .. Bias(n)]);
        return Unfold(n, y, outputs);
    }

    private static Folded ConvolveTransposed(NodeImport n, Value x, Value w, Windows window, int[] extra, int groups)
    {
        int[] weights = w.Shape.ToArray();
        (int size, int kernel, int stride, int axes) = (Sizes(x.Shape)[0], window.Kernel[0], window.Strides[0], window.Kernel.Count);
        int outputs = (stride * (size - 1)) + extra[0] + (window.Dilations[0] * (kernel - 1)) + 1 - window.Pads[0] - window.Pads[axes];
        NodeImport.Require(outputs > 0, $"padding leaves nothing of {x.Shape}");
        Value slices = Slices(n, x, outputs, kernel, (o, u) => o + window.Pads[0] - (u * window.Dilations[0]) is var at && at % stride == 0 ? at / stride : -1);
        Value turned = n.Emit(new Transpose([0, 2, 1, .. Enumerable.Range(3, axes - 1)]), w);
        Value flat = n.Emit(new Reshape([weights[0] * kernel, weights[1], .. weights[3..]]), turned);
        Windows inner = window.Slice(1, axes - 1);
        Value y = axes > 3
            ? Emit(n, ConvolveTransposed(n, slices, flat, inner, extra[1..], groups))
            : n.Emit(new ConvTranspose(inner.Strides, inner.Pads, inner.Dilations, [.. extra[1..]], groups), [slices, flat, .. Bias(n)]);
        return Unfold(n, y, outputs);
    }

    // x [N, C, D, …] → [N·O, C·k, …]: slice source(o, u) for tap u of output o, zeros where there is none.
    private static Value Slices(NodeImport n, Value x, int outputs, int kernel, Func<int, int, int> source)
    {
        n.RequireFew((double)outputs * kernel);
        int[] spatial = Sizes(x.Shape), table = new int[outputs * kernel];
        int channels = x.Shape[1].IsKnown ? x.Shape[1].Size : throw new ImportRefusal($"the number of channels of {x.Shape} is symbolic; bind it to a size on import");
        for (int i = 0; i < table.Length; i++)
            table[i] = source(i / kernel, i % kernel) is var at && (uint)at < (uint)spatial[0] ? at : spatial[0];
        int rank = x.Shape.Rank;
        int[] pads = new int[2 * rank];
        pads[rank + 2] = 1;
        Value whole = table.Contains(spatial[0]) ? n.Emit(new Pad([.. pads]), x) : x;
        Value taps = n.Emit(new Gather(2), whole, n.NewConstant("slices", Tensor.From(table, Shape.Of(outputs, kernel))));
        return n.Emit(new Reshape([-1, channels * kernel, .. spatial[1..]]), n.Emit(new Transpose([0, 2, 1, .. Enumerable.Range(3, rank - 2)]), taps));
    }

    // y [N·O, M, …] → [N, O, M, …].
    private static Folded Unfold(NodeImport n, Value y, int outputs)
    {
        int[] rest = Array.ConvertAll(y.Shape.Span[1..].ToArray(), d => d.Size);
        return new(n.Emit(new Reshape([-1, outputs, .. rest]), y), new([0, 2, 1, .. Enumerable.Range(3, rest.Length - 1)]));
    }

    private static Value Emit(NodeImport n, Folded y) => n.Emit(y.Order, y.Value);

    private static Value[] Bias(NodeImport n) => n.Optional(2) is { } bias ? [bias] : [];

    private static int[] Sizes(Shape x)
    {
        NodeImport.Require(x.Span[2..].ToArray().All(d => d.IsKnown), $"three and more spatial axes need their sizes; {x} has symbolic ones: bind them on import");
        return [.. x.Span[2..].ToArray().Select(d => d.Size)];
    }

    // A result [N, O, M, …], and the order of axes that makes it [N, M, O, …].
    private readonly record struct Folded(Value Value, Transpose Order);
}
