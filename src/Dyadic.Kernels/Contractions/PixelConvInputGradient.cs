using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Contractions;

/// <summary>
/// The gradient of a convolution's input, channels-last: for each phase (py, px) of the stride, dx at rows py + sH·i and columns px + sW·j is a convolution
/// of dy with those taps, turned around, that reach them.
/// </summary>
/// <remarks>Row h sees tap u of window row o where o·sH + u·dH − top = h.</remarks>
internal static unsafe class PixelConvInputGradient
{
    public static bool Takes(in WindowSizes s)
    {
        Window t = s.Window;
        return !(t.StrideH > 1 && t.DilationH > 1) && !(t.StrideW > 1 && t.DilationW > 1) && Rows(in s).Concat(Columns(in s)).All(l => l.Taps == 0 || l.Before >= 0);
    }

    public static void Run(in WindowSizes s, float* dy, float* w, float* dx, in ExecutionMode mode)
    {
        Window t = s.Window;
        List<Phase> phases = [];
        foreach (Line row in Rows(in s))
            foreach (Line column in Columns(in s))
                if (row.Taps > 0 && column.Taps > 0) phases.Add(new(in s, row, column, w, mode));
        if (t.StrideH == 1 && t.StrideW == 1) phases[0].Run(s.Batch, dy, dx, mode);
        else
        {
            Body body = new([.. phases], s, dy, dx, mode with { Threads = 1 }, phases.Count < t.StrideH * t.StrideW);
            WorkerPool.For(s.Batch, mode, ref body);
        }
        foreach (Phase phase in phases) TransientOperands.Return(phase.Packed);
    }

    private static Line[] Rows(in WindowSizes s)
    {
        Window t = s.Window;
        return [.. Enumerable.Range(0, Math.Min(t.StrideH, s.Height)).Select(p => new Line(p, t.KernelH, t.StrideH, t.DilationH, t.Top))];
    }

    private static Line[] Columns(in WindowSizes s)
    {
        Window t = s.Window;
        return [.. Enumerable.Range(0, Math.Min(t.StrideW, s.Width)).Select(p => new Line(p, t.KernelW, t.StrideW, t.DilationW, t.Left))];
    }

    // The taps u = First + Step·i of a phase along one axis; seen from the first pixel, the last of them lies Before pixels before it.
    private readonly record struct Line(int Phase, int First, int Taps, int Step, int Dilation, int Before)
    {
        public Line(int phase, int kernel, int stride, int dilation, int pad)
            : this(phase, (phase + pad) % stride, 0, stride, stride == 1 ? dilation : 1, 0)
        {
            Taps = First < kernel ? (kernel - First + stride - 1) / stride : 0;
            Before = Dilation * (Taps - 1) - (phase + pad - First) / stride;
        }

        public int Pixels(int size, int stride) => (size - Phase + stride - 1) / stride;
    }

    private readonly struct Phase
    {
        private readonly WindowSizes _sizes;

        public Phase(in WindowSizes s, Line row, Line column, float* w, in ExecutionMode mode)
        {
            (Row, Column) = (row.Phase, column.Phase);
            Window turned = new(row.Taps, column.Taps, Top: row.Before, Left: column.Before, DilationH: row.Dilation, DilationW: column.Dilation);
            _sizes = new(s.Batch, s.OutChannels, s.OutHeight, s.OutWidth, s.Channels, row.Pixels(s.Height, s.Window.StrideH), column.Pixels(s.Width, s.Window.StrideW), 1, turned);
            int length = s.Channels * s.OutChannels * turned.Taps;
            ContractionShape shape = new(length, s.Channels, 1, turned);
            Packed = TransientOperands.Rent(in shape, mode.Code, null);
            using ScratchBuffer<float> weights = Scratch.Rent<float>(length);
            float* to = weights.Pointer;
            for (int c = 0; c < s.Channels; c++)
                for (int m = 0; m < s.OutChannels; m++)
                {
                    float* from = w + ((nint)m * s.Channels + c) * s.Window.Taps;
                    for (int i = row.Taps - 1; i >= 0; i--)
                        for (int j = column.Taps - 1; j >= 0; j--) *to++ = from[(row.First + row.Step * i) * s.Window.KernelW + column.First + column.Step * j];
                }
            Packed.Pack(weights.Span);
        }

        public int Row { get; }

        public int Column { get; }

        public PackedOperands Packed { get; }

        public int Height => _sizes.OutHeight;

        public int Width => _sizes.OutWidth;

        public void Run(int batch, float* dy, float* dx, in ExecutionMode mode)
        {
            WindowSizes sizes = _sizes with { Batch = batch };
            ContractionDriver.Run(in sizes, (byte*)dy, OperandForm.Same, default, Packed, null, TransientOperands.Unbounded, null, (byte*)dx, in mode);
        }
    }

    // Images [start, end): each phase into memory in cache, from there to its rows and columns.
    private readonly struct Body(Phase[] phases, WindowSizes s, float* dy, float* dx, ExecutionMode mode, bool clears) : IParallelBody
    {
        public void Run(int start, int end)
        {
            nint image = (nint)s.Height * s.Width * s.Channels;
            using ScratchBuffer<float> grid = Scratch.Rent<float>(image);
            for (int n = start; n < end; n++)
            {
                float* to = dx + n * image;
                if (clears) new Span<float>(to, (int)image).Clear();
                foreach (Phase phase in phases)
                {
                    phase.Run(1, dy + (nint)n * s.OutHeight * s.OutWidth * s.OutChannels, grid.Pointer, mode);
                    Scatter(phase, grid.Pointer, to);
                }
            }
        }

        private void Scatter(in Phase phase, float* from, float* image)
        {
            int pixel = s.Channels * sizeof(float);
            for (int i = 0; i < phase.Height; i++)
            {
                float* to = image + ((nint)(phase.Row + i * s.Window.StrideH) * s.Width + phase.Column) * s.Channels;
                for (int j = 0; j < phase.Width; j++, from += s.Channels, to += s.Window.StrideW * s.Channels) Buffer.MemoryCopy(from, to, pixel, pixel);
            }
        }
    }
}
