using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>Runs a <see cref="TapConv"/> as blocked products of packed weights with im2col columns packed on the fly, image groups in parallel.</summary>
/// <remarks>Several small images share one product, so that few tiles stick out.</remarks>
internal unsafe struct TapConvBody<TKernel> : IParallelBody where TKernel : struct, IMicroKernel
{
    private const int Chunk = 768;   // columns: 256 of them deep is 768 KiB, most of a second cache
    private readonly TapConv _conv;
    private readonly float* _packed;
    private readonly int _images, _rows, _slices;

    private TapConvBody(in TapConv conv, float* packed, int images, int rows, int slices)
    {
        _conv = conv;
        _packed = packed;
        (_images, _rows, _slices) = (images, rows, slices);
    }

    public static void Run(in TapConv conv, ExecutionMode mode)
    {
        if (conv.Batch == 0) return;
        int rows = (conv.OutChannels + TKernel.Mr - 1) / TKernel.Mr * TKernel.Mr;
        int busy = Math.Max(1, conv.Batch * conv.Groups / (2 * mode.Threads));
        int images = Math.Clamp(Chunk / conv.Pixels, 1, Math.Min(busy, conv.Batch)), units = (conv.Batch + images - 1) / images * conv.Groups;
        int slices = images == 1 && conv.IsDense ? Math.Clamp(mode.Threads / units, 1, (conv.Pixels + TKernel.Nr - 1) / TKernel.Nr) : 1;
        using ScratchBuffer<float> packed = Scratch.Rent<float>((nint)conv.Groups * rows * conv.K);
        for (int group = 0; group < conv.Groups; group++)
        {
            MatrixSource weights = new(conv.Weights + (nint)group * conv.OutChannels * conv.K, conv.K, 1);
            for (int k = 0; k < conv.K; k += BlockedProduct<TKernel>.Kc)
                BlockedProduct<TKernel>.PackRows(ref weights, 0, conv.OutChannels, k, Math.Min(BlockedProduct<TKernel>.Kc, conv.K - k),
                    packed.Pointer + (nint)rows * (group * conv.K + k));
        }
        TapConvBody<TKernel> body = new(in conv, packed.Pointer, images, rows, slices);
        WorkerPool.For(units * slices, mode, ref body);
    }

    public readonly void Run(int start, int end)
    {
        int columns = _images * _conv.Pixels, chunk = Math.Min(columns, Chunk / TKernel.Nr * TKernel.Nr);
        int panels = (chunk + TKernel.Nr - 1) / TKernel.Nr * TKernel.Nr;
        nint imageStride = (nint)_conv.SourceChannels * _conv.Planes.Length;
        using ScratchBuffer<float> padded = Scratch.Rent<float>(_images * imageStride + PaddedPlanes.Slack);
        using ScratchBuffer<float> columnBlock = Scratch.Rent<float>((nint)panels * Math.Min(_conv.K, BlockedProduct<TKernel>.Kc) + PaddedPlanes.Slack);
        using ScratchBuffer<float> result = Scratch.Rent<float>((nint)_conv.OutChannels * columns);
        new Span<float>(padded.Pointer + _images * imageStride, PaddedPlanes.Slack).Clear();
        for (int unit = start; unit < end; unit++)
        {
            int slice = unit % _slices, group = unit / _slices % _conv.Groups, first = unit / _slices / _conv.Groups * _images;
            int images = Math.Min(_images, _conv.Batch - first);
            if (slice == 0 || unit == start) Pad(group, first, images, padded.Pointer);
            TapSource source = new(padded.Pointer, imageStride, _conv.Taps, _conv.GridHeight, _conv.GridWidth, _conv.Planes.Columns);
            bool inPlace = images == 1 && _conv.IsDense;
            float* c = inPlace ? TargetOf(first, group) : result.Pointer;
            int tiles = (images * _conv.Pixels + TKernel.Nr - 1) / TKernel.Nr, from = (int)((long)tiles * slice / _slices) * TKernel.Nr;
            int to = Math.Min((int)((long)tiles * (slice + 1) / _slices) * TKernel.Nr, images * _conv.Pixels);
            Multiply(ref source, group, c, images * _conv.Pixels, from, to, chunk, columnBlock.Pointer);
            if (!inPlace) Scatter(c, group, first, images);
        }
    }

    private readonly void Pad(int group, int first, int images, float* padded)
    {
        int plane = _conv.Planes.Height * _conv.Planes.Width, channels = _conv.SourceChannels;
        for (int i = 0; i < images; i++)
        {
            float* source = _conv.Source + ((nint)(first + i) * _conv.Groups + group) * channels * plane;
            _conv.Planes.Fill(source, channels, padded + (nint)i * channels * _conv.Planes.Length);
        }
    }

    // Columns [from, to) of c [M, columns]: bias, then one block of K after the other.
    private readonly void Multiply(ref TapSource source, int group, float* c, int columns, int from, int to, int chunk, float* block)
    {
        for (int m = 0; _conv.Bias != null && m < _conv.OutChannels; m++)
            new Span<float>(c + (nint)m * columns + from, to - from).Fill(_conv.Bias[group * _conv.OutChannels + m]);
        for (int j = from; j < to; j += chunk)
        {
            int width = Math.Min(chunk, to - j);
            for (int k = 0; k < _conv.K; k += BlockedProduct<TKernel>.Kc)
            {
                int depth = Math.Min(BlockedProduct<TKernel>.Kc, _conv.K - k);
                for (int panel = 0; panel < width; panel += TKernel.Nr)
                    source.Pack(j + panel, Math.Min(TKernel.Nr, width - panel), k, depth, block + (nint)panel * depth, TKernel.Nr);
                BlockedProduct<TKernel>.Tiles(_packed + (nint)_rows * (group * _conv.K + k), block, null, 0, c + j, columns,
                    _conv.OutChannels, width, depth, _conv.Bias != null || k > 0);
            }
        }
    }

    private readonly void Scatter(float* c, int group, int first, int images)
    {
        for (int m = 0; m < _conv.OutChannels; m++)
            for (int i = 0; i < images; i++, c += _conv.Pixels)
                _conv.Scatter(c, _conv.GridWidth, TargetOf(first + i, group) + (nint)m * _conv.OutHeight * _conv.OutWidth, 0, _conv.GridHeight);
    }

    private readonly float* TargetOf(int image, int group) =>
        _conv.Target + ((nint)image * _conv.Groups + group) * _conv.OutChannels * _conv.OutHeight * _conv.OutWidth;
}
