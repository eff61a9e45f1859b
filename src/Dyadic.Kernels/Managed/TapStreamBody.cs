using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>Runs a <see cref="TapConv"/> without im2col: tiles of output channels × padded pixels read the padded image where the taps point.</summary>
/// <remarks>The pixels in the gap between rows are computed too and dropped; worth it while channels are few, when packing is the larger cost.</remarks>
internal unsafe struct TapStreamBody<TKernel> : IParallelBody where TKernel : struct, ITapKernel
{
    private readonly TapConv _conv;
    private readonly float* _packed;
    private readonly int _slices;

    private TapStreamBody(in TapConv conv, float* packed, int slices)
    {
        _conv = conv;
        _packed = packed;
        _slices = slices;
    }

    private static int Kc => BlockedProduct<MicroKernelScalar>.Kc;   // as in packed products, so that bits are the same

    private readonly int Rows => RoundUp(_conv.OutChannels, TKernel.Mr);

    private readonly int Width => RoundUp(_conv.Span, TKernel.Nr);

    /// <summary>Pixels computed for each pixel wanted.</summary>
    public static float Waste(in TapConv conv) => (float)RoundUp(conv.Span, TKernel.Nr) / conv.Pixels;

    public static void Run(in TapConv conv, ExecutionMode mode)
    {
        if (conv.Batch == 0) return;
        int rows = RoundUp(conv.OutChannels, TKernel.Mr), units = conv.Batch * conv.Groups;
        using ScratchBuffer<float> packed = Scratch.Rent<float>((nint)conv.Groups * rows * conv.K);
        float* to = packed.Pointer;
        for (int group = 0; group < conv.Groups; group++)
        {
            MatrixSource weights = new(conv.Weights + (nint)group * conv.OutChannels * conv.K, conv.K, 1);
            for (int k = 0; k < conv.K; k += Kc)
                for (int m = 0, depth = Math.Min(Kc, conv.K - k); m < rows; m += TKernel.Mr, to += TKernel.Mr * depth)
                    weights.Pack(m, Math.Min(TKernel.Mr, conv.OutChannels - m), k, depth, to, TKernel.Mr);
        }
        TapStreamBody<TKernel> body = new(in conv, packed.Pointer, Math.Clamp(mode.Threads / units, 1, conv.GridHeight));
        WorkerPool.For(units * body._slices, mode, ref body);
    }

    // A unit is some rows of one group of one image.
    public readonly void Run(int start, int end)
    {
        int channels = _conv.SourceChannels, plane = _conv.Planes.Height * _conv.Planes.Width;
        using ScratchBuffer<float> padded = Scratch.Rent<float>((nint)channels * _conv.Planes.Length + PaddedPlanes.Slack);
        using ScratchBuffer<float> wide = Scratch.Rent<float>((nint)Rows * Width);
        new Span<float>(padded.Pointer + (nint)channels * _conv.Planes.Length, PaddedPlanes.Slack).Clear();
        for (int unit = start; unit < end; unit++)
        {
            int image = unit / _slices, slice = unit % _slices;
            if (slice == 0 || unit == start) _conv.Planes.Fill(_conv.Source + (nint)image * channels * plane, channels, padded.Pointer);
            int top = _conv.GridHeight * slice / _slices, bottom = _conv.GridHeight * (slice + 1) / _slices;
            Multiply(image % _conv.Groups, padded.Pointer + top * _conv.Planes.Columns, wide.Pointer, (bottom - top) * _conv.Planes.Columns);
            float* target = _conv.Target + (nint)image * _conv.OutChannels * _conv.OutHeight * _conv.OutWidth;
            for (int m = 0; m < _conv.OutChannels; m++, target += _conv.OutHeight * _conv.OutWidth)
                _conv.Scatter(wide.Pointer + (nint)m * Width, _conv.Planes.Columns, target, top, bottom);
        }
    }

    // wide [Rows, Width] for the pixels [0, length) from image on: bias, then one block of K after the other.
    private readonly void Multiply(int group, float* image, float* wide, int length)
    {
        length = Math.Min(length, _conv.Span);
        for (int m = 0; _conv.Bias != null && m < _conv.OutChannels; m++)
            new Span<float>(wide + (nint)m * Width, Width).Fill(_conv.Bias[group * _conv.OutChannels + m]);
        for (int q = 0; q < length; q += TKernel.Nr)
        {
            for (int k = 0; k < _conv.K; k += Kc)
            {
                int depth = Math.Min(Kc, _conv.K - k);
                float* a = _packed + (nint)Rows * (group * _conv.K + k);
                for (int m = 0; m < Rows; m += TKernel.Mr, a += TKernel.Mr * depth)
                    TKernel.Run(depth, a, _conv.Taps + k, image + q, wide + (nint)m * Width + q, Width, _conv.Bias != null || k > 0);
            }
        }
    }

    private static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;
}
