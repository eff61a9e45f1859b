using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Threading;

namespace Dyadic.Kernels.Managed;

/// <summary>Depthwise integer convolution (C = M = groups) on values held channels-last: sixteen channels at a time, tap by tap.</summary>
/// <remarks>Equal to <see cref="Reference.IntegerConv"/> bit for bit. Weights lie as int32 [tap][channel] with a zero upper half, so that
/// the dot instruction multiplies one int16 by one weight.</remarks>
public sealed unsafe class IntegerDepthwise
{
    private readonly int* _weights;
    private readonly int _stride;

    /// <summary>Packs weights [C, 1, kH, kW].</summary>
    public IntegerDepthwise(ReadOnlySpan<short> weights, int channels)
    {
        int taps = weights.Length / channels;
        _stride = (channels + PackedWeights.Panel - 1) / PackedWeights.Panel * PackedWeights.Panel;
        nuint bytes = (nuint)(taps * _stride * sizeof(int));
        Bytes = (long)bytes;
        _weights = (int*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(_weights, bytes);
        for (int c = 0; c < channels; c++)
            for (int t = 0; t < taps; t++) _weights[t * _stride + c] = (ushort)weights[c * taps + t];
    }

    /// <summary>Frees the weights.</summary>
    ~IntegerDepthwise() => NativeMemory.AlignedFree(_weights);

    /// <summary>Bytes held.</summary>
    public long Bytes { get; }

    /// <summary>y = clamp(⌊(Σ w·(x − z_x) + bias)·m·2⁻ˢ⌉ + z_y, lo, hi), channel by channel.</summary>
    /// <param name="s">Sizes; C = M = groups.</param>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="rq">Bias and scales in one group of C channels.</param>
    /// <param name="y">[N, P, Q, C].</param>
    /// <param name="from">Format of x.</param>
    /// <param name="mode">Vector width and threads.</param>
    public void Run(in WindowSizes s, byte* x, Requantizer rq, byte* y, IntFormat from, in ExecutionMode mode)
    {
        switch (mode.Width)
        {
            case SimdWidth.V512: Run<VectorKernel<IntVector512, Vector512<int>>>(in s, x, rq, y, from, in mode); break;
            case SimdWidth.V256: Run<VectorKernel<IntVector256, Vector256<int>>>(in s, x, rq, y, from, in mode); break;
            case SimdWidth.V128: Run<VectorKernel<IntVector128, Vector128<int>>>(in s, x, rq, y, from, in mode); break;
            default: Run<ScalarKernel>(in s, x, rq, y, from, in mode); break;
        }
        GC.KeepAlive(this);
    }

    private void Run<TKernel>(in WindowSizes s, byte* x, Requantizer rq, byte* y, IntFormat from, in ExecutionMode mode)
        where TKernel : struct, IIntegerKernel
    {
        OperandRows rows = new(in s, OperandForm.Widened, from, sizeof(short), exact: false, weightBytes: 0, outputBytes: 1, mode);
        Body<TKernel> body = new(s, rows, x, _weights, _stride, rq, y);
        WorkerPool.For(s.Batch * rows.Chunks, mode, ref body);
    }

    private readonly struct Body<TKernel>(WindowSizes s, OperandRows rows, byte* x, int* weights, int stride, Requantizer rq, byte* y) : IParallelBody
        where TKernel : struct, IIntegerKernel
    {
        public void Run(int start, int end)
        {
            using ScratchBuffer<byte> wide = Scratch.Rent<byte>(rows.Bytes);
            using ScratchBuffer<nint> taps = Scratch.Rent<nint>(s.Window.Taps), pixels = Scratch.Rent<nint>(rows.ChunkRows * s.OutWidth);
            using ScratchBuffer<int> tile = Scratch.Rent<int>(6 * 32);
            rows.Segments(new(s.Channels * s.Window.Taps, s.Channels, s.Groups, s.Window), 0, taps.Pointer);
            for (int item = start; item < end; item++)
            {
                int n = item / rows.Chunks, p0 = item % rows.Chunks * rows.ChunkRows, p1 = Math.Min(p0 + rows.ChunkRows, s.OutHeight);
                rows.Prepare(x + (nint)n * s.Height * s.Width * s.Channels, p0, p1, wide.Pointer, pixels.Pointer);
                byte* to = y + ((nint)n * s.OutHeight + p0) * s.OutWidth * s.Channels;
                int count = (p1 - p0) * s.OutWidth;
                for (int i = 0; i < count; i += 6)
                    Pixels(pixels.Pointer + i, Math.Min(6, count - i), taps.Pointer, tile.Pointer, to + (nint)i * s.Channels);
            }
        }

        private void Pixels(nint* pixels, int count, nint* taps, int* tile, byte* to)
        {
            for (int c = 0; c < s.Channels; c += PackedWeights.Panel)
            {
                for (int r = 0; r < count; r++) TKernel.Depthwise((short*)pixels[r] + c, taps, s.Window.Taps, weights + c, stride, tile + r * 32);
                Epilogue.Store<TKernel>(rq, 0, c / PackedWeights.Panel, tile, count, to, s.Channels);
            }
        }
    }
}
