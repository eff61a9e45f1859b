using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>
/// (x, W_ih, W_hh, h₀, c₀, y, c, gates, then those of dy, dc and dgates that are given) → (dW_ih, dW_hh, dbias, dh₀, dc₀, and dx if wanted): backpropagation
/// through all steps of an LSTM cell. One product a step carries dh to the step before; those of the weights run once over all steps.
/// </summary>
/// <param name="reverse">The cell went from the last step to the first.</param>
/// <param name="given">Whether dy, dc and dgates are among the inputs.</param>
/// <param name="needsX">Whether dx is an output.</param>
internal sealed unsafe class LstmSequenceGradientStep(bool reverse, (bool Dy, bool Dc, bool Dgates) given, bool needsX) : Step
{
    private const int First = 8;      // of the gradients among the inputs

    /// <inheritdoc/>
    public override string Kernel => "lstm_sequence_gradient";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (inputs[5].Length == 0)
        {
            foreach (TensorView output in outputs) new Span<byte>(output.Data, output.Length * output.Type.Size()).Clear();
            return;
        }
        if (inputs[0].Type == DType.Float32) Run<float>(inputs, outputs, mode);
        else if (inputs[0].Type == DType.Float64) Run<double>(inputs, outputs, mode);
        else throw ConvViews.Unsupported(Kernel, inputs[0].Type);
    }

    private void Run<T>(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        RecurrentSizes s = new(inputs, reverse);
        int rows = s.Steps * s.Batch, h = s.Hidden, next = First;
        using ScratchBuffer<T> slopes = Scratch.Rent<T>((nint)rows * 4 * h), states = Scratch.Rent<T>((nint)2 * s.Batch * h);
        T* dh0 = states.Pointer, dc0 = dh0 + (nint)s.Batch * h;
        using ScratchBuffer<T> room = Scratch.Rent<T>(RecurrentProduct<T>.Room(4 * h, h));
        using RecurrentProduct<T> recurrent = new((T*)inputs[2].Data, 4 * h, h, transposed: false, s.Batch, room.Pointer, mode);
        Body<T> body = new()
        {
            Sizes = s, Recurrent = recurrent, Mode = mode with { Threads = 1 }, C0 = (T*)inputs[4].Data, IsOneC = inputs[4].Dims[0] == 1, C = (T*)inputs[6].Data, Gates = (T*)inputs[7].Data,
            Dy = given.Dy ? (T*)inputs[next++].Data : null, Dc = given.Dc ? (T*)inputs[next++].Data : null, Dgates = given.Dgates ? (T*)inputs[next].Data : null,
            Slopes = slopes.Pointer, Dh0 = dh0, Dc0 = dc0,
        };
        if (recurrent.TakesParts) WorkerPool.For(s.Batch, mode, ref body, RecurrentSizes.LeastSamples);
        else body.Run(0, s.Batch);

        RecurrentProduct<T>.Run(slopes.Pointer, true, (T*)inputs[0].Data, false, (T*)outputs[0].Data, 4 * h, s.Features, rows, mode);
        using (ScratchBuffer<T> before = Scratch.Rent<T>((nint)rows * h))
        {
            StatesBefore(s, (T*)inputs[3].Data, inputs[3].Dims[0] == 1, (T*)inputs[5].Data, before.Pointer);
            RecurrentProduct<T>.Run(slopes.Pointer, true, before.Pointer, false, (T*)outputs[1].Data, 4 * h, h, rows, mode);
        }
        Sum(outputs[2], slopes.Pointer, rows, mode);
        Sum(outputs[3], dh0, s.Batch / outputs[3].Dims[0], mode);
        Sum(outputs[4], dc0, s.Batch / outputs[4].Dims[0], mode);
        if (needsX) RecurrentProduct<T>.Run(slopes.Pointer, false, (T*)inputs[1].Data, false, (T*)outputs[5].Data, rows, s.Features, 4 * h, mode);
    }

    // y = Σ over `rows` rows of x, each as long as y.
    private static void Sum<T>(in TensorView y, T* x, int rows, in ExecutionMode mode) where T : unmanaged =>
        new ReduceStep(ReduceFunction.Sum, [0]).Run([new(y.Type, [rows, y.Length], x)], [new(y.Type, [y.Length], y.Data)], mode);

    // The h that each step began with, [T, N, H].
    private static void StatesBefore<T>(in RecurrentSizes s, T* h0, bool isOne, T* y, T* to) where T : unmanaged
    {
        int block = s.Batch * s.Hidden;
        for (int n = 0; n < s.Batch; n++)
            new Span<T>(h0 + (isOne ? 0 : (nint)n * s.Hidden), s.Hidden).CopyTo(new(to + (nint)s.Time(0) * block + (nint)n * s.Hidden, s.Hidden));
        for (int i = 1; i < s.Steps; i++) new Span<T>(y + (nint)s.Time(i - 1) * block, block).CopyTo(new(to + (nint)s.Time(i) * block, block));
    }

    // Samples [start, end) through all steps, the last first.
    private struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        public RecurrentSizes Sizes;
        public RecurrentProduct<T> Recurrent;
        public ExecutionMode Mode;
        public T* C0, C, Gates, Dy, Dc, Dgates, Slopes, Dh0, Dc0;
        public bool IsOneC;

        public readonly void Run(int start, int end)
        {
            int rows = end - start, h = Sizes.Hidden;
            T* dh = Dh0 + (nint)start * h, dc = Dc0 + (nint)start * h;
            using ScratchBuffer<T> tanh = Scratch.Rent<T>(h);
            new Span<T>(dh, rows * h).Clear();
            new Span<T>(dc, rows * h).Clear();
            for (int i = Sizes.Steps - 1; i >= 0; i--)
            {
                nint at = (nint)Sizes.Time(i) * Sizes.Batch + start, former = i == 0 ? 0 : (nint)Sizes.Time(i - 1) * Sizes.Batch + start;
                for (int n = 0; n < rows; n++)
                {
                    T* before = i > 0 ? C + (former + n) * h : C0 + (IsOneC ? 0 : (nint)(start + n) * h);
                    UnaryLines.Run<T>(UnaryFunction.Tanh, new(C + (at + n) * h, h), tanh.Span);
                    Cell(at + n, before, tanh.Pointer, dh + (nint)n * h, dc + (nint)n * h);
                }
                Recurrent.Run(Slopes + at * 4 * h, rows, dh, Mode);      // dh of the step before
            }
        }

        // With τ = tanh c′: do = dh·τ; dc′ += dh·o·(1 − τ²); di = dc′·g, df = dc′·c, dg = dc′·i; dc = dc′·f; each times the slope of its function.
        private readonly void Cell(nint row, T* before, T* tanh, T* dh, T* dc)
        {
            int h = Sizes.Hidden;
            T* gates = Gates + row * 4 * h, slopes = Slopes + row * 4 * h;
            T* dy = Dy == null ? null : Dy + row * h, dcell = Dc == null ? null : Dc + row * h, dgates = Dgates == null ? null : Dgates + row * 4 * h;
            Vector<T> one = Vector<T>.One;
            int j = 0;
            for (; j <= h - Vector<T>.Count; j += Vector<T>.Count)
            {
                Vector<T> i = Vector.Load(gates + j), f = Vector.Load(gates + h + j), g = Vector.Load(gates + 2 * h + j), o = Vector.Load(gates + 3 * h + j), t = Vector.Load(tanh + j);
                Vector<T> dHidden = Vector.Load(dh + j), dState = Vector.Load(dc + j);
                if (dy != null) dHidden += Vector.Load(dy + j);
                if (dcell != null) dState += Vector.Load(dcell + j);
                dState += dHidden * o * (one - (t * t));
                Vector<T> dI = dState * g, dF = dState * Vector.Load(before + j), dG = dState * i, dO = dHidden * t;
                if (dgates != null)
                {
                    dI += Vector.Load(dgates + j);
                    dF += Vector.Load(dgates + h + j);
                    dG += Vector.Load(dgates + 2 * h + j);
                    dO += Vector.Load(dgates + 3 * h + j);
                }
                (dI * i * (one - i)).Store(slopes + j);
                (dF * f * (one - f)).Store(slopes + h + j);
                (dG * (one - (g * g))).Store(slopes + 2 * h + j);
                (dO * o * (one - o)).Store(slopes + 3 * h + j);
                (dState * f).Store(dc + j);
            }
            for (; j < h; j++)
            {
                (T i, T f, T g, T o, T t) = (gates[j], gates[h + j], gates[2 * h + j], gates[3 * h + j], tanh[j]);
                T dHidden = dy != null ? dh[j] + dy[j] : dh[j], dState = dcell != null ? dc[j] + dcell[j] : dc[j];
                dState += dHidden * o * (T.One - (t * t));
                (T dI, T dF, T dG, T dO) = (dState * g, dState * before[j], dState * i, dHidden * t);
                if (dgates != null) (dI, dF, dG, dO) = (dI + dgates[j], dF + dgates[h + j], dG + dgates[2 * h + j], dO + dgates[3 * h + j]);
                slopes[j] = dI * i * (T.One - i);
                slopes[h + j] = dF * f * (T.One - f);
                slopes[2 * h + j] = dG * (T.One - (g * g));
                slopes[3 * h + j] = dO * o * (T.One - o);
                dc[j] = dState * f;
            }
        }
    }
}
