using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Managed;

/// <summary>Weights w of −8 to 7 as u = w + 8 in four bits, by output channel, ready for <see cref="NibbleDot"/>. Immutable.</summary>
/// <remarks>
/// <code>
/// [channel][block of 64 k][byte j = 0 … 31]      u[64·block + j] in the low half, u[64·block + 32 + j] in the high one; u = 8 where channel or k do not exist
/// </code>
/// Channels are filled up to panels of <see cref="PackedWeights.Panel"/>.
/// </remarks>
internal sealed unsafe class NibbleRows
{
    /// <summary>Values of a block, and its bytes.</summary>
    public const int Block = 64, BlockBytes = Block / 2;

    /// <summary>u of w = 0.</summary>
    public const int Offset = 8;

    private const int Panel = PackedWeights.Panel;

    private readonly NativeMemoryBlock _data;
    private readonly int[] _sums;

    /// <summary>Packs codes, all of which must fit.</summary>
    /// <param name="codes">By columns, [K, M].</param>
    /// <param name="sums">Of each of the M columns.</param>
    public NibbleRows(ReadOnlySpan<sbyte> codes, WeightSums[] sums)
    {
        int outs = sums.Length;
        (Outputs, Inner, _sums) = (outs, codes.Length / outs, new int[(outs + Panel - 1) / Panel * Panel]);
        Blocks = (Inner + Block - 1) / Block;
        _data = new((long)_sums.Length * RowBytes);
        new Span<byte>(_data.Pointer, checked((int)_data.Bytes)).Fill(Offset * 17);
        int wide = outs / Panel * Panel;
        fixed (sbyte* c = codes)
            for (int block = 0; block < Inner / Block; block++)
                for (int n = 0; n < wide; n += Panel) SetBlock(c + (nint)block * Block * outs + n, n, block);
        for (int n = 0; n < outs; n++)
            for (int k = n < wide ? Inner / Block * Block : 0; k < Inner; k++) Set(n, k, codes[At(n, k)]);
        for (int n = 0; n < outs; n++) _sums[n] = (int)sums[n].Sum;
    }

    /// <summary>True where all codes fit.</summary>
    public static bool Fit(ReadOnlySpan<sbyte> codes) => !codes.ContainsAnyExceptInRange((sbyte)-Offset, (sbyte)(Offset - 1));

    /// <summary>M.</summary>
    public int Outputs { get; }

    /// <summary>K.</summary>
    public int Inner { get; }

    /// <summary>Blocks of a channel.</summary>
    public int Blocks { get; }

    /// <summary>Bytes of a channel.</summary>
    public nint RowBytes => (nint)Blocks * BlockBytes;

    /// <summary>Bytes held.</summary>
    public long Bytes => _data.Bytes + sizeof(int) * (long)_sums.Length;

    /// <summary>The nibbles of a channel.</summary>
    public byte* At(int channel) => _data.Pointer + channel * RowBytes;

    /// <summary>Σ w of a channel.</summary>
    public int Sum(int channel) => _sums[channel];

    /// <summary>w[channel, k].</summary>
    public int Read(int channel, int k) => (At(channel)[k / Block * BlockBytes + k % BlockBytes] >> Shift(k) & 15) - Offset;

    /// <summary>The codes as they were given, [K, M].</summary>
    public sbyte[] Codes()
    {
        sbyte[] codes = GC.AllocateUninitializedArray<sbyte>(Outputs * Inner);
        for (int n0 = 0; n0 < Outputs; n0 += Panel)
            for (int k = 0; k < Inner; k++)
            {
                byte* row = At(n0) + k / Block * BlockBytes + k % BlockBytes;
                for (int n = n0, shift = Shift(k); n < Math.Min(n0 + Panel, Outputs); n++, row += RowBytes) codes[At(n, k)] = (sbyte)((*row >> shift & 15) - Offset);
            }
        return codes;
    }

    private void Set(int n, int k, int w)
    {
        ref byte pair = ref At(n)[k / Block * BlockBytes + k % BlockBytes];
        pair = (byte)(pair & ~(15 << Shift(k)) | (w + Offset) << Shift(k));
    }

    // A whole block of a panel of channels, given by columns.
    private void SetBlock(sbyte* codes, int n, int block)
    {
        byte* pairs = stackalloc byte[BlockBytes * Panel], to = At(n) + (nint)block * BlockBytes;
        Vector128<byte> offset = Vector128.Create((byte)Offset);
        for (int j = 0; j < BlockBytes; j++)
        {
            Vector128<byte> low = Vector128.Load(codes + (nint)j * Outputs).AsByte() + offset, high = Vector128.Load(codes + (nint)(BlockBytes + j) * Outputs).AsByte() + offset;
            (low | (high.AsUInt16() << 4).AsByte()).Store(pairs + j * Panel);      // high < 16: no bit leaves its byte
        }
        for (int l = 0; l < Panel; l++, to += RowBytes)
            for (int j = 0; j < BlockBytes; j++) to[j] = pairs[j * Panel + l];
    }

    private int At(int n, int k) => k * Outputs + n;

    private static int Shift(int k) => k % Block < BlockBytes ? 0 : 4;
}
