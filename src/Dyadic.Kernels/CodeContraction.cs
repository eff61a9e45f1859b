using System.Numerics;
using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>acc = Σ w·x of signed codes that both change from call to call: matrix products, and convolutions channels-last, on the kernels of <see cref="IntegerContraction"/>.</summary>
/// <remarks>
/// Equal to <see cref="Reference.CodeSums"/> bit for bit. Where |acc| may reach 2³¹ the sum is an int64: w is cut into digits w = Σ dᵢ·2^(L·i) so short that
/// a sum of x·dᵢ fits int32, and the sums of the digits are added up.
/// </remarks>
public static unsafe class CodeContraction
{
    private const int TopBit = 128;      // of a byte: what an unsigned code is above a signed one

    /// <summary>True where a sum of <paramref name="terms"/> products is below 2³¹ in magnitude.</summary>
    public static bool Fits(long terms, int bitsX, int bitsW) => terms <= int.MaxValue / ((long)((1 << (bitsX - 1)) - 1) * ((1 << (bitsW - 1)) - 1));

    /// <summary>y = x ∗ w, or a product, over spans; lengths are checked. Sums are int32 where they <see cref="Fits">fit</see>.</summary>
    /// <inheritdoc cref="Run(in WindowSizes, CodeOperand, CodeOperand, bool, int*, in ExecutionMode)"/>
    /// <exception cref="ShapeException">A length does not fit the sizes.</exception>
    /// <returns>max |y|.</returns>
    public static ulong Run(in WindowSizes s, CodeSpan x, CodeSpan w, bool byColumns, Span<int> y, in ExecutionMode mode)
    {
        Check(in s, x, w, y.Length);
        fixed (byte* px = x.Bytes, pw = w.Bytes)
        fixed (int* py = y) return Run(in s, new((nint)px, x.Bits), new((nint)pw, w.Bits), byColumns, py, in mode);
    }

    /// <inheritdoc cref="Run(in WindowSizes, CodeSpan, CodeSpan, bool, Span{int}, in ExecutionMode)"/>
    public static void Run(in WindowSizes s, CodeSpan x, CodeSpan w, bool byColumns, Span<long> y, in ExecutionMode mode)
    {
        Check(in s, x, w, y.Length);
        fixed (byte* px = x.Bytes, pw = w.Bytes)
        fixed (long* py = y) Run(in s, new((nint)px, x.Bits), new((nint)pw, w.Bits), byColumns, py, in mode);
    }

    /// <summary>The sizes of a product y [rows, outs] of x [rows, inner], as those of a 1×1 convolution.</summary>
    public static WindowSizes Product(int rows, int inner, int outs) => new(1, inner, rows, 1, outs, rows, 1, 1, new Window(1, 1));

    /// <summary>y[n, p, q, m] = Σ x[n, i, j, c]·w[m, c, u, v]; every sum must be below 2³¹ (<see cref="Fits"/>).</summary>
    /// <param name="s">Sizes.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="w">[M, C/g, kH, kW], or where <paramref name="byColumns"/> [K, M] of a product.</param>
    /// <param name="byColumns">Whether w lies by columns.</param>
    /// <param name="y">[N, P, Q, M].</param>
    /// <param name="mode">Kernels and threads.</param>
    /// <returns>max |y|.</returns>
    public static ulong Run(in WindowSizes s, CodeOperand x, CodeOperand w, bool byColumns, int* y, in ExecutionMode mode)
    {
        ContractionShape shape = Shape(in s);
        InstructionSet set = mode.Code.OnVectors();
        if (shape.Depthwise && (set == InstructionSet.None || !x.AreBytes))
        {
            Reference.CodeSums.Conv(in s, x, w, byColumns, y, mode);
            return FixedPoint.FixedPointMap.Largest(new ReadOnlySpan<int>(y, s.Batch * s.OutHeight * s.OutWidth * s.OutChannels), in mode);
        }
        OperandKind kind = x.AreBytes && w.AreBytes && (set.HasDot() || ArmDot.IsSupported) ? OperandKind.U8S8 : OperandKind.S16S16;
        PackedOperands packed = OperandPool.Rent(in shape, set, kind);
        Pack(packed, w, byColumns, in shape);
        long largest = 0;
        OperandForm form =
            shape.Depthwise ? OperandForm.Same :
            packed.Kind == OperandKind.S16S16 ? (x.AreBytes ? OperandForm.Widened : OperandForm.Same) :
            packed.IsSigned ? OperandForm.Same : OperandForm.Flipped;
        ContractionDriver.Run(in s, (byte*)x.Pointer, form, IntFormat.Full(DType.Int8), packed, null, default, null, (byte*)y, &largest, in mode);
        OperandPool.Return(packed, set, kind);
        return (ulong)largest;
    }

    /// <summary>The same with int64 sums, whatever their size.</summary>
    /// <inheritdoc cref="Run(in WindowSizes, CodeOperand, CodeOperand, bool, int*, in ExecutionMode)"/>
    public static void Run(in WindowSizes s, CodeOperand x, CodeOperand w, bool byColumns, long* y, in ExecutionMode mode)
    {
        int weights = s.OutChannels * (s.Channels / s.Groups) * s.Window.Taps, bits = DigitBits((long)weights / s.OutChannels, x.Bits);
        if (bits < 2)
        {
            Reference.CodeSums.Conv(in s, x, w, byColumns, y, mode);
            return;
        }
        nint length = (nint)s.Batch * s.OutHeight * s.OutWidth * s.OutChannels;
        using ScratchBuffer<int> sums = Scratch.Rent<int>(length);
        using ScratchBuffer<short> digit = Scratch.Rent<short>(weights);
        for (int i = 0; i * bits < w.Bits; i++)
        {
            Digits(w, weights, bits, i, digit.Pointer);
            Run(in s, x, new((nint)digit.Pointer, 16), byColumns, sums.Pointer, in mode);
            AddShifted(sums.Pointer, y, length, i * bits, first: i == 0, mode);
        }
    }

    /// <summary>Bits of a digit d of w, |d| ≤ 2^(L − 1), with which <paramref name="terms"/> products stay below 2³¹; at most 9.</summary>
    internal static int DigitBits(long terms, int bitsX)
    {
        long room = int.MaxValue / (terms * ((1L << (bitsX - 1)) - 1));
        return room < 1 ? 0 : Math.Min(1 + BitOperations.Log2((ulong)room), 9);
    }

    /// <summary>Digit i of each code, |d| ≤ 2^(L − 1): the lowest L bits of what is left, signed, and at last all that is left.</summary>
    internal static void Digits(CodeOperand w, long count, int bits, int i, short* to)
    {
        if (bits >= w.Bits && w.AreBytes)
        {
            Widening.Run((byte*)w.Pointer, to, checked((int)count), IntFormat.Full(DType.Int8), ExecutionMode.BestWidth);
            return;
        }
        int half = 1 << (bits - 1), mask = (1 << bits) - 1, shift = i * bits, carry = 0;
        for (int d = 0; d < i; d++) carry += half << (d * bits);      // of the digits below, which are −2^(L − 1) … 2^(L − 1) − 1
        bool last = shift + bits >= w.Bits;
        for (long n = 0; n < count; n++)
        {
            int left = ((w.AreBytes ? w.Bytes[n] : w.Shorts[n]) + carry) >> shift;
            to[n] = (short)(last ? left : ((left + half) & mask) - half);
        }
    }

    private static void Check(in WindowSizes s, CodeSpan x, CodeSpan w, int y)
    {
        x.Expect((long)s.Batch * s.Height * s.Width * s.Channels, "CodeContraction: x");
        w.Expect((long)s.OutChannels * (s.Channels / s.Groups) * s.Window.Taps, "CodeContraction: w");
        long outputs = (long)s.Batch * s.OutHeight * s.OutWidth * s.OutChannels;
        Ensure.Shape(y == outputs, $"CodeContraction: y holds {y} sums, {outputs} are needed.");
    }

    private static ContractionShape Shape(in WindowSizes s) => new(s.OutChannels * (s.Channels / s.Groups) * s.Window.Taps, s.OutChannels, s.Groups, s.Window);

    private static void AddShifted(int* sums, long* y, nint length, int shift, bool first, in ExecutionMode mode)
    {
        ShiftBody body = new(sums, y, shift, first);
        WorkerPool.For(checked((int)length), mode, ref body, grain: 1 << 14);
    }

    private readonly struct ShiftBody(int* sums, long* y, int shift, bool first) : IParallelBody
    {
        public void Run(int start, int end)
        {
            for (int i = start; i < end; i++) y[i] = (first ? 0 : y[i]) + ((long)sums[i] << shift);
        }
    }

    private static void Pack(PackedOperands packed, CodeOperand w, bool byColumns, in ContractionShape shape)
    {
        int outs = shape.Outputs, inner = shape.Channels * shape.Window.Taps;
        using ScratchBuffer<int> sums = Scratch.Rent<int>(outs);
        sums.Span.Clear();
        if (packed.Kind == OperandKind.U8S8 && !shape.Depthwise)
        {
            if (byColumns) packed.PackColumns(w.Bytes);
            else packed.Pack(w.Bytes);
            if (!packed.IsSigned) CodeTotals.Of(w.Bytes, outs, inner, byColumns, sums.Pointer);
        }
        else PackShorts(packed, w, byColumns, outs, inner);
        for (int m = 0; m < outs; m++)
        {
            byte* constants = packed.ConstantsOf(m, out int lane);
            ((int*)(constants + ChannelConstants.Bias))[lane] = -TopBit * sums.Pointer[m];
        }
    }

    private static void PackShorts(PackedOperands packed, CodeOperand w, bool byColumns, int outs, int inner)
    {
        using ScratchBuffer<short> wide = Scratch.Rent<short>(w.AreBytes ? (nint)outs * inner : 0), turned = Scratch.Rent<short>(byColumns ? (nint)outs * inner : 0);
        short* codes = w.Shorts;
        if (w.AreBytes)
        {
            codes = wide.Pointer;
            Widening.Run((byte*)w.Bytes, codes, outs * inner, IntFormat.Full(DType.Int8), ExecutionMode.BestWidth);
        }
        if (byColumns) CodeTranspose.Run(codes, outs, inner, outs, turned.Pointer, inner);
        packed.Pack(byColumns ? turned.Pointer : codes);
    }
}
