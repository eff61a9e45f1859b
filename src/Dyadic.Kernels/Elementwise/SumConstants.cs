using Dyadic.Kernels.Contractions;

namespace Dyadic.Kernels.Elementwise;

/// <summary>What kernels read to add two codes: rows of 16 equal int32, for (a·A + b·B + constant) ≫ s of a in the low and b in the high half of an int32.</summary>
/// <remarks>
/// <code>
/// flip | low pair | high pair | low constant | high constant | carry | s − 16 | lo of a | hi of a
/// </code>
/// Flip makes both codes unsigned. Multipliers and the constant are split, A = 2¹⁶·high + low with signed halves, so that each half of the 47-bit sum fits an int32.
/// Carry is the pair that takes from the low half what belongs to the high one.
/// </remarks>
internal static unsafe class SumConstants
{
    /// <summary>Offsets of the rows, and the size, in bytes.</summary>
    public const int Flip = 0, LowPair = 64, HighPair = 128, LowConstant = 192, HighConstant = 256, Carry = 320, Shift = 384, Lo = 448, Hi = 512, Bytes = 576;

    private const int RowValues = 16;

    /// <summary>Writes them for y = clamp(⌊((a − z_a)·A + (b − z_b)·B)·2⁻ˢ⌉ + z_y); <see cref="Fit"/> must hold.</summary>
    public static void Write(byte* at, IntFormat a, IntFormat b, IntFormat to, AlignedPair scales)
    {
        long constant = Constant(a, b, to, scales);
        Row(at, Flip, CodeConstants.Offset(a) | CodeConstants.Offset(b) << 16);
        Row(at, LowPair, (ushort)Low(scales.A) | Low(scales.B) << 16);
        Row(at, HighPair, (ushort)High(scales.A) | (int)High(scales.B) << 16);
        Row(at, LowConstant, (int)(constant & 0xFFFF));
        Row(at, HighConstant, (int)(constant >> 16));
        Row(at, Carry, 1 << 16);
        Row(at, Shift, scales.Shift - 16);
        Row(at, Lo, a.Lo + CodeConstants.Offset(a));
        Row(at, Hi, a.Hi + CodeConstants.Offset(a));
    }

    /// <summary>True where both halves of the sum fit an int32 and no pair of codes makes a tie; all 65,536 are tried.</summary>
    public static bool Fit(IntFormat a, IntFormat b, IntFormat to, AlignedPair scales)
    {
        int s = scales.Shift;
        if (s is < 17 or > 38 || scales.A < 0 || scales.B < 0 || High(scales.A) > short.MaxValue || High(scales.B) > short.MaxValue) return false;
        if (Math.Abs(Constant(a, b, to, scales)) >> 16 >= (1L << 31) - (1 << 26)) return false;
        long mask = (1L << s) - 1, tie = 1L << (s - 1);
        for (int i = a.Lo - a.Zero; i <= a.Hi - a.Zero; i++)
            for (int j = b.Lo - b.Zero; j <= b.Hi - b.Zero; j++)
                if (((long)i * scales.A + (long)j * scales.B & mask) == tie) return false;
        return true;
    }

    // Zero points of unsigned codes, the half that rounds, and the zero point of the sum.
    private static long Constant(IntFormat a, IntFormat b, IntFormat to, AlignedPair scales) =>
        -(long)scales.A * Zero(a) - (long)scales.B * Zero(b) + (1L << (scales.Shift - 1)) + ((long)Zero(to) << scales.Shift);

    private static int Zero(IntFormat f) => f.Zero + CodeConstants.Offset(f);

    // x = 2¹⁶·high + low.
    private static long High(int x) => ((long)x + 0x8000) >> 16;

    private static int Low(int x) => (int)(x - (High(x) << 16));

    private static void Row(byte* at, int row, int value) => new Span<int>(at + row, RowValues).Fill(value);
}
