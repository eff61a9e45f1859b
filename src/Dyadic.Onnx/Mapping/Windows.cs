using Dyadic.Ir;
using Dyadic.Onnx.Importing;

namespace Dyadic.Onnx.Mapping;

/// <summary>Attributes of convolutions and poolings: automatic padding becomes explicit.</summary>
/// <param name="Kernel">The window, one entry a spatial axis.</param>
/// <param name="Strides">Steps between windows.</param>
/// <param name="Pads">All befores, then all afters.</param>
/// <param name="Dilations">Steps between taps.</param>
internal readonly record struct Windows(Dims Kernel, Dims Strides, Dims Pads, Dims Dilations)
{
    /// <summary>The attributes of a node.</summary>
    /// <param name="n">The node; input 0 is [N, C, spatial …].</param>
    /// <param name="kernel">The window where the weights give it, else null: the attribute is needed.</param>
    public static Windows Of(NodeImport n, int[]? kernel)
    {
        int[]? written = n.Ints("kernel_shape");
        NodeImport.Require(written is not null || kernel is not null, "kernel_shape is missing");
        NodeImport.Require(written is null || kernel is null || written.SequenceEqual(kernel), $"kernel_shape [{string.Join(", ", written ?? [])}] is not that of the weights");
        kernel ??= written!;
        int axes = n[0].Shape.Rank - 2;
        NodeImport.Require(kernel.Length == axes, $"kernel_shape has {kernel.Length} entries, the input {n[0].Shape} has {axes} spatial axes");
        int[] strides = List(n, "strides", axes, 1), dilations = List(n, "dilations", axes, 1), pads = List(n, "pads", 2 * axes, 0);
        NodeImport.Require(strides.All(s => s > 0) && dilations.All(d => d > 0) && kernel.All(k => k > 0), "kernel, strides and dilations must be positive");
        string auto = n.Text("auto_pad", "NOTSET");
        if (auto == "VALID") Array.Clear(pads);
        else if (auto is "SAME_UPPER" or "SAME_LOWER") Same(n[0].Shape, kernel, strides, dilations, pads, auto == "SAME_UPPER");
        else NodeImport.Require(auto is "NOTSET" or "", $"auto_pad '{auto}' is unknown");
        return new([.. kernel], [.. strides], [.. pads], [.. dilations]);
    }

    /// <summary>The entries of <paramref name="count"/> axes from <paramref name="first"/> on.</summary>
    public Windows Slice(int first, int count)
    {
        int axes = Kernel.Count;
        return new(
            [.. Kernel.Span.Slice(first, count)], [.. Strides.Span.Slice(first, count)],
            [.. Pads.Span.Slice(first, count), .. Pads.Span.Slice(axes + first, count)], [.. Dilations.Span.Slice(first, count)]);
    }

    /// <summary>A window of one axis as one of two, of size 1 along the second.</summary>
    public Windows WithUnitAxis() => new([Kernel[0], 1], [Strides[0], 1], [Pads[0], 0, Pads[1], 0], [Dilations[0], 1]);

    /// <summary>⌊(size + pads − d·(k − 1) − 1)/s⌋ + 1: the windows along an axis of a known size, none where one does not fit.</summary>
    public int Count(int size, int axis)
    {
        int room = size + Pads[axis] + Pads[axis + Kernel.Count] - (Dilations[axis] * (Kernel[axis] - 1)) - 1;
        return room < 0 ? 0 : (room / Strides[axis]) + 1;
    }

    /// <summary>Returns a pooling of <paramref name="x"/>, over any number of spatial axes.</summary>
    /// <param name="n">The node.</param>
    /// <param name="window">The window.</param>
    /// <param name="x">What is pooled.</param>
    /// <param name="pool">The pooling over one or two axes.</param>
    public static void Pool(NodeImport n, Windows window, Value x, Func<Windows, Op> pool)
    {
        if (window.Kernel.Count <= 2) n.Return(pool(window), x);
        else Volumes.Pool(n, window, x, pool);
    }

    /// <summary>A list attribute with a default for each entry.</summary>
    public static int[] List(NodeImport n, string name, int count, int otherwise)
    {
        int[] list = n.Ints(name) is { Length: > 0 } given ? given : [.. Enumerable.Repeat(otherwise, count)];
        NodeImport.Require(list.Length == count, $"{name} has {list.Length} entries, {count} are needed");
        return list;
    }

    // ⌈in/s⌉ windows: the padding is what they lack, the odd element behind (upper) or in front (lower).
    private static void Same(Shape x, int[] kernel, int[] strides, int[] dilations, int[] pads, bool upper)
    {
        for (int i = 0; i < kernel.Length; i++)
        {
            Dim size = x[i + 2];
            if (!size.IsKnown && strides[i] > 1)
                throw new ImportRefusal($"auto_pad needs the size of axis {i + 2} of {x}, which is symbolic; bind it to a size on import");
            int reach = (dilations[i] * (kernel[i] - 1)) + 1;
            int total = size.IsKnown ? Math.Max(((((size.Size + strides[i] - 1) / strides[i]) - 1) * strides[i]) + reach - size.Size, 0) : reach - 1;
            (pads[i], pads[i + kernel.Length]) = upper ? (total / 2, total - (total / 2)) : (total - (total / 2), total / 2);
        }
    }
}
