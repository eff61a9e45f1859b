using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>
/// All steps of an LSTM cell: (x, W_ih, W_hh, h₀, c₀, bias) → (y, c, gates). One product makes the input part of the gates of all steps, one a step the recurrent
/// part; threads share the samples, so that they meet only at the end.
/// </summary>
/// <remarks>Every number is that of the ops one by one: products, sums and functions of the same operands in the same order.</remarks>
/// <param name="reverse">From the last step to the first.</param>
internal sealed unsafe class LstmSequenceStep(bool reverse) : Step
{
    /// <inheritdoc/>
    public override string Kernel => reverse ? "lstm_sequence_reverse" : "lstm_sequence";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (outputs[0].Length == 0) return;
        if (outputs[0].Type == DType.Float32) Run<float>(inputs, outputs, mode);
        else if (outputs[0].Type == DType.Float64) Run<double>(inputs, outputs, mode);
        else throw ConvViews.Unsupported(Kernel, outputs[0].Type);
    }

    private void Run<T>(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        LstmSizes s = new(inputs, reverse);
        T* gates = (T*)outputs[2].Data;
        LstmProduct<T>.Run((T*)inputs[0].Data, false, (T*)inputs[1].Data, true, gates, s.Steps * s.Batch, 4 * s.Hidden, s.Features, mode);
        using LstmProduct<T> recurrent = new((T*)inputs[2].Data, s.Hidden, 4 * s.Hidden, transposed: true, s.Batch, mode);
        Body<T> body = new()
        {
            Sizes = s, Recurrent = recurrent, Mode = mode with { Threads = 1 }, Gates = gates, Y = (T*)outputs[0].Data, C = (T*)outputs[1].Data,
            H0 = (T*)inputs[3].Data, C0 = (T*)inputs[4].Data, Bias = inputs.Length > 5 ? (T*)inputs[5].Data : null,
            IsOneH = inputs[3].Dims[0] == 1, IsOneC = inputs[4].Dims[0] == 1,
        };
        if (recurrent.TakesParts) WorkerPool.For(s.Batch, mode, ref body, LstmSizes.LeastSamples);
        else body.Run(0, s.Batch);
    }

    // Samples [start, end) through all steps.
    private struct Body<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
    {
        public LstmSizes Sizes;
        public LstmProduct<T> Recurrent;
        public ExecutionMode Mode;
        public T* Gates, Y, C, H0, C0, Bias;
        public bool IsOneH, IsOneC;

        public readonly void Run(int start, int end)
        {
            int rows = end - start, h = Sizes.Hidden;
            using ScratchBuffer<T> product = Scratch.Rent<T>((nint)rows * 4 * h), state = Scratch.Rent<T>((nint)rows * h), temporary = Scratch.Rent<T>(h);
            for (int n = 0; n < rows; n++) new Span<T>(H0 + (IsOneH ? 0 : (nint)(start + n) * h), h).CopyTo(state.Span.Slice(n * h, h));
            T* before = state.Pointer, cells = null;
            for (int i = 0; i < Sizes.Steps; i++)
            {
                nint at = (nint)Sizes.Time(i) * Sizes.Batch + start;
                Recurrent.Run(before, rows, product.Pointer, Mode);
                for (int n = 0; n < rows; n++)
                {
                    T* c = cells != null ? cells + (nint)n * h : C0 + (IsOneC ? 0 : (nint)(start + n) * h);
                    Cell(new(Gates + (at + n) * 4 * h, 4 * h), new(product.Pointer + (nint)n * 4 * h, 4 * h), new(c, h), new(C + (at + n) * h, h), new(Y + (at + n) * h, h), temporary.Span);
                }
                before = Y + at * h;
                cells = C + at * h;
            }
        }

        // gates: the input part of (i, f, g, o), then what the functions make of them; c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c').
        private readonly void Cell(Span<T> gates, ReadOnlySpan<T> recurrent, ReadOnlySpan<T> c, Span<T> next, Span<T> y, Span<T> temporary)
        {
            int h = c.Length;
            if (Bias != null) Primitives.Add(gates, new ReadOnlySpan<T>(Bias, gates.Length), gates);
            Primitives.Add(gates, recurrent, gates);
            Span<T> inputAndForget = gates[..(2 * h)], input = gates[..h], forget = gates[h..(2 * h)], candidate = gates[(2 * h)..(3 * h)], output = gates[(3 * h)..];
            UnaryLines.Run<T>(UnaryFunction.Sigmoid, inputAndForget, inputAndForget);
            UnaryLines.Run<T>(UnaryFunction.Tanh, candidate, candidate);
            UnaryLines.Run<T>(UnaryFunction.Sigmoid, output, output);
            Primitives.Multiply(input, candidate, temporary);
            Primitives.Multiply(forget, c, next);
            Primitives.Add(next, temporary, next);
            UnaryLines.Run<T>(UnaryFunction.Tanh, next, temporary);
            Primitives.Multiply(output, temporary, y);
        }
    }
}
