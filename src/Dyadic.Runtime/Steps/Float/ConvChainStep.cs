using Dyadic.Kernels;
using Dyadic.Kernels.Threading;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>
/// y = f(v ∗ w + bias + residual), clamped before f, where v is x, or a depthwise convolution of x with its bias and clamp and w is pointwise: the parts run on a few
/// rows of the output one after another, so that what lies between them stays in cache. Float32, channels-last: x [N, H, W, C] → y [N, P, Q, M].
/// </summary>
/// <remarks>Inputs: x and, if the convolution takes one, the residual. The bits are those of the parts one by one.</remarks>
public sealed unsafe class ConvChainStep : Step
{
    private readonly PackedConvStep? _depthwise;
    private readonly PackedConvStep _main;
    private readonly MapStep? _then;
    private readonly int _cachedBytes;

    /// <summary>The chain of given parts.</summary>
    /// <param name="depthwise">What comes before, or null.</param>
    /// <param name="main">The convolution; of one tap and no stride where something comes before.</param>
    /// <param name="then">f, or null.</param>
    /// <param name="cachedBytes">About as many bytes of v and of y are made at a time.</param>
    /// <exception cref="PlanException">The first part is not depthwise, or the second not pointwise.</exception>
    public ConvChainStep(PackedConvStep? depthwise, PackedConvStep main, MapStep? then, int cachedBytes = 128 << 10)
    {
        if (depthwise is { Packed.IsDepthwise: false } or { HasResidual: true } || (depthwise is not null && (main.Window != new Window(1, 1) || main.Groups != 1)))
            throw new PlanException($"{Kernel}: a depthwise convolution without a residual and one of 1×1 are needed. Make them steps of their own.");
        (_depthwise, _main, _then, _cachedBytes) = (depthwise, main, then, cachedBytes);
    }

    /// <inheritdoc/>
    public override StepLayout Layout => StepLayout.ChannelsLast;

    /// <inheritdoc/>
    public override string Kernel => _depthwise is null ? "conv_f32" : "separable_f32";

    /// <inheritdoc/>
    public override string Details => string.Join(" → ", new[] { _depthwise?.Details, _main.Details, _then?.Details }.OfType<string>());

    /// <inheritdoc/>
    public override int InPlaceInput => _main.InPlaceInput;

    /// <inheritdoc/>
    public override long WeightBytes => (_depthwise?.WeightBytes ?? 0) + _main.WeightBytes;

    /// <inheritdoc/>
    public override void Prepare(in ExecutionMode mode)
    {
        _depthwise?.Prepare(in mode);
        _main.Prepare(in mode);
    }

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (int[] x, int[] y) = (inputs[0].Dims, outputs[0].Dims);
        (int rank, int batch, int high, int wide) = (x.Length, y[0], y.Length == 4 ? y[1] : 1, y[^2]);
        if (_depthwise is null && outputs[0].Length * sizeof(float) <= _cachedBytes)
        {
            _main.Run(inputs, outputs, in mode);      // all of y stays in cache
            _then?.Run(outputs, outputs, in mode);
            return;
        }
        int row = wide * (y[^1] + (_depthwise is null ? 0 : x[^1])) * sizeof(float), rows = Math.Clamp(_cachedBytes / Math.Max(1, row), 1, Math.Max(1, high));
        if (mode.Threads > 1) rows = Math.Clamp((batch * high + 2 * mode.Threads - 1) / (2 * mode.Threads), 1, rows);
        int chunks = (high + rows - 1) / rows;
        WindowSizes sizes = new(1, x[^1], rank == 4 ? x[1] : 1, x[^2], (_depthwise ?? _main).Packed.Outputs, high, wide, (_depthwise ?? _main).Groups, (_depthwise ?? _main).Window);
        Body body = new()
        {
            Step = this, First = sizes, Outs = y[^1], Chunks = chunks, Mode = mode with { Threads = 1 },
            X = (float*)inputs[0].Data, Residual = _main.HasResidual ? (float*)inputs[1].Data : null, Y = (float*)outputs[0].Data,
        };
        WorkerPool.For(batch * chunks, mode, ref body);
        GC.KeepAlive(this);
    }

    // Chunks of output rows of one image after another.
    private struct Body : IParallelBody
    {
        public ConvChainStep Step;
        public WindowSizes First;      // of the part that reads x, one image
        public int Outs, Chunks;
        public ExecutionMode Mode;
        public float* X, Residual, Y;

        public readonly void Run(int start, int end)
        {
            for (int i = start; i < end; i++)
            {
                (int image, int chunk) = (i / Chunks, i % Chunks);
                Rows(image, (int)((long)First.OutHeight * chunk / Chunks), (int)((long)First.OutHeight * (chunk + 1) / Chunks));
            }
        }

        // Output rows [p0, p1): a convolution of the image from the first row on that they see.
        private readonly void Rows(int image, int p0, int p1)
        {
            int begin = p0 * First.Window.StrideH - First.Window.Top, first = Math.Clamp(begin, 0, First.Height - 1), pixels = (p1 - p0) * First.OutWidth;
            float* x = X + ((nint)image * First.Height + first) * First.Width * First.Channels;
            nint at = ((nint)image * First.OutHeight + p0) * First.OutWidth * Outs;
            float* residual = Residual == null ? null : Residual + at, y = Y + at;
            WindowSizes part = First with { Height = First.Height - first, OutHeight = p1 - p0, Window = First.Window with { Top = first - begin } };
            if (Step._depthwise is not { } depthwise) Step._main.Packed.Run(in part, x, residual, y, in Mode);
            else
            {
                using ScratchBuffer<float> between = Scratch.Rent<float>((nint)pixels * First.OutChannels);
                depthwise.Packed.Run(in part, x, null, between.Pointer, in Mode);
                WindowSizes pointwise = new(1, First.OutChannels, pixels, 1, Outs, pixels, 1, 1, new Window(1, 1));
                Step._main.Packed.Run(in pointwise, between.Pointer, residual, y, in Mode);
            }
            Span<float> made = new(y, pixels * Outs);
            Step._then?.Evaluate(made, made);
        }
    }
}
