using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The places of an LSTM's gates among its four: the input, forget and output gates and the candidate.</summary>
internal readonly record struct GateOrder(int I, int F, int G, int O)
{
    /// <summary>That of ONNX, i o f c, and that of PyTorch, i f g o.</summary>
    public static readonly GateOrder Onnx = new(0, 2, 3, 1), PyTorch = new(0, 1, 2, 3);
}

/// <summary>
/// Samples through all steps of a cell in one direction, by the equations of <see cref="RecurrentCell"/>: a product a step for all samples, then sample by sample
/// what is element by element. Layers in training and those of files are both made of it.
/// </summary>
/// <remarks>Every number is that of the ops one by one: products, sums and functions of the same operands in the same order. Samples do not meet, so that threads share them.</remarks>
internal unsafe struct RecurrentPass<T> : IParallelBody where T : unmanaged, IFloatingPointIeee754<T>
{
    public RecurrentSizes Sizes;
    public RecurrentRules Rules;
    public CellFunctions Functions;
    public GateOrder Order;
    public ExecutionMode Mode;

    /// <summary>R of all gates, or, of a GRU that resets before, of z and r.</summary>
    public RecurrentProduct<T> Recurrent;

    /// <summary>R of the candidate of a GRU that resets before.</summary>
    public RecurrentProduct<T> Candidate;

    /// <summary>[T, N, G·H]: W·x, and afterwards what the functions made of the sums.</summary>
    public T* Gates;

    /// <summary>[G·H], or null; and [H], added behind the reset gate of a GRU that resets after.</summary>
    public T* Bias, ResetBias;

    /// <summary>[3·H] in the order i o f, or null.</summary>
    public T* Peepholes;

    /// <summary>Lengths of the samples, one for all or one for each; null where all are T long.</summary>
    public int* Lengths;

    public bool IsOneLength;

    /// <summary>The states and memories, [N, H]: at first the given ones, at last those behind the last step.</summary>
    public T* H, C;

    /// <summary>Where the states of each step go, rows [N, H] that lie <see cref="YStride"/> values apart, and its memories, [T, N, H], or null.</summary>
    public T* Y, Cells;

    public nint YStride;

    /// <summary>All samples, on the threads of <see cref="Mode"/> where products of some of them have the same bits.</summary>
    public void Run()
    {
        ExecutionMode all = Mode;
        if (Recurrent.TakesParts && (Rules.Cell != RecurrentCell.Gru || Candidate.TakesParts))
        {
            Mode = all with { Threads = 1 };
            WorkerPool.For(Sizes.Batch, all, ref this, RecurrentSizes.LeastSamples);
        }
        else Run(0, Sizes.Batch);
    }

    public readonly void Run(int start, int end)
    {
        int rows = end - start, h = Sizes.Hidden, width = Rules.Gates * h;
        using ScratchBuffer<T> product = Scratch.Rent<T>((nint)rows * width), temporary = Scratch.Rent<T>((nint)rows * h), inner = Scratch.Rent<T>((nint)rows * h);
        for (int i = 0; i < Sizes.Steps; i++)
        {
            int t = Sizes.Time(i);
            T* gates = Gates + ((nint)t * Sizes.Batch + start) * width, states = H + (nint)start * h;
            Recurrent.Run(states, rows, product.Pointer, Mode);
            if (Rules.Cell == RecurrentCell.Gru) Reset(gates, product.Span, states, rows, temporary, inner.Pointer);
            for (int n = 0; n < rows; n++)
            {
                Span<T> state = new(states + (nint)n * h, h), y = new(Y + t * YStride + (nint)(start + n) * h, h);
                if (Lengths != null && t >= Lengths[IsOneLength ? 0 : start + n])
                {
                    y.Clear();
                    continue;
                }
                Span<T> sums = new(gates + (nint)n * width, width), line = temporary.Span[..h], recurrent = product.Span.Slice(n * width, width);
                if (Rules.HasMemory) Lstm(sums, recurrent, new(C + (nint)(start + n) * h, h), state, line);
                else if (Rules.Cell == RecurrentCell.Plain) Plain(sums, recurrent, state);
                else if (Rules.Cell == RecurrentCell.Gru) Mix(sums, new(inner.Pointer + (nint)n * h, h), state, line);
                else ResetAfter(sums, recurrent, state, line);
                state.CopyTo(y);
                if (Cells != null) new Span<T>(C + (nint)(start + n) * h, h).CopyTo(new(Cells + ((nint)t * Sizes.Batch + start + n) * h, h));
            }
        }
    }

    // sums += bias, then recurrent.
    private readonly void Add(Span<T> sums, ReadOnlySpan<T> recurrent)
    {
        if (Bias != null) Primitives.Add(sums, new ReadOnlySpan<T>(Bias, sums.Length), sums);
        Primitives.Add(sums, recurrent, sums);
    }

    private readonly T Clip => T.CreateChecked(Rules.Clip);

    // h′ = f(sums)
    private readonly void Plain(Span<T> sums, ReadOnlySpan<T> recurrent, Span<T> state)
    {
        Add(sums, recurrent);
        Functions.F.Apply(sums, Clip);
        sums.CopyTo(state);
    }

    // c′ = f ⊙ c + i ⊙ g, h′ = o ⊙ h(c′)
    private readonly void Lstm(Span<T> sums, ReadOnlySpan<T> recurrent, Span<T> memory, Span<T> state, Span<T> temporary)
    {
        int h = Sizes.Hidden;
        Add(sums, recurrent);
        Span<T> i = sums.Slice(Order.I * h, h), f = sums.Slice(Order.F * h, h), g = sums.Slice(Order.G * h, h), o = sums.Slice(Order.O * h, h);
        Peep(0, memory, i);
        Functions.F.Apply(i, Clip);
        if (Rules.Cell == RecurrentCell.LstmCoupled) Primitives.Subtract(T.One, i, f);
        else
        {
            Peep(2, memory, f);
            Functions.F.Apply(f, Clip);
        }
        Functions.G.Apply(g, Clip);
        Primitives.Multiply(i, g, temporary);
        Primitives.Multiply(f, memory, memory);
        Primitives.Add(memory, temporary, memory);
        Peep(1, memory, o);
        Functions.F.Apply(o, Clip);
        memory.CopyTo(temporary);
        Functions.H.Apply(temporary, T.Zero);
        Primitives.Multiply(o, temporary, state);
    }

    // gate += p ⊙ c
    private readonly void Peep(int peephole, ReadOnlySpan<T> memory, Span<T> gate)
    {
        if (Peepholes != null) Primitives.MultiplyAdd(new ReadOnlySpan<T>(Peepholes + peephole * Sizes.Hidden, gate.Length), memory, gate, gate);
    }

    // z and r of all samples; `inner` becomes R·(r ⊙ h) of the candidate.
    private readonly void Reset(T* gates, ReadOnlySpan<T> product, T* states, int rows, in ScratchBuffer<T> open, T* inner)
    {
        int h = Sizes.Hidden, both = 2 * h;
        for (int n = 0; n < rows; n++)
        {
            Span<T> zr = new(gates + (nint)n * Rules.Gates * h, both);
            Add(zr, product.Slice(n * both, both));
            Functions.F.Apply(zr, Clip);
            Primitives.Multiply(zr[h..], new ReadOnlySpan<T>(states + (nint)n * h, h), open.Span.Slice(n * h, h));
        }
        Candidate.Run(open.Pointer, rows, inner, Mode);
    }

    private readonly void ResetAfter(Span<T> sums, Span<T> recurrent, Span<T> state, Span<T> temporary)
    {
        int h = Sizes.Hidden;
        Span<T> zr = sums[..(2 * h)], inner = recurrent[(2 * h)..];
        Add(zr, recurrent[..(2 * h)]);
        Functions.F.Apply(zr, Clip);
        if (ResetBias != null) Primitives.Add(inner, new ReadOnlySpan<T>(ResetBias, h), inner);
        Primitives.Multiply(inner, zr[h..], inner);
        Mix(sums, inner, state, temporary);
    }

    // h′ = (1 − z) ⊙ g(candidate) + z ⊙ h
    private readonly void Mix(Span<T> sums, ReadOnlySpan<T> inner, Span<T> state, Span<T> temporary)
    {
        int h = Sizes.Hidden;
        Span<T> z = sums[..h], candidate = sums[(2 * h)..];
        if (Bias != null) Primitives.Add(candidate, new ReadOnlySpan<T>(Bias + 2 * h, h), candidate);
        Primitives.Add(candidate, inner, candidate);
        Functions.G.Apply(candidate, Clip);
        Primitives.Subtract(T.One, z, temporary);
        Primitives.Multiply(temporary, candidate, temporary);
        Primitives.Multiply(z, state, state);
        Primitives.Add(temporary, state, state);
    }
}
