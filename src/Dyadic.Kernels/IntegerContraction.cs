using System.Numerics;
using System.Reflection;
using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Elementwise;
using Dyadic.Kernels.Jit;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>y = clamp(⌊acc·m·2⁻ˢ⌉ + z_y, lo, hi), acc = Σ w·(x − z_x) + bias, by generated kernels or byte dot products of Arm64: convolutions channels-last, and matrix products.</summary>
/// <remarks>
/// Equal to <see cref="Reference.IntegerConv"/> bit for bit. Where the set has byte dot products and weights fit a byte, codes are taken as u8 and w·z_x is moved
/// to the bias, all modulo 2³², which the true accumulator fits; managed byte tiles do the same with codes as s8. Else codes are widened to int16. Neither loses a bit of a weight: those with a
/// zero point, which need nine, are exact too.
/// </remarks>
public sealed unsafe class IntegerContraction
{
    private readonly WeightCodes _weights;
    private readonly int[] _bias;
    private readonly DyadicScale[] _scales;
    private readonly IntFormat _from, _to;
    private readonly Requantizer _requantizer;
    private readonly ContractionShape _shape;
    private readonly WeightSums[] _sums;
    private readonly IntegerAddition? _sum;
    private readonly PackedOperands?[] _packed = new PackedOperands?[InstructionSets.Count];

    /// <summary>A contraction; nothing is packed before <see cref="Prepare"/>.</summary>
    /// <param name="weights">[M, C/g, kH, kW], or [N, K] with a 1×1 window; no accumulator may reach 2³¹.</param>
    /// <param name="sums">Of the weights of each output channel.</param>
    /// <param name="bias">[M].</param>
    /// <param name="scales">[M].</param>
    /// <param name="groups">Channel groups.</param>
    /// <param name="window">Kernel, strides, padding, dilation.</param>
    /// <param name="from">Format of x.</param>
    /// <param name="to">Format of y.</param>
    /// <param name="requantizer">The same bias and scales, for what the kernels leave.</param>
    public IntegerContraction(
        WeightCodes weights, WeightSums[] sums, int[] bias, DyadicScale[] scales, int groups, in Window window, IntFormat from, IntFormat to, Requantizer requantizer)
    {
        (_weights, _sums, _bias, _scales, _from, _to, _requantizer) = (weights, sums, bias, scales, from, to, requantizer);
        _shape = new(weights.Length, bias.Length, groups, in window);
    }

    // The same with a sum behind it.
    private IntegerContraction(IntegerContraction product, IntegerAddition sum)
    {
        (_weights, _sums, _bias, _scales, _from, _to, _requantizer) = (product._weights, product._sums, product._bias, product._scales, product._from, product._to, product._requantizer);
        (_shape, _sum) = (product._shape, sum);
    }

    /// <summary>True where each output channel sees one input channel of its own: <paramref name="weights"/> weights of <paramref name="outs"/> channels.</summary>
    public static bool IsDepthwise(int weights, int outs, int groups, in Window window) => new ContractionShape(weights, outs, groups, in window).Depthwise;

    /// <summary>This contraction followed by <paramref name="sum"/> of its codes, the first term, and a residual; nothing is packed of it yet.</summary>
    public IntegerContraction With(IntegerAddition sum) => new(this, sum);

    /// <summary>The managed code that <see cref="Run"/> calls through a pointer, for whoever reads all that can run.</summary>
    public static IEnumerable<MethodInfo> ManagedTiles => typeof(ByteTile<ArmDot>).GetMethods(BindingFlags.Static | BindingFlags.Public).Where(m => m.ReturnType == typeof(void));

    /// <summary>True after <see cref="Prepare"/> has found kernels for <paramref name="mode"/>.</summary>
    public bool IsReady(in ExecutionMode mode) => Has(mode.Code) && (mode.Code != InstructionSet.None || mode.Width != SimdWidth.Scalar);

    /// <summary>Bytes of packed weights and constants, for all sets prepared so far.</summary>
    public long PackedBytes => _packed.OfType<PackedOperands>().Distinct().Sum(p => p.Bytes);

    /// <summary>The kernels for <paramref name="set"/>.</summary>
    public IEnumerable<GeneratedKernel> Kernels(InstructionSet set) => [.. Volatile.Read(ref _packed[(int)set])?.Kernels ?? [], .. _sum?.Kernel(set) is { } sum ? [sum] : (GeneratedKernel[])[]];

    /// <summary>Packs weights and constants for a set's kernels, if it has any; for <see cref="InstructionSet.None"/> for byte dot products, if the machine has them. Safe from many threads.</summary>
    public void Prepare(InstructionSet set)
    {
        if (set != InstructionSet.None) PrepareWith(set, key => KernelCache.Get(key) is { } kernel ? kernel.Run : null);
        else if (ArmDot.IsSupported) PrepareBytes<ArmDot>();
        if (_sum is not null && Volatile.Read(ref _packed[(int)set]) is { End: not TileEnd.RequantizeAdd }) _sum.Prepare(set);
    }

    /// <summary>The same with kernels on tiles from elsewhere.</summary>
    internal void PrepareWith(InstructionSet set, Func<TileKey, KernelRun?> tiles)
    {
        if (set != InstructionSet.None && !Has(set) && Packed(set, tiles) is { } packed) Volatile.Write(ref _packed[(int)set], packed);
    }

    /// <summary>Packs for managed byte tiles, unless the convolution is depthwise or a weight needs nine bits.</summary>
    internal void PrepareBytes<TDot>() where TDot : struct, IByteDot
    {
        if (Has(InstructionSet.None) || _shape.Depthwise || !_weights.AreBytes) return;
        TileEnd end = Requantized;
        Volatile.Write(ref _packed[(int)InstructionSet.None], Filled(PackedOperands.Managed(in _shape, OperandKind.U8S8, end, ByteTile<TDot>.Of(end))));
    }

    /// <summary>Runs it, and the sum where there is one; <see cref="IsReady"/> must hold for <paramref name="mode"/>.</summary>
    /// <param name="s">Sizes; a product has its rows as the height of one image.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="residual">The second term of the sum, [N, P, Q, M]; null where there is no sum.</param>
    /// <param name="y">[N, P, Q, M]; may be <paramref name="residual"/>.</param>
    /// <param name="mode">Kernels and threads.</param>
    public void Run(in WindowSizes s, byte* x, byte* residual, byte* y, in ExecutionMode mode)
    {
        PackedOperands packed = _packed[(int)mode.Code]!;
        if (_sum is null || packed.End == TileEnd.RequantizeAdd)
        {
            Contract(in s, x, packed, residual, y, in mode);
            return;
        }
        int count = checked(s.Batch * s.OutHeight * s.OutWidth * s.OutChannels);
        using ScratchBuffer<byte> codes = Scratch.Rent<byte>(count);
        Contract(in s, x, packed, null, codes.Pointer, in mode);
        _sum.Run(codes.Pointer, residual, y, count, in mode);
    }

    /// <summary>Writes Σ w·(x − z_x), without the bias, as int32; for contractions to 16 bits only.</summary>
    /// <param name="s">Sizes; a product has its rows as the height of one image.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="y">[N, P, Q, M].</param>
    /// <param name="mode">Kernels and threads.</param>
    public void RunSums(in WindowSizes s, byte* x, int* y, in ExecutionMode mode)
    {
        PackedOperands packed = _packed[(int)mode.Code]!;
        ContractionDriver.Run(in s, x, FormOf(packed), _from, packed, null, default, null, (byte*)y, in mode);
    }

    private void Contract(in WindowSizes s, byte* x, PackedOperands packed, byte* residual, byte* y, in ExecutionMode mode) =>
        ContractionDriver.Run(in s, x, FormOf(packed), _from, packed, _requantizer, default, residual, y, in mode);

    private OperandForm FormOf(PackedOperands packed) =>
        _shape.Depthwise ? OperandForm.Same :
        packed.Kind == OperandKind.S16S16 ? OperandForm.Widened :
        _from.Signed == packed.IsSigned ? OperandForm.Same : OperandForm.Flipped;

    // Of generated kernels; managed tiles and depthwise kernels leave the sum to a pass of its own.
    private TileEnd End => Requantized is TileEnd.Requantize && _sum is { Fits: true } && !_shape.Depthwise ? TileEnd.RequantizeAdd : Requantized;

    private TileEnd Requantized => !_to.IsWide && Enumerable.Range(0, _bias.Length).All(HasNoTies) ? TileEnd.Requantize : TileEnd.Store;

    private bool Has(InstructionSet set) => Volatile.Read(ref _packed[(int)set]) is not null;

    // What tiles do not serve shares the kernels on vectors.
    private PackedOperands? Packed(InstructionSet set, Func<TileKey, KernelRun?> tiles)
    {
        TileEnd end = End;
        OperandKind kind = set.HasDot() && _weights.AreBytes ? OperandKind.U8S8 : OperandKind.S16S16;
        bool onTiles = set == InstructionSet.Amx && kind == OperandKind.U8S8 && !_shape.Depthwise && TileKey.Pays(_shape.SegmentValues);
        PackedOperands? packed = onTiles ? PackedOperands.OnTiles(in _shape, end, tiles) : null;
        if (packed is null && set != set.OnVectors())
        {
            Prepare(set.OnVectors());
            return _packed[(int)set.OnVectors()];
        }
        packed ??= PackedOperands.For(in _shape, set, kind, _from.Signed ? DepthwiseKind.S8 : DepthwiseKind.U8, end);
        return packed is null ? null : Filled(packed);
    }

    private PackedOperands Filled(PackedOperands packed)
    {
        packed.Pack(_weights);
        if (packed.End == TileEnd.RequantizeAdd) _sum!.WriteConstants(packed.Codes, packed.Set);
        else if (!_to.IsWide) CodeConstants.Write(packed.Codes, _to, packed.Set);
        int flipped = _from.Signed == packed.IsSigned ? 0 : _from.Signed ? 128 : -128;
        int zero = _shape.Depthwise ? _from.Zero : packed.Kind == OperandKind.U8S8 ? _from.Zero + flipped : 0;
        for (int m = 0; m < _bias.Length; m++) Fill(packed, m, unchecked((int)(-zero * _sums[m].Sum)), packed.End);
        return packed;
    }

    private void Fill(PackedOperands packed, int channel, int compensation, TileEnd end)
    {
        byte* constants = packed.ConstantsOf(channel, out int lane);
        int bias = unchecked(_bias[channel] + compensation);
        ((int*)(constants + ChannelConstants.Bias))[lane] = end == TileEnd.Store ? compensation : bias;
        if (end == TileEnd.Store) return;
        DyadicScale scale = ScaleOf(channel);
        int shift = scale.Multiplier == 0 ? 33 : scale.Shift;
        ((int*)(constants + ChannelConstants.Multiplier))[lane] = scale.Multiplier;
        if (lane % 2 != 0) ((int*)(constants + ChannelConstants.OddMultiplier))[lane - 1] = scale.Multiplier;
        ((int*)(constants + ChannelConstants.Rounding))[lane] = (int)Rounding(shift);
        ((int*)(constants + ChannelConstants.Shift))[lane] = shift - 32;
    }

    // 2ˢ⁻³³ + z·2ˢ⁻³², z that of the unsigned code.
    private long Rounding(int shift) => (1L + 2 * (_to.Zero + CodeConstants.Offset(_to))) << (shift - 33);

    // max |acc|.
    private long Bound(int channel) => _sums[channel].Magnitude * _from.Reach + Math.Abs((long)_bias[channel]);

    // The scale as the kernels take it: one under which every accumulator rounds to 0 is 0, as of channels that were pruned away.
    private DyadicScale ScaleOf(int channel)
    {
        DyadicScale scale = _scales[channel];
        return scale.Multiplier > 0 && (scale.Shift > 62 || (Int128)Bound(channel) * scale.Multiplier < (Int128)1 << (scale.Shift - 1)) ? new(0, 33) : scale;
    }

    // |acc| < 2^(s − 1 − tz(m)) leaves no acc ≠ 0 with acc·m ≡ 2ˢ⁻¹ mod 2ˢ; the high half of the product must fit 32 bits with what is added to it.
    private bool HasNoTies(int channel)
    {
        DyadicScale scale = ScaleOf(channel);
        if (scale.Multiplier == 0) return true;
        Int128 bound = Bound(channel), product = bound * scale.Multiplier, one = 1;
        return scale is { Multiplier: > 0, Shift: >= 33 and <= 62 } && bound < one << (scale.Shift - 1 - BitOperations.TrailingZeroCount(scale.Multiplier)) &&
            (product >> 32) + Math.Abs(Rounding(scale.Shift)) < int.MaxValue;
    }
}
