using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>
/// All steps of an LSTM cell: (x, W_ih, W_hh, h₀, c₀, bias) → (y, c, gates). One product makes the input part of the gates of all steps, one a step the recurrent
/// part; threads share the samples, so that they meet only at the end.
/// </summary>
/// <remarks>A <see cref="RecurrentPass{T}"/>, which keeps what the gradient needs.</remarks>
/// <param name="reverse">From the last step to the first.</param>
internal sealed unsafe class LstmSequenceStep(bool reverse) : Step
{
    private static readonly CellFunctions Functions = new(new(CellFunctionKind.Sigmoid), new(CellFunctionKind.Tanh), new(CellFunctionKind.Tanh));
    private static readonly RecurrentRules Rules = new(RecurrentCell.Lstm, Directions: 1, Reverse: false, Functions, Functions, Clip: 0);

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
        RecurrentSizes s = new(inputs, reverse);
        int states = s.Batch * s.Hidden;
        T* gates = (T*)outputs[2].Data;
        RecurrentProduct<T>.Run((T*)inputs[0].Data, false, (T*)inputs[1].Data, true, gates, s.Steps * s.Batch, 4 * s.Hidden, s.Features, mode);
        using ScratchBuffer<T> state = Scratch.Rent<T>(states), memory = Scratch.Rent<T>(states), room = Scratch.Rent<T>(RecurrentProduct<T>.Room(s.Hidden, 4 * s.Hidden));
        RecurrentSizes.Spread<T>(inputs[3].Span<T>(), state.Span);
        RecurrentSizes.Spread<T>(inputs[4].Span<T>(), memory.Span);
        using RecurrentProduct<T> recurrent = new((T*)inputs[2].Data, s.Hidden, 4 * s.Hidden, transposed: true, s.Batch, room.Pointer, mode);
        RecurrentPass<T> pass = new()
        {
            Sizes = s, Rules = Rules, Functions = Rules.Forward, Order = GateOrder.PyTorch, Mode = mode, Recurrent = recurrent, Gates = gates,
            Bias = inputs.Length > 5 ? (T*)inputs[5].Data : null, H = state.Pointer, C = memory.Pointer, Y = (T*)outputs[0].Data, YStride = states, Cells = (T*)outputs[1].Data,
        };
        pass.Run();
    }
}
