using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Managed;

/// <summary>The end of a contraction for each output channel: q = clamp(⌊(acc + bias)·m·2⁻ˢ⌉ + z, lo, hi), half to even, by scalars or vectors. Immutable.</summary>
/// <remarks>
/// For vectors each panel of 16 channels holds seven rows of 16 int32 (shift and half as int64, even channels and odd ones apart):
/// <code>
/// bias | m | s of 0, 2, … | s of 1, 3, … | 2ˢ⁻¹ − 1 of 0, 2, … | of 1, 3, … | z − 2⁶²⁻ˢ
/// </code>
/// With t = acc·m + 2⁶² ≥ 0 a logical shift serves: ⌊acc·m·2⁻ˢ⌉ = ((t + 2ˢ⁻¹ − 1 + (t ≫ s mod 2)) ≫ s) − 2⁶²⁻ˢ, exact for 1 ≤ s ≤ 61 since 2⁶²⁻ˢ is even.
/// Channels whose result might leave 30 bits, or whose s lies outside, make the whole layer scalar. docs/equations/integer-steps.md, (15).
/// </remarks>
public sealed unsafe class Requantizer
{
    private const int RowInts = 16, PanelInts = 7 * RowInts;
    private readonly int[] _bias;
    private readonly DyadicScale[] _scales;
    private readonly int* _panels;

    /// <summary>Prepares the channels of one layer.</summary>
    /// <param name="bias">For each channel, in units of the accumulator.</param>
    /// <param name="scales">For each channel.</param>
    /// <param name="to">Zero point and range of the result.</param>
    /// <param name="bound">A bound of |acc + bias| over all channels, below 2³¹.</param>
    /// <param name="group">Channels that share panels: the last panel of each group is filled up.</param>
    public Requantizer(ReadOnlySpan<int> bias, ReadOnlySpan<DyadicScale> scales, IntFormat to, long bound, int group)
    {
        (_bias, _scales, To, Group) = (bias.ToArray(), scales.ToArray(), to, group);
        GroupPanels = (group + PackedWeights.Panel - 1) / PackedWeights.Panel;
        Vectorised = _scales.All(s => Fits(s, bound));
        nuint bytes = (nuint)(_bias.Length / group * GroupPanels * PanelInts * sizeof(int));
        _panels = (int*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(_panels, bytes);
        if (Vectorised)
            for (int c = 0; c < _bias.Length; c++) Fill(c);
    }

    /// <summary>Frees the panels.</summary>
    ~Requantizer() => NativeMemory.AlignedFree(_panels);

    /// <summary>Zero point and range of the result.</summary>
    public IntFormat To { get; }

    internal int Group { get; }

    internal int GroupPanels { get; }

    /// <summary>True when every channel fits the vector form.</summary>
    public bool Vectorised { get; }

    /// <summary>A requantiser for each scale alone, all 16 channels of its panel alike.</summary>
    internal static Requantizer Uniform(ReadOnlySpan<DyadicScale> scales, IntFormat to, long bound)
    {
        DyadicScale[] all = new DyadicScale[scales.Length * PackedWeights.Panel];
        for (int i = 0; i < all.Length; i++) all[i] = scales[i / PackedWeights.Panel];
        return new(new int[all.Length], all, to, bound, PackedWeights.Panel);
    }

    /// <summary>The definition: one channel, one accumulator.</summary>
    internal byte Scalar(int channel, int acc) => IntFormat.Write(Code(channel, acc));

    /// <summary>The same, before it is stored.</summary>
    internal int Code(int channel, int acc) => _scales[channel].Requantize(acc + _bias[channel], To.Zero, To.Lo, To.Hi);

    /// <summary>The panel that holds channel 16·<paramref name="panel"/> of a group.</summary>
    internal int* At(int group, int panel) => _panels + (group * GroupPanels + panel) * PanelInts;

    /// <summary>One vector of channels starting at a multiple of Lanes of a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TVector Apply<TOps, TVector>(TVector acc, int* panel, TVector lo, TVector hi)
        where TOps : IIntVector<TVector> where TVector : unmanaged
    {
        acc = TOps.Add(acc, TOps.Load(panel));
        // One further on, the odd channels' multipliers stand in the even lanes.
        TVector even = TOps.MultiplyEven(acc, TOps.Load(panel + RowInts)), odd = TOps.MultiplyEven(TOps.OddToEven(acc), TOps.Load(panel + RowInts + 1));
        even = RoundShift<TOps, TVector>(even, TOps.Load(panel + 2 * RowInts), TOps.Load(panel + 4 * RowInts));
        odd = RoundShift<TOps, TVector>(odd, TOps.Load(panel + 3 * RowInts), TOps.Load(panel + 5 * RowInts));
        TVector q = TOps.Or(TOps.And(even, TOps.Splat64(uint.MaxValue)), TOps.EvenToOdd(odd));
        return TOps.Clamp(TOps.Add(q, TOps.Load(panel + 6 * RowInts)), lo, hi);
    }

    // 64-bit pairs: ⌊v·2⁻ˢ⌉ + 2⁶²⁻ˢ, half to even.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static TVector RoundShift<TOps, TVector>(TVector v, TVector shift, TVector half)
        where TOps : IIntVector<TVector> where TVector : unmanaged
    {
        TVector t = TOps.Add64(v, TOps.Splat64(1L << 62));
        TVector parity = TOps.And(TOps.ShiftRight64(t, shift), TOps.Splat64(1));
        return TOps.ShiftRight64(TOps.Add64(TOps.Add64(t, half), parity), shift);      // (15)
    }

    internal static bool Fits(DyadicScale scale, long bound) =>
        scale.Multiplier == 0 || (scale.Multiplier > 0 && scale.Shift is >= 1 and <= 61 && (Int128)bound * scale.Multiplier >> scale.Shift < 1 << 30);

    private void Fill(int channel)
    {
        DyadicScale scale = _scales[channel];
        int shift = scale.Multiplier == 0 ? 61 : scale.Shift, c = channel % Group % RowInts;
        int* panel = At(channel / Group, channel % Group / RowInts);
        panel[c] = _bias[channel];
        panel[RowInts + c] = scale.Multiplier;
        ((long*)(panel + (2 + c % 2) * RowInts))[c / 2] = shift;
        ((long*)(panel + (4 + c % 2) * RowInts))[c / 2] = (1L << (shift - 1)) - 1;
        panel[6 * RowInts + c] = To.Zero - (int)(1L << (62 - shift));
    }
}
