using Dyadic.Kernels;
using Dyadic.Kernels.Reference;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = the index (Int64) of the greatest code along an axis; equation (13).</summary>
/// <param name="axis">The axis, ≥ 0; whether it stays with size 1 shows in the output's dimensions.</param>
/// <param name="format">Format of x.</param>
/// <param name="selectLast">Of equal codes take the last index, else the first.</param>
public sealed class IntArgMax(int axis, IntFormat format, bool selectLast = false) : IntStep
{
    private readonly IntFormat _format = format.Checked();

    /// <inheritdoc/>
    public override string Kernel => "argmax_8";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        int[] dims = inputs[0].Dims;
        int outer = 1, inner = 1;
        for (int d = 0; d < axis; d++) outer *= dims[d];
        for (int d = axis + 1; d < dims.Length; d++) inner *= dims[d];
        IntegerMovement.ArgMax(Bytes.Of(inputs[0]), outer, dims[axis], inner, Bytes.Longs(outputs[0]), _format, selectLast);
    }

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) => RunReference(inputs, outputs);
}
