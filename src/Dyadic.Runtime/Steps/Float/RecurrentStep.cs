using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The cells of <see cref="RecurrentStep"/>; ⊙ is element by element, and a bias is the sum of that of W and that of R.</summary>
public enum RecurrentCell
{
    /// <summary>h′ = f(W·x + R·h + b).</summary>
    Plain,

    /// <summary>z, r = f(W·x + R·h + b); n = g(W·x + R·(r ⊙ h) + b); h′ = (1 − z) ⊙ n + z ⊙ h.</summary>
    Gru,

    /// <summary>As <see cref="Gru"/> with n = g(W·x + b_W + r ⊙ (R·h + b_R)).</summary>
    GruResetAfter,

    /// <summary>i, f = f(W·x + R·h + p ⊙ c + b); c′ = f ⊙ c + i ⊙ g(W·x + R·h + b); o = f(W·x + R·h + p ⊙ c′ + b); h′ = o ⊙ h(c′).</summary>
    Lstm,

    /// <summary>As <see cref="Lstm"/> with f = 1 − i.</summary>
    LstmCoupled,
}

/// <summary>What a recurrent step does.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="Directions">1 or 2.</param>
/// <param name="Reverse">Whether the one direction runs from the end.</param>
/// <param name="Forward">Functions of the first direction.</param>
/// <param name="Backward">Functions of the second one.</param>
/// <param name="Clip">Bound of the inputs of f and g, the sums of products; 0 for none. The memory of an LSTM is not bounded on its way into h, as in ONNX Runtime.</param>
public readonly record struct RecurrentRules(RecurrentCell Cell, int Directions, bool Reverse, CellFunctions Forward, CellFunctions Backward, float Clip)
{
    /// <summary>G, the products of a cell.</summary>
    public int Gates => Cell switch { RecurrentCell.Plain => 1, RecurrentCell.Gru or RecurrentCell.GruResetAfter => 3, _ => 4 };

    /// <summary>True where a cell has a memory beside its state.</summary>
    public bool HasMemory => Cell is RecurrentCell.Lstm or RecurrentCell.LstmCoupled;
}

/// <summary>Sequences through recurrent cells, in one or two directions.</summary>
/// <remarks>
/// Inputs x [T, N, I], w [D, G·H, I], r [D, G·H, H], b [D, 2·G·H], int32 lengths [N] or [1], h₀ [D, N or 1, H], and of an LSTM c₀ like h₀ and p [D, 3·H];
/// outputs y [T, D, N, H], h [D, N, H] and c. Gates lie in the order of ONNX: z r h, and i o f c; peepholes i o f. Behind its length a sequence keeps its state, and y is 0.
/// </remarks>
/// <param name="rules">Cell, directions, functions.</param>
public sealed unsafe class RecurrentStep(RecurrentRules rules) : Step
{
    /// <inheritdoc/>
    public override string Kernel => $"recurrent_{rules.Cell}".ToLowerInvariant();

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        for (int d = 0; d < rules.Directions; d++)
        {
            if (outputs[0].Type == DType.Float32) Run<float>(inputs, outputs, d, mode);
            else if (outputs[0].Type == DType.Float64) Run<double>(inputs, outputs, d, mode);
            else throw ConvViews.Unsupported(Kernel, outputs[0].Type);
        }
    }

    private void Run<T>(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, int direction, in ExecutionMode mode) where T : unmanaged, IFloatingPointIeee754<T>
    {
        RecurrentSizes s = new(inputs[0].Dims[0], inputs[0].Dims[1], inputs[0].Dims[2], outputs[0].Dims[3], rules.Reverse || direction == 1);
        int h = s.Hidden, width = rules.Gates * h, first = rules.Cell == RecurrentCell.Gru ? 2 * h : width, rest = width - first;
        Span<T> state = Of<T>(outputs[1], direction), memory = rules.HasMemory ? Of<T>(outputs[2], direction) : default;
        RecurrentSizes.Spread<T>(Of<T>(inputs[5], direction), state);
        if (rules.HasMemory) RecurrentSizes.Spread<T>(Of<T>(inputs[6], direction), memory);
        if (s.Batch == 0) return;

        using ScratchBuffer<T> gates = Scratch.Rent<T>((nint)s.Steps * s.Batch * width), bias = Scratch.Rent<T>(width);
        using ScratchBuffer<T> room = Scratch.Rent<T>(RecurrentProduct<T>.Room(h, first)), candidateRoom = Scratch.Rent<T>(RecurrentProduct<T>.Room(h, rest));
        T* w = (T*)inputs[1].Data + (nint)direction * width * s.Features, r = (T*)inputs[2].Data + (nint)direction * width * h, b = (T*)inputs[3].Data + direction * 2 * width;
        RecurrentProduct<T>.Run((T*)inputs[0].Data, false, w, true, gates.Pointer, s.Steps * s.Batch, width, s.Features, mode);
        AddBiases(b, bias.Span);
        using RecurrentProduct<T> recurrent = new(r, h, first, transposed: true, s.Batch, room.Pointer, mode);
        using RecurrentProduct<T> candidate = rest == 0 ? default : new(r + (nint)first * h, h, rest, transposed: true, s.Batch, candidateRoom.Pointer, mode);
        T* peepholes = rules.HasMemory ? (T*)inputs[7].Data + direction * 3 * h : null;
        fixed (T* last = state, kept = memory)
        {
            RecurrentPass<T> pass = new()
            {
                Sizes = s, Rules = rules, Functions = direction == 0 ? rules.Forward : rules.Backward, Order = GateOrder.Onnx, Mode = mode, Recurrent = recurrent, Candidate = candidate,
                Gates = gates.Pointer, Bias = bias.Pointer, ResetBias = b + width + 2 * h, H = last, C = kept,
                Peepholes = peepholes != null && new ReadOnlySpan<T>(peepholes, 3 * h).ContainsAnyExcept(T.Zero) ? peepholes : null,
                Lengths = (int*)inputs[4].Data, IsOneLength = inputs[4].Length == 1,
                Y = (T*)outputs[0].Data + (nint)direction * s.Batch * h, YStride = (nint)rules.Directions * s.Batch * h,
            };
            pass.Run();
        }
    }

    // Both biases, but for that of R which a GRU adds behind its reset gate.
    private void AddBiases<T>(T* b, Span<T> sum) where T : unmanaged, INumber<T>
    {
        ReadOnlySpan<T> own = new(b, sum.Length), recurrent = new(b + sum.Length, sum.Length);
        Primitives.Add(own, recurrent, sum);
        int candidate = sum.Length / 3 * 2;
        if (rules.Cell == RecurrentCell.GruResetAfter) own[candidate..].CopyTo(sum[candidate..]);
    }

    private Span<T> Of<T>(in TensorView view, int direction) where T : unmanaged
    {
        int length = view.Length / rules.Directions;
        return view.Span<T>().Slice(direction * length, length);
    }
}
