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
/// planes  [channel][column mod stride][input row][column / stride]      rows (c, u, v) begin at the first pixel that their tap sees
/// </code>
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

        // Input rows that a run of output rows sees.
        public int PlaneRows => (Rows - 1) * S.Window.StrideH + (S.Window.KernelH - 1) * S.Window.DilationH + 1;

        // Columns of one phase: to the last tap of the last pixel, and what the last step reads beyond.
        public int PhaseColumns => S.OutWidth + (S.Window.KernelW - 1) * S.Window.DilationW / S.Window.StrideW + 4;

        public nint PlaneCodes => (nint)S.Window.StrideW * PlaneRows * PhaseColumns;

        public nint ImageCodes => S.Channels * PlaneCodes;
    }

    private readonly struct Body(Layout layout, CodeOperand x, CodeOperand dy, int digitBits, int digit, long* dw, InstructionSet set) : IParallelBody
    {
        public void Run(int start, int end)
        {
            WindowSizes s = layout.S;
            OperandKind kind = x.AreBytes && dy.AreBytes && digitBits >= dy.Bits && (set.HasDot() || ArmDot.IsSupported) ? OperandKind.U8S8 : OperandKind.S16S16;
            // One segment a row of pixels: as if they were the rows of a window on Q channels.
            ContractionShape shape = new(layout.Outs * layout.Images * layout.Rows * s.OutWidth, layout.Outs, 1, new Window(layout.Images * layout.Rows, 1));
            PackedOperands packed = OperandPool.Rent(in shape, set, kind);
            byte flip = packed.Kind == OperandKind.U8S8 && !packed.IsSigned ? Flip : (byte)0;
            int codeBytes = packed.ValueBytes, valuesPerStep = packed.ValuesPerStep, segments = layout.Images * layout.Rows;
            using ScratchBuffer<byte> planes = Scratch.Rent<byte>(layout.Images * layout.ImageCodes * codeBytes + 64);
            using ScratchBuffer<short> wide = Scratch.Rent<short>(packed.Kind == OperandKind.U8S8 ? 0 : Math.Max((nint)segments * s.OutWidth * s.OutChannels, (nint)s.Width * s.Channels));
            using ScratchBuffer<nint> offsets = Scratch.Rent<nint>(segments), taps = Scratch.Rent<nint>(layout.Taps);
            using ScratchBuffer<long> sums = Scratch.Rent<long>((nint)s.Groups * layout.Taps * layout.Outs);
            sums.Span.Clear();
            for (int run = start; run < end; run++)
            {
                int first = run / layout.Runs * layout.Images, images = Math.Min(layout.Images, s.Batch - first);
                int p0 = run % layout.Runs * layout.Rows, rows = Math.Min(layout.Rows, s.OutHeight - p0);
                for (int i = 0; i < images; i++)
                {
                    Planes(first + i, p0, rows, planes.Pointer + i * layout.ImageCodes * codeBytes, wide.Pointer, codeBytes, flip);
                    for (int p = 0; p < rows; p++) offsets.Pointer[i * rows + p] = (i * layout.ImageCodes + (nint)p * s.Window.StrideH * layout.PhaseColumns) * codeBytes;
                }
                for (int group = 0; group < s.Groups; group++)
                {
                    PackRows(packed, group, first, images, p0, rows, wide.Pointer, flip);
                    for (int t = 0; t < layout.Taps; t++) taps.Pointer[t] = (nint)planes.Pointer + TapStart(group, t) * codeBytes;
                    Multiply(packed, images * rows, taps.Pointer, offsets.Pointer, sums.Pointer + (nint)group * layout.Taps * layout.Outs);
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
            int c = t / w.Taps, u = t % w.Taps / w.KernelW, v = t % w.KernelW * w.DilationW;
            nint plane = (group * layout.Inputs + c) * layout.PlaneCodes + (nint)(v % w.StrideW) * layout.PlaneRows * layout.PhaseColumns;
            return plane + (nint)u * w.DilationH * layout.PhaseColumns + v / w.StrideW;
        }

        // The input rows that output rows p0 … see, channel by channel; 0 outside of the image.
        private void Planes(int image, int p0, int rows, byte* to, short* wide, int codeBytes, byte flip)
        {
            WindowSizes s = layout.S;
            Window w = s.Window;
            NativeMemory.Fill(to, (nuint)(layout.ImageCodes * codeBytes), flip);
            int top = p0 * w.StrideH - w.Top, seen = (rows - 1) * w.StrideH + (w.KernelH - 1) * w.DilationH + 1;
            for (int r = Math.Max(0, -top); r < seen && top + r < s.Height; r++)
            {
                CodeOperand row = x.At(((long)image * s.Height + top + r) * s.Width * s.Channels);
                if (codeBytes == 2 && x.AreBytes) Widening.Run((byte*)row.Pointer, wide, s.Width * s.Channels, IntFormat.Full(DType.Int8), ExecutionMode.BestWidth);
                for (int phase = 0; phase < w.StrideW; phase++)
                {
                    // Column j of the phase is pixel j·stride + phase − left.
                    int skipped = Math.Max(0, (w.Left - phase + w.StrideW - 1) / w.StrideW), pixel = skipped * w.StrideW + phase - w.Left;
                    int count = Math.Min((s.Width - pixel + w.StrideW - 1) / w.StrideW, layout.PhaseColumns - skipped);
                    if (count <= 0) continue;
                    nint at = (nint)(phase * layout.PlaneRows + r) * layout.PhaseColumns + skipped;
                    if (codeBytes == 1)
                        CodeTranspose.Run((byte*)row.Pointer + (nint)pixel * s.Channels, (nint)w.StrideW * s.Channels, count, s.Channels, to + at, layout.PlaneCodes, flip);
                    else
                        CodeTranspose.Run((x.AreBytes ? wide : row.Shorts) + (nint)pixel * s.Channels, (nint)w.StrideW * s.Channels, count, s.Channels, (short*)to + at, layout.PlaneCodes);
                }
            }
        }

        // dy of some output rows: a step of a panel is four or two pixels of each of its columns.
        private void PackRows(PackedOperands packed, int group, int first, int images, int p0, int rows, short* wide, byte flip)
        {
            WindowSizes s = layout.S;
            using ScratchBuffer<byte> zeros = Scratch.Rent<byte>(2 * layout.Outs);
            using ScratchBuffer<int> totals = Scratch.Rent<int>(layout.Outs);
            zeros.Span.Clear();
            totals.Span.Clear();
            nint line = (nint)s.OutWidth * s.OutChannels;
            bool bytes = packed.Kind == OperandKind.U8S8;
            for (int i = 0; i < images; i++)
            {
                CodeOperand from = dy.At(((long)(first + i) * s.OutHeight + p0) * line);
                if (!bytes && group == 0) CodeContraction.Digits(from, rows * line, digitBits, digit, wide + i * rows * line);
                for (int p = 0; p < rows; p++)
                    for (int q = 0; q < s.OutWidth; q += packed.ValuesPerStep)
                        if (bytes) PackStep(packed, i * rows + p, q, from.Bytes + p * line + group * layout.Outs, (sbyte*)zeros.Pointer);
                        else PackStep(packed, i * rows + p, q, wide + (i * rows + p) * line + group * layout.Outs, (short*)zeros.Pointer);
                if (flip != 0) Total(from.Bytes + group * layout.Outs, rows * s.OutWidth, totals.Pointer);
            }
            for (int m = 0; m < layout.Outs; m++)
            {
                byte* constants = packed.ConstantsOf(m, out int lane);
                ((int*)(constants + ChannelConstants.Bias))[lane] = -flip * totals.Pointer[m];
            }
        }

        private int* StepAt(PackedOperands packed, int segment, int q, int panel, out int columns)
        {
            columns = Math.Min(packed.PanelColumns, packed.GroupBlocks * ChannelConstants.Block - panel * packed.PanelColumns);
            return (int*)packed.WeightsAt(0, panel) + ((nint)segment * packed.Steps + q / packed.ValuesPerStep) * columns;
        }

        private void PackStep(PackedOperands packed, int segment, int q, sbyte* row, sbyte* zeros)
        {
            for (int panel = 0; panel < packed.Panels; panel++)
            {
                int* to = StepAt(packed, segment, q, panel, out int columns);
                int at = panel * packed.PanelColumns, valid = Math.Min(columns, layout.Outs - at), stride = layout.S.OutChannels, left = layout.S.OutWidth - q;
                sbyte* a = row + (nint)q * stride + at;
                PanelPacking.Zip(a, left > 1 ? a + stride : zeros, left > 2 ? a + 2 * stride : zeros, left > 3 ? a + 3 * stride : zeros, to, valid);
                new Span<int>(to + valid, columns - valid).Clear();
            }
        }

        private void PackStep(PackedOperands packed, int segment, int q, short* row, short* zeros)
        {
            for (int panel = 0; panel < packed.Panels; panel++)
            {
                int* to = StepAt(packed, segment, q, panel, out int columns);
                int at = panel * packed.PanelColumns, valid = Math.Min(columns, layout.Outs - at);
                short* a = row + (nint)q * layout.S.OutChannels + at, b = q + 1 < layout.S.OutWidth ? a + layout.S.OutChannels : zeros;
                for (int n = 0; n < valid; n++) to[n] = (ushort)a[n] | b[n] << 16;
                new Span<int>(to + valid, columns - valid).Clear();
            }
        }

        private void Total(sbyte* from, int pixels, int* totals)
        {
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
