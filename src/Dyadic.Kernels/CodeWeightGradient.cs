using System.Runtime.InteropServices;
using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Managed;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Kernels;

/// <summary>dw[m, c, u, v] = Σ dy[n, p, q, m]·x[n, p·s + u·d − top, q·s + v·d − left, c] of codes held channels-last: the weight gradient of a convolution, in int64.</summary>
/// <remarks>
/// Equal to <see cref="Reference.CodeSums.WeightGradient"/>, whatever the threads. The sum runs over pixels, so it is a product of x, turned into planes, whose
/// rows are taps and whose steps are neighbouring pixels, with dy, of which four pixels are brought together. A run of output rows is summed in int32 by the
/// kernels of <see cref="CodeContraction"/>, few enough that it fits; runs are added up in int64.
/// <code>
/// planes  [image][channel][row mod sH, column mod sW][row / sH][column / sW]      a tap (c, u, v) sees one run of memory, from its first pixel on
/// </code>
/// Between two rows of pixels that run passes the columns that only other taps see: dy is 0 there.
/// </remarks>
public static unsafe class CodeWeightGradient
{
    private const int TargetPixels = 1024;      // of a run: kernels start and store seldom, and planes and packed dy stay in the second cache
    private const byte Flip = 0x80;

    /// <summary>Runs it over spans; lengths are checked.</summary>
    /// <inheritdoc cref="Run(in WindowSizes, CodeOperand, CodeOperand, long*, in ExecutionMode)"/>
    /// <exception cref="ShapeException">A length does not fit the sizes.</exception>
    public static void Run(in WindowSizes s, CodeSpan x, CodeSpan dy, Span<long> dw, in ExecutionMode mode)
    {
        x.Expect((long)s.Batch * s.Height * s.Width * s.Channels, "CodeWeightGradient: x");
        dy.Expect((long)s.Batch * s.OutHeight * s.OutWidth * s.OutChannels, "CodeWeightGradient: dy");
        Ensure.Shape(dw.Length == s.OutChannels * (s.Channels / s.Groups) * s.Window.Taps, $"CodeWeightGradient: dw holds {dw.Length} sums of [{s.OutChannels}, {s.Channels / s.Groups}, {s.Window.KernelH}, {s.Window.KernelW}].");
        fixed (byte* px = x.Bytes, py = dy.Bytes)
        fixed (long* pw = dw) Run(in s, new((nint)px, x.Bits), new((nint)py, dy.Bits), pw, in mode);
    }

    /// <summary>Runs it.</summary>
    /// <param name="s">Sizes of the convolution from x to y.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="dy">[N, P, Q, M].</param>
    /// <param name="dw">[M, C/g, kH, kW].</param>
    /// <param name="mode">Kernels and threads.</param>
    public static void Run(in WindowSizes s, CodeOperand x, CodeOperand dy, long* dw, in ExecutionMode mode)
    {
        int length = s.OutChannels * (s.Channels / s.Groups) * s.Window.Taps;
        new Span<long>(dw, length).Clear();
        long most = int.MaxValue / ((long)x.Reach * dy.Reach);
        int digits = most >= Math.Min(TargetPixels / 2, s.OutWidth) ? dy.Bits : DigitsOf(x, s.OutWidth);
        if (digits < 2)
        {
            Reference.CodeSums.WeightGradient(in s, x, dy, dw);
            return;
        }
        if (digits < dy.Bits) most = int.MaxValue / ((long)x.Reach << (digits - 1));
        int rows = (int)Math.Clamp(Math.Min(most, TargetPixels) / s.OutWidth, 1, s.OutHeight), runs = (s.OutHeight + rows - 1) / rows;
        int images = runs > 1 ? 1 : (int)Math.Clamp(Math.Min(most, TargetPixels) / (s.OutHeight * s.OutWidth), 1, s.Batch);
        Layout layout = new(s, x.Size, rows, images);
        for (int i = 0; i * digits < dy.Bits; i++)
        {
            Body body = new(layout, x, dy, digits, i, dw, mode.Code.OnVectors());
            WorkerPool.For((s.Batch + images - 1) / images * runs, mode, ref body);
        }
    }

    // A run is at least one row of pixels.
    private static int DigitsOf(CodeOperand x, int pixels) => CodeContraction.DigitBits(Math.Max(pixels, Math.Min(TargetPixels / 2, 512)), x.Bits);

    // The shapes of a run.
    private readonly record struct Layout(WindowSizes S, int CodeBytes, int Rows, int Images)
    {
        public int Inputs => S.Channels / S.Groups;

        public int Outs => S.OutChannels / S.Groups;

        public int Taps => Inputs * S.Window.Taps;

        public int Runs => (S.OutHeight + Rows - 1) / Rows;

        // Rows and columns of one phase.
        public int PhaseRows => Rows + (S.Window.KernelH - 1) * S.Window.DilationH / S.Window.StrideH;

        public int PhaseColumns => S.OutWidth + (S.Window.KernelW - 1) * S.Window.DilationW / S.Window.StrideW;

        // From the first pixel of a run to its last one.
        public int Pixels => (Rows - 1) * PhaseColumns + S.OutWidth;

        public nint PhaseCodes => (nint)PhaseRows * PhaseColumns;

        public nint PlaneCodes => S.Window.StrideH * S.Window.StrideW * PhaseCodes;

        public nint ImageCodes => S.Channels * PlaneCodes;
    }

    private readonly struct Body(Layout layout, CodeOperand x, CodeOperand dy, int digitBits, int digit, long* dw, InstructionSet set) : IParallelBody
    {
        public void Run(int start, int end)
        {
            WindowSizes s = layout.S;
            OperandKind kind = x.AreBytes && dy.AreBytes && digitBits >= dy.Bits && (set.HasDot() || ArmDot.IsSupported) ? OperandKind.U8S8 : OperandKind.S16S16;
            // One segment an image: as if images were the rows of a window, and pixels its channels.
            ContractionShape shape = new(layout.Outs * layout.Images * layout.Pixels, layout.Outs, 1, new Window(layout.Images, 1));
            PackedOperands packed = OperandPool.Rent(in shape, set, kind);
            byte flip = packed.Kind == OperandKind.U8S8 && !packed.IsSigned ? Flip : (byte)0;
            int codeBytes = packed.ValueBytes;
            using ScratchBuffer<byte> planes = Scratch.Rent<byte>(layout.Images * layout.ImageCodes * codeBytes + 64);
            using ScratchBuffer<short> wide = Scratch.Rent<short>(packed.Kind == OperandKind.U8S8 ? 0 : (nint)layout.Images * layout.Rows * s.OutWidth * s.OutChannels);
            using ScratchBuffer<byte> narrow = Scratch.Rent<byte>(codeBytes == 2 && x.AreBytes ? layout.ImageCodes : 0);
            using ScratchBuffer<nint> offsets = Scratch.Rent<nint>(layout.Images), taps = Scratch.Rent<nint>(layout.Taps);
            using ScratchBuffer<long> sums = Scratch.Rent<long>((nint)s.Groups * layout.Taps * layout.Outs);
            sums.Span.Clear();
            for (int run = start; run < end; run++)
            {
                int first = run / layout.Runs * layout.Images, images = Math.Min(layout.Images, s.Batch - first);
                int p0 = run % layout.Runs * layout.Rows, rows = Math.Min(layout.Rows, s.OutHeight - p0);
                for (int i = 0; i < images; i++)
                {
                    Planes(first + i, p0, rows, planes.Pointer + i * layout.ImageCodes * codeBytes, narrow.Pointer, codeBytes, flip);
                    offsets.Pointer[i] = i * layout.ImageCodes * codeBytes;
                }
                for (int group = 0; group < s.Groups; group++)
                {
                    PackRows(packed, group, first, images, p0, rows, wide.Pointer, flip);
                    for (int t = 0; t < layout.Taps; t++) taps.Pointer[t] = (nint)planes.Pointer + TapStart(group, t) * codeBytes;
                    Multiply(packed, images, taps.Pointer, offsets.Pointer, sums.Pointer + (nint)group * layout.Taps * layout.Outs);
                }
            }
            OperandPool.Return(packed, set, kind);
            lock (WorkerLock)      // integers: the order of runs changes no bit
                for (int g = 0; g < s.Groups; g++)
                    for (int m = 0; m < layout.Outs; m++)
                        for (int t = 0; t < layout.Taps; t++)
                            dw[((nint)g * layout.Outs + m) * layout.Taps + t] += sums.Pointer[((nint)g * layout.Taps + t) * layout.Outs + m] << (digit * digitBits);
        }

        // The place in the planes of what tap t = (c, u, v) sees for the first pixel.
        private nint TapStart(int group, int t)
        {
            Window w = layout.S.Window;
            int c = t / w.Taps, u = t % w.Taps / w.KernelW * w.DilationH, v = t % w.KernelW * w.DilationW, phase = u % w.StrideH * w.StrideW + v % w.StrideW;
            return (group * layout.Inputs + c) * layout.PlaneCodes + phase * layout.PhaseCodes + (nint)(u / w.StrideH) * layout.PhaseColumns + v / w.StrideW;
        }

        // The input rows that output rows p0 … see, channel by channel; 0 outside of the image. Bytes are turned as bytes, and widened then.
        private void Planes(int image, int p0, int rows, byte* to, byte* narrow, int codeBytes, byte flip)
        {
            if (codeBytes == 2 && x.AreBytes)
            {
                Planes(image, p0, rows, narrow, null, 1, 0);
                Widening.Run(narrow, (short*)to, checked((int)layout.ImageCodes), IntFormat.Full(DType.Int8), ExecutionMode.BestWidth);
                return;
            }
            WindowSizes s = layout.S;
            Window w = s.Window;
            NativeMemory.Fill(to, (nuint)(layout.ImageCodes * codeBytes), flip);
            int top = p0 * w.StrideH - w.Top, seen = (rows - 1) * w.StrideH + (w.KernelH - 1) * w.DilationH + 1;
            for (int r = Math.Max(0, -top); r < seen && top + r < s.Height; r++)
            {
                CodeOperand row = x.At(((long)image * s.Height + top + r) * s.Width * s.Channels);
                for (int phase = 0; phase < w.StrideW; phase++)
                {
                    // Column j of the phase is pixel j·stride + phase − left.
                    int skipped = Math.Max(0, (w.Left - phase + w.StrideW - 1) / w.StrideW), pixel = skipped * w.StrideW + phase - w.Left;
                    int count = Math.Min((s.Width - pixel + w.StrideW - 1) / w.StrideW, layout.PhaseColumns - skipped);
                    if (count <= 0) continue;
                    nint at = (r % w.StrideH * w.StrideW + phase) * layout.PhaseCodes + (nint)(r / w.StrideH) * layout.PhaseColumns + skipped;
                    nint first = (nint)pixel * s.Channels, stride = (nint)w.StrideW * s.Channels;
                    if (codeBytes == 1) CodeTranspose.Run((byte*)row.Pointer + first, stride, count, s.Channels, to + at, layout.PlaneCodes, flip);
                    else CodeTranspose.Run(row.Shorts + first, stride, count, s.Channels, (short*)to + at, layout.PlaneCodes);
                }
            }
        }

        // dy of some output rows: a step of a panel is four or two neighbours of each of its columns.
        private void PackRows(PackedOperands packed, int group, int first, int images, int p0, int rows, short* wide, byte flip)
        {
            WindowSizes s = layout.S;
            using ScratchBuffer<byte> zeros = Scratch.Rent<byte>(2 * layout.Outs);
            using ScratchBuffer<int> totals = Scratch.Rent<int>(layout.Outs);
            using ScratchBuffer<nint> pixels = Scratch.Rent<nint>((nint)packed.Steps * packed.ValuesPerStep);
            zeros.Span.Clear();
            totals.Span.Clear();
            nint line = (nint)s.OutWidth * s.OutChannels;
            bool bytes = packed.Kind == OperandKind.U8S8;
            for (int i = 0; i < images; i++)
            {
                CodeOperand from = dy.At(((long)(first + i) * s.OutHeight + p0) * line);
                short* digits = wide + i * layout.Rows * line;
                if (!bytes && group == 0) CodeContraction.Digits(from, rows * line, digitBits, digit, digits);
                nint start = bytes ? from.Pointer : (nint)digits, pixelBytes = (nint)s.OutChannels * packed.ValueBytes;
                pixels.Span.Fill((nint)zeros.Pointer);
                for (int p = 0; p < rows; p++)
                    for (int q = 0; q < s.OutWidth; q++)
                        pixels.Pointer[p * layout.PhaseColumns + q] = start + ((nint)p * s.OutWidth + q) * pixelBytes + (nint)group * layout.Outs * packed.ValueBytes;
                for (int panel = 0; panel < packed.Panels; panel++) PackPanel(packed, i, panel, pixels.Pointer, (nint)zeros.Pointer);
                if (flip != 0) Total(from.Bytes + group * layout.Outs, rows * s.OutWidth, totals.Pointer);
            }
            for (int m = 0; m < layout.Outs; m++)
            {
                byte* constants = packed.ConstantsOf(m, out int lane);
                ((int*)(constants + ChannelConstants.Bias))[lane] = -flip * totals.Pointer[m];
            }
        }

        private void PackPanel(PackedOperands packed, int segment, int panel, nint* pixels, nint zeros)
        {
            int at = panel * packed.PanelColumns, columns = Math.Min(packed.PanelColumns, packed.GroupBlocks * ChannelConstants.Block - at), valid = Math.Min(columns, layout.Outs - at);
            int* to = (int*)packed.WeightsAt(0, panel) + (nint)segment * packed.Steps * columns;
            for (int step = 0; step < packed.Steps; step++, to += columns)
            {
                if (packed.Kind == OperandKind.U8S8)
                    PanelPacking.Zip(Byte(*pixels++), Byte(*pixels++), Byte(*pixels++), Byte(*pixels++), to, valid);
                else
                    PanelPacking.Zip(Short(*pixels++), Short(*pixels++), to, valid);
                if (valid < columns) new Span<int>(to + valid, columns - valid).Clear();
            }

            sbyte* Byte(nint pixel) => (sbyte*)pixel + (pixel == zeros ? 0 : at);
            short* Short(nint pixel) => (short*)pixel + (pixel == zeros ? 0 : at);
        }

        private void Total(sbyte* from, int pixels, int* totals)
        {
            if (layout.S.Groups == 1)
            {
                using ScratchBuffer<int> sums = Scratch.Rent<int>(layout.Outs);
                CodeTotals.Of(from, layout.Outs, pixels, byColumns: true, sums.Pointer);
                for (int m = 0; m < layout.Outs; m++) totals[m] += sums.Pointer[m];
                return;
            }
            for (int i = 0; i < pixels; i++)
            {
                sbyte* row = from + (nint)i * layout.S.OutChannels;
                for (int m = 0; m < layout.Outs; m++) totals[m] += row[m];
            }
        }

        // sums[tap, m] += Σ over the segments.
        private void Multiply(PackedOperands packed, int segments, nint* taps, nint* offsets, long* sums)
        {
            const int Columns = 2 * ChannelConstants.Block;
            int* tile = stackalloc int[packed.MostRows * Columns];
            for (int panel = 0; panel < packed.Panels; panel++)
            {
                int first = panel * packed.PanelColumns, blocks = Math.Min(packed.PanelColumns / ChannelConstants.Block, packed.GroupBlocks - first / ChannelConstants.Block);
                int valid = Math.Min(packed.PanelColumns, layout.Outs - first);
                ContractionArguments a = new()
                {
                    Segments = offsets,
                    SegmentCount = segments,
                    Steps4 = packed.Steps / 4,
                    StepsRest = packed.Steps % 4,
                    Weights = packed.WeightsAt(0, panel),
                    Ahead = packed.WeightsAt(0, panel),
                    Constants = packed.ConstantsAt(0, first / ChannelConstants.Block),
                    Y = (byte*)tile,
                    YStride = Columns * sizeof(int),
                };
                for (int t = 0; t < layout.Taps; t += packed.MostRows)
                {
                    int rows = Math.Min(packed.MostRows, layout.Taps - t);
                    a.Rows = taps + t;
                    packed.Run(rows, blocks, &a);
                    for (int r = 0; r < rows; r++)
                        for (int n = 0; n < valid; n++) sums[(nint)(t + r) * layout.Outs + first + n] += tile[r * Columns + n];
                }
            }
        }
    }

    private static readonly Lock WorkerLock = new();
}
