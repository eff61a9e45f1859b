using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;
using Reference = Dyadic.Kernels.Reference;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>[N, C, (H,) W] → [N, (H,) W, C] or back; any element type. Inserted by the layout pass; dimensions are those of the memory.</summary>
internal sealed class IntLayout(bool toChannelsLast) : IntStep
{
    private static readonly int[] Forward = [0, 2, 3, 1], Back = [0, 3, 1, 2], Rows = [0, 2, 1];

    /// <inheritdoc/>
    public override string Kernel => toChannelsLast ? "layout_nchw_nhwc" : "layout_nhwc_nchw";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs) => Reference.IntegerMovement.Transpose(
        Bytes.Of(inputs[0]), inputs[0].Dims, Bytes.Of(outputs[0]), Order(inputs[0].Rank), inputs[0].Type.Size());

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView x = inputs[0];
        if (!toChannelsLast || x.Dims[1] != 3 || x.Type.Size() != 1)
        {
            Movement.Transpose(x, outputs[0], Order(x.Rank));
            return;
        }
        int pixels = x.Length / (x.Dims[0] * 3);
        for (int n = 0; n < x.Dims[0]; n++) ThreePlanes.Interleave(x.Data + (nint)n * 3 * pixels, outputs[0].Data + (nint)n * 3 * pixels, pixels);
    }

    private int[] Order(int rank) => rank == 3 ? Rows : toChannelsLast ? Forward : Back;
}
