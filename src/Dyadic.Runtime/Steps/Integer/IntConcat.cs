using Dyadic.Kernels;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = the inputs one after the other along an axis, each element rescaled: clamp(⌊(x − z_i)·mᵢ·2⁻ˢⁱ⌉ + z_y, lo, hi). 8-bit elements; equation (14).</summary>
public sealed class IntConcat : IntStep
{
    private readonly byte[][] _tables;
    private readonly int _axis;

    /// <summary>Concatenates inputs of different scales.</summary>
    /// <param name="axis">The axis, ≥ 0.</param>
    /// <param name="scales">S_i/S_y for each input.</param>
    /// <param name="from">The format of each input.</param>
    /// <param name="to">Format of y.</param>
    public IntConcat(int axis, DyadicScale[] scales, IntFormat[] from, IntFormat to)
        : this(axis, [.. scales.Zip(from, (s, f) => IntLookup.RequantizeTable(s, f, to))]) =>
        Ensure.Shape(scales.Length == from.Length && axis >= 0, $"Concat: {scales.Length} scales and {from.Length} formats along axis {axis}. Give one of each for an input.");

    private IntConcat(int axis, byte[][] tables) => (_axis, _tables) = (axis, tables);

    /// <inheritdoc/>
    public override string Kernel => "concat_8";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        Span<byte> y = Bytes.Of(outputs[0]);
        int outer = 1, at = 0;
        for (int d = 0; d < _axis; d++) outer *= outputs[0].Dims[d];
        for (int o = 0; o < outer; o++)
            for (int k = 0; k < inputs.Length; k++)
            {
                int run = inputs[k].Length / outer;
                foreach (byte bits in Bytes.Of(inputs[k]).Slice(o * run, run)) y[at++] = _tables[k][bits];       // (14)
            }
    }

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) => RunReference(inputs, outputs);

    internal override IntStep InChannelsLast(int rank) => new IntConcat(ChannelsLast.Axis(_axis, rank), _tables);
}
