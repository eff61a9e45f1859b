using Dyadic.Kernels;
using Dyadic.Kernels.Reference;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>[N, C, (H,) W] → [N, (H,) W, C] or back; any element type. Inserted by the layout pass; dimensions are those of the memory.</summary>
internal sealed class IntLayout(bool toChannelsLast) : IntStep
{
    private static readonly int[] Forward = [0, 2, 3, 1], Back = [0, 3, 1, 2], Rows = [0, 2, 1];

    /// <inheritdoc/>
    public override string Kernel => toChannelsLast ? "layout_nchw_nhwc" : "layout_nhwc_nchw";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs) => IntegerMovement.Transpose(
        Bytes.Of(inputs[0]), inputs[0].Dims, Bytes.Of(outputs[0]), Order(inputs[0].Rank), inputs[0].Type.Size());

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) =>
        Movement.Transpose(inputs[0], outputs[0], Order(inputs[0].Rank));

    private int[] Order(int rank) => rank == 3 ? Rows : toChannelsLast ? Forward : Back;
}
