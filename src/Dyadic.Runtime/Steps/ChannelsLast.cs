using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps;

/// <summary>[N, C, (H,) W] in the order [N, (H,) W, C]: attributes, axes, and memory.</summary>
internal static class ChannelsLast
{
    /// <summary>True for the ranks that have such an order.</summary>
    public static bool Has(int rank) => rank is 3 or 4;

    /// <summary>One number for each axis, in the other order.</summary>
    public static int[] Of(int[] logical) => [logical[0], .. logical[2..], logical[1]];

    /// <summary>Where a logical axis of a value of <paramref name="rank"/> dimensions goes.</summary>
    public static int Axis(int axis, int rank = 4) => axis == 0 ? 0 : axis == 1 ? rank - 1 : axis - 1;

    /// <summary>True when both orders are the same bytes: C = 1 or H·W = 1. Dimensions are logical.</summary>
    public static bool SameBytes(int[] dims) => dims[1] == 1 || Pixels(dims) == 1;

    /// <summary>Logical elements of <paramref name="size"/> bytes in the other order.</summary>
    public static byte[] Of(ReadOnlySpan<byte> logical, int[] dims, int size)
    {
        byte[] moved = new byte[logical.Length];
        Swap(logical, moved, dims[0], dims[1], (int)Pixels(dims), size);
        return moved;
    }

    /// <summary>Runs a step that wants channels-last on logical views, by way of copies.</summary>
    public static unsafe void Run(Step step, ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        NativeMemoryBlock[] blocks = new NativeMemoryBlock[inputs.Length + outputs.Length];
        TensorView[] x = new TensorView[inputs.Length], y = new TensorView[outputs.Length];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = Twin(inputs[i], ref blocks[i]);
            if (Has(inputs[i].Rank)) Swap(Bytes.Of(inputs[i]), Bytes.Of(x[i]), inputs[i].Dims[0], inputs[i].Dims[1], (int)Pixels(inputs[i].Dims), inputs[i].Type.Size());
        }
        for (int o = 0; o < y.Length; o++) y[o] = Twin(outputs[o], ref blocks[x.Length + o]);
        step.Run(x, y, in mode);
        for (int o = 0; o < y.Length; o++)
            if (Has(outputs[o].Rank)) Swap(Bytes.Of(y[o]), Bytes.Of(outputs[o]), outputs[o].Dims[0], (int)Pixels(outputs[o].Dims), outputs[o].Dims[1], outputs[o].Type.Size());
        GC.KeepAlive(blocks);
    }

    private static unsafe TensorView Twin(in TensorView view, ref NativeMemoryBlock block)
    {
        if (!Has(view.Rank)) return view;
        block = new((long)view.Length * view.Type.Size());
        return new(view.Type, Of(view.Dims), block.Pointer);
    }

    // y [N, columns, rows] = x [N, rows, columns]
    private static void Swap(ReadOnlySpan<byte> x, Span<byte> y, int batch, int rows, int columns, int size)
    {
        for (int n = 0; n < batch; n++)
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < columns; c++)
                    x.Slice(((n * rows + r) * columns + c) * size, size).CopyTo(y[(((n * columns + c) * rows + r) * size)..]);
    }

    private static long Pixels(int[] dims)
    {
        long n = 1;
        foreach (int d in dims.AsSpan(2)) n *= d;
        return n;
    }
}
