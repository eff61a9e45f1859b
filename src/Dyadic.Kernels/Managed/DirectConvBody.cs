using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>Runs a <see cref="TapConv"/> with few output channels in a group (depthwise above all) directly, vectorised along the pixels.</summary>
internal unsafe struct DirectConvBody : IParallelBody
{
    private readonly TapConv _conv;

    private DirectConvBody(in TapConv conv) => _conv = conv;

    public static void Run(in TapConv conv, ExecutionMode mode)
    {
        DirectConvBody body = new(in conv);
        int work = conv.Pixels * conv.K * conv.OutChannels;
        WorkerPool.For(conv.Batch * conv.Groups, mode, ref body, Math.Max(1, 65536 / Math.Max(work, 1)));
    }

    // A unit is one group of one image. Rows are computed with their padding columns, so that vectors run over row ends.
    public readonly void Run(int start, int end)
    {
        int channels = _conv.SourceChannels, plane = _conv.Planes.Height * _conv.Planes.Width, length = _conv.Span;
        using ScratchBuffer<float> padded = Scratch.Rent<float>((nint)channels * _conv.Planes.Length + PaddedPlanes.Slack);
        using ScratchBuffer<float> wide = Scratch.Rent<float>(length + PaddedPlanes.Slack);
        new Span<float>(padded.Pointer + (nint)channels * _conv.Planes.Length, PaddedPlanes.Slack).Clear();
        for (int unit = start; unit < end; unit++)
        {
            _conv.Planes.Fill(_conv.Source + (nint)unit * channels * plane, channels, padded.Pointer);
            for (int m = 0; m < _conv.OutChannels; m++)
            {
                int channel = unit % _conv.Groups * _conv.OutChannels + m;
                Correlate(padded.Pointer, _conv.Weights + (nint)channel * _conv.K, _conv.Bias == null ? 0 : _conv.Bias[channel], wide.Pointer, length);
                float* target = _conv.Target + ((nint)unit * _conv.OutChannels + m) * _conv.OutHeight * _conv.OutWidth;
                _conv.Scatter(wide.Pointer, _conv.Planes.Columns, target, 0, _conv.GridHeight);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private readonly void Correlate(float* padded, float* weights, float bias, float* wide, int length)
    {
        for (int q = 0; q < length; q += 32)
        {
            Vector256<float> s0 = default, s1 = default, s2 = default, s3 = default;
            for (int k = 0; k < _conv.K; k++)
            {
                float* x = padded + _conv.Taps[k] + q;
                Vector256<float> w = Vector256.Create(weights[k]);
                s0 = Vector256.FusedMultiplyAdd(w, Vector256.Load(x), s0);
                s1 = Vector256.FusedMultiplyAdd(w, Vector256.Load(x + 8), s1);
                s2 = Vector256.FusedMultiplyAdd(w, Vector256.Load(x + 16), s2);
                s3 = Vector256.FusedMultiplyAdd(w, Vector256.Load(x + 24), s3);
            }
            Vector256<float> b = Vector256.Create(bias);
            (s0 + b).Store(wide + q);
            (s1 + b).Store(wide + q + 8);
            (s2 + b).Store(wide + q + 16);
            (s3 + b).Store(wide + q + 24);
        }
    }
}
