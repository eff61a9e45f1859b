using Dyadic.Kernels;
using Dyadic.Kernels.Elementwise;
using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;
using Reference = Dyadic.Kernels.Reference;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>y = clamp(⌊((a − z_a)·A + (b − z_b)·B)·2⁻ˢ⌉ + z_y, lo, hi): a residual add with one rounding. Both inputs and y have one shape; equation (5).</summary>
/// <param name="scaleA">S_a/S_y.</param>
/// <param name="a">Format of the first input.</param>
/// <param name="scaleB">S_b/S_y.</param>
/// <param name="b">Format of the second input.</param>
/// <param name="to">Format of y; its range is the fused clamp.</param>
public sealed class IntAdd(DyadicScale scaleA, IntFormat a, DyadicScale scaleB, IntFormat b, IntFormat to) : IntStep
{
    private readonly IntegerAddition _addition = new(a.Checked(), b.Checked(), to.Checked(), AlignedPair.Of(scaleA, scaleB));

    /// <inheritdoc/>
    public override string Kernel => "add_8";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs) =>
        _addition.RunReference(Bytes.Of(inputs[0]), Bytes.Of(inputs[1]), Bytes.Of(outputs[0]));

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) => _addition.Run(
        inputs[0].Data, inputs[1].Data, outputs[0].Data, outputs[0].Length, in mode);

    /// <inheritdoc/>
    public override void Prepare(in ExecutionMode mode) => _addition.Prepare(mode.Code);

    /// <inheritdoc/>
    public override IEnumerable<GeneratedKernel> GeneratedKernels(InstructionSet set) => _addition.Kernel(set) is { } kernel ? [kernel] : [];

    internal override IntStep? InChannelsLast(int rank) => this;
}

/// <summary>y = clamp(⌊(a − z_a)(b − z_b)·m·2⁻ˢ⌉ + z_y, lo, hi). Both inputs and y have one shape; equation (6).</summary>
/// <param name="scale">S_a·S_b/S_y.</param>
/// <param name="a">Format of the first input.</param>
/// <param name="b">Format of the second input.</param>
/// <param name="to">Format of y; its range is the fused clamp.</param>
public sealed class IntMul(DyadicScale scale, IntFormat a, IntFormat b, IntFormat to) : IntStep
{
    private readonly IntFormat _a = a.Checked(), _b = b.Checked(), _to = to.Checked();

    /// <inheritdoc/>
    public override string Kernel => "mul_8";

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs) =>
        Reference.IntegerElementwise.Multiply(Bytes.Of(inputs[0]), Bytes.Of(inputs[1]), Bytes.Of(outputs[0]), _a, _b, _to, scale);

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) => IntegerElementwise.Multiply(
        inputs[0].Data, inputs[1].Data, outputs[0].Data, outputs[0].Length, _a, _b, _to, scale, in mode);

    internal override IntStep? InChannelsLast(int rank) => this;
}

/// <summary>y = table[x] for each element: any unary function or rescale of 8-bit codes; equation (7).</summary>
public sealed class IntLookup : IntStep
{
    private readonly byte[] _table;

    /// <summary>A lookup in <paramref name="table"/>, which has one byte for each of the 256 bit patterns of the input.</summary>
    /// <exception cref="ShapeException">The table has not 256 entries.</exception>
    public IntLookup(byte[] table, string name = "lookup")
    {
        Ensure.Shape(table.Length == 256, $"Lookup: the table has {table.Length} entries. Give 256, one for each code.");
        (_table, Kernel) = (table, name + "_8");
    }

    /// <inheritdoc/>
    public override string Kernel { get; }

    /// <summary>y = clamp(⌊(x − z_x)·m·2⁻ˢ⌉ + z_y, lo, hi) as a table: a change of scale, zero point, type or range.</summary>
    public static IntLookup Requantize(DyadicScale scale, IntFormat from, IntFormat to) => new(RequantizeTable(scale, from, to), "requantize");

    /// <inheritdoc/>
    public override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs) =>
        Reference.IntegerElementwise.Lookup(Bytes.Of(inputs[0]), _table, Bytes.Of(outputs[0]));

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        fixed (byte* table = _table)
            IntegerElementwise.Lookup(inputs[0].Data, table, outputs[0].Data, outputs[0].Length, in mode);
    }

    internal override IntStep? InChannelsLast(int rank) => this;

    internal static byte[] RequantizeTable(DyadicScale scale, IntFormat from, IntFormat to)
    {
        (from, to) = (from.Checked(), to.Checked());
        byte[] table = new byte[256];
        for (int bits = 0; bits < 256; bits++)
            table[bits] = IntFormat.Write(scale.Requantize(from.Read((byte)bits) - from.Zero, to.Zero, to.Lo, to.Hi));
        return table;
    }
}
