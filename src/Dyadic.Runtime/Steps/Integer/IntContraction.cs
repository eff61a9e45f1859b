using Dyadic.Kernels;
using Dyadic.Kernels.Elementwise;
using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Integer;

/// <summary>
/// q = clamp(⌊acc·m·2⁻ˢ⌉ + z_q, lo, hi), acc = Σ w·(x − z_x) + bias: a convolution or a matrix product; y = q, or the sum of q and a residual r of its shape,
/// y = clamp(⌊((q − z_q)·A + (r − z_r)·B)·2⁻ᵗ⌉ + z_y, lo_y, hi_y), as <see cref="IntAdd"/> makes it.
/// </summary>
/// <remarks>Inputs: x and, where it is added, r, whose memory y may take. Equations (2), (4), (5) of docs/equations/integer-steps.md.</remarks>
public abstract class IntContraction : IntStep
{
    private readonly string _name;
    private IntegerContraction _generated;
    private IntegerAddition? _sum;

    private protected IntContraction(string name, WeightCodes weights, int[] bias, DyadicScale[] scales, in Window window, int groups, IntFormat from, IntFormat to)
    {
        int outs = bias.Length;
        (Weights, Bias, From, Codes) = (weights, bias, from.Checked(), to.Checked());
        Scales = scales.Length == outs ? scales : [.. Enumerable.Repeat(scales[0], outs)];
        IsDepthwise = IntegerContraction.IsDepthwise(weights.Length, outs, groups, in window);
        _name = IsDepthwise ? "depthwise" : name;
        WeightSums[] sums = weights.Sums();
        WorstAccumulator = AccumulatorBound.Prove(Kernel, sums, weights.Length / outs, bias, from);
        Requantizer = new(bias, Scales, to, WorstAccumulator, IsDepthwise ? outs : outs / groups);
        _generated = new(weights, sums, bias, Scales, groups, in window, from, to, Requantizer);
    }

    /// <summary>Format of x; its range tightens the accumulator bound.</summary>
    public IntFormat From { get; }

    /// <summary>Format of y; its range is the fused clamp.</summary>
    public IntFormat To => _sum?.To ?? Codes;

    /// <summary>max |acc| that any input in range can cause; below 2³¹.</summary>
    public long WorstAccumulator { get; }

    /// <summary>True where each output channel sees one input channel of its own.</summary>
    public bool IsDepthwise { get; }

    /// <summary>True where a second input is added.</summary>
    public bool HasResidual => _sum is not null;

    /// <inheritdoc/>
    public sealed override string Kernel => $"{_name}_{From.Name}{(Weights.AreNibbles ? "s4" : "s8")}s32";

    /// <inheritdoc/>
    public override string Details => HasResidual ? "+ residual" : "";

    /// <inheritdoc/>
    public sealed override int InPlaceInput => HasResidual ? 1 : -1;

    // Format of q.
    private protected IntFormat Codes { get; }

    private protected WeightCodes Weights { get; }

    private protected int[] Bias { get; }

    private protected DyadicScale[] Scales { get; }

    // Bytes of weights, but for what managed kernels have packed.
    private protected long HeldBytes => Weights.HeldBytes + _generated.PackedBytes;

    private protected Requantizer Requantizer { get; }

    /// <summary>This step with a residual added to its codes: the bytes of an <see cref="IntAdd"/> behind it, of formats and scales in this order.</summary>
    /// <param name="scale">S_q/S_y.</param>
    /// <param name="residualScale">S_r/S_y.</param>
    /// <param name="residual">Format of the residual.</param>
    /// <param name="to">Format of y; its range is the fused clamp.</param>
    /// <exception cref="PlanException">The step adds a residual already.</exception>
    public IntContraction WithResidual(DyadicScale scale, DyadicScale residualScale, IntFormat residual, IntFormat to)
    {
        if (HasResidual) throw new PlanException($"plan: step {Kernel} adds a residual already. Add the second one by IntAdd.");
        IntContraction copy = (IntContraction)MemberwiseClone();      // all else is immutable, or packed weights that both may use
        copy._sum = new(Codes, residual.Checked(), to.Checked(), AlignedPair.Of(scale, residualScale));
        copy._generated = _generated.With(copy._sum);
        return copy;
    }

    /// <inheritdoc/>
    public sealed override IEnumerable<GeneratedKernel> GeneratedKernels(InstructionSet set) => _generated.Kernels(set);

    /// <inheritdoc/>
    public sealed override void Prepare(in ExecutionMode mode)
    {
        if (!AlwaysManaged(in mode)) _generated.Prepare(mode.Code);
        if (!_generated.IsReady(in mode)) PrepareManaged();
    }

    /// <inheritdoc/>
    public sealed override void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        Span<byte> y = Bytes.Of(outputs[0]), q = _sum is null ? y : new byte[y.Length];
        Define(inputs[0], outputs[0].Dims, q);
        _sum?.RunReference(q, Bytes.Of(inputs[1]), y);
    }

    /// <inheritdoc/>
    public sealed override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        WindowSizes s = SizesOf(inputs[0], outputs[0]);
        int count = outputs[0].Length;
        byte* x = inputs[0].Data, residual = _sum is null ? null : inputs[1].Data, y = outputs[0].Data;
        ExecutionMode used = (long)count * (Weights.Length / Bias.Length) < SmallWork ? mode with { Threads = 1 } : mode;
        if (_generated.IsReady(in mode) && !PrefersManaged(in s, in mode)) _generated.Run(in s, x, residual, y, in used);
        else if (_sum is null) RunManaged(in s, x, y, in used);
        else
        {
            using ScratchBuffer<byte> q = Scratch.Rent<byte>(count);
            RunManaged(in s, x, q.Pointer, in used);
            _sum.Run(q.Pointer, residual, y, count, in used);
        }
        GC.KeepAlive(this);
    }

    // The sizes of a run, x and y being channels-last.
    private protected abstract WindowSizes SizesOf(in TensorView x, in TensorView y);

    // q by the definition, x being in logical order.
    private protected abstract void Define(in TensorView x, int[] dims, Span<byte> q);

    private protected abstract void PrepareManaged();

    // Whether managed code is the better one for these sizes, and whether for all.
    private protected virtual bool PrefersManaged(in WindowSizes s, in ExecutionMode mode) => false;

    private protected virtual bool AlwaysManaged(in ExecutionMode mode) => false;

    private protected abstract unsafe void RunManaged(in WindowSizes s, byte* x, byte* q, in ExecutionMode mode);
}
