using System.Numerics;
using System.Runtime.CompilerServices;
using Dyadic.Kernels;
using Dyadic.Kernels.Reference;
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
            if (outputs[0].Type == DType.Float32) new Pass<float>(inputs, outputs, rules, d, mode).Run();
            else if (outputs[0].Type == DType.Float64) new Pass<double>(inputs, outputs, rules, d, mode).Run();
            else throw ConvViews.Unsupported(Kernel, outputs[0].Type);
        }
    }

    // One direction.
    private readonly ref struct Pass<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly RecurrentRules _rules;
        private readonly CellFunctions _functions;
        private readonly ExecutionMode _mode;
        private readonly TensorView _x, _y;
        private readonly int _time, _batch, _size, _gates, _direction;
        private readonly T* _w, _r, _b, _p;
        private readonly ReadOnlySpan<int> _lengths;
        private readonly Span<T> _start, _memory, _last, _lastMemory;
        private readonly T _clip;

        public Pass(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, RecurrentRules rules, int direction, ExecutionMode mode)
        {
            (_x, _y, _rules, _mode, _direction) = (inputs[0], outputs[0], rules, mode, direction);
            _functions = direction == 0 ? rules.Forward : rules.Backward;
            (_time, _batch, _size, _clip) = (_x.Dims[0], _x.Dims[1], _y.Dims[3], T.CreateChecked(rules.Clip));
            _gates = rules.Gates * _size;
            _w = (T*)inputs[1].Data + ((nint)direction * _gates * _x.Dims[2]);
            _r = (T*)inputs[2].Data + ((nint)direction * _gates * _size);
            _b = (T*)inputs[3].Data + (direction * 2 * _gates);
            _lengths = inputs[4].Span<int>();
            _start = Of(inputs[5], direction);
            _last = Of(outputs[1], direction);
            if (!rules.HasMemory) return;
            _memory = Of(inputs[6], direction);
            _p = (T*)inputs[7].Data + (direction * 3 * _size);
            _lastMemory = Of(outputs[2], direction);
        }

        public void Run()
        {
            using ScratchBuffer<T> gates = Scratch.Rent<T>((nint)_time * _batch * _gates), other = Scratch.Rent<T>((nint)_batch * _size);
            Spread(_start, _last);
            if (_rules.HasMemory) Spread(_memory, _lastMemory);
            Gemm((T*)_x.Data, _x.Dims[2], _w, gates.Pointer, _time * _batch, _gates, false);
            AddBias(gates.Span);
            fixed (T* h = _last)
            {
                for (int s = 0; s < _time; s++)
                {
                    int t = _rules.Reverse || _direction == 1 ? _time - 1 - s : s;
                    T* g = gates.Pointer + ((nint)t * _batch * _gates);
                    bool gru = _rules.Cell is RecurrentCell.Gru or RecurrentCell.GruResetAfter;
                    Gemm(h, _size, _r, g, _batch, gru ? 2 * _size : _gates, true);
                    if (gru) Candidates(h, g, other);
                    for (int n = 0; n < _batch; n++) Update(t, n, new(g + ((nint)n * _gates), _gates), other.Span.Slice(n * _size, _size));
                }
            }
        }

        // z and r are finished; `other` becomes R·(r ⊙ h), or r ⊙ (R·h + b).
        private void Candidates(T* h, T* g, ScratchBuffer<T> other)
        {
            bool after = _rules.Cell == RecurrentCell.GruResetAfter;
            T* r = _r + ((nint)2 * _size * _size);
            using ScratchBuffer<T> reset = Scratch.Rent<T>((nint)_batch * _size);
            if (after) Gemm(h, _size, r, other.Pointer, _batch, _size, false, _size);
            for (int n = 0; n < _batch; n++)
            {
                Span<T> line = other.Span.Slice(n * _size, _size), gates = new(g + ((nint)n * _gates), 2 * _size);
                _functions.F.Apply(gates, _clip);
                Span<T> open = gates[_size..];
                if (!after) Primitives.Multiply(open, new ReadOnlySpan<T>(h + ((nint)n * _size), _size), reset.Span.Slice(n * _size, _size));
                else
                {
                    Primitives.Add(line, new ReadOnlySpan<T>(_b + _gates + (2 * _size), _size), line);
                    Primitives.Multiply(line, open, line);
                }
            }
            if (!after) Gemm(reset.Pointer, _size, r, other.Pointer, _batch, _size, false, _size);
        }

        private void Update(int t, int n, Span<T> g, Span<T> other)
        {
            Span<T> h = _last.Slice(n * _size, _size), y = new((T*)_y.Data + (((((nint)t * _rules.Directions) + _direction) * _batch) + n) * _size, _size);
            if (t >= _lengths[_lengths.Length == 1 ? 0 : n])
            {
                y.Clear();
                return;
            }
            if (_rules.HasMemory) Remember(g, _lastMemory.Slice(n * _size, _size), h);
            else if (_rules.Cell == RecurrentCell.Plain)
            {
                _functions.F.Apply(g, _clip);
                g.CopyTo(h);
            }
            else
            {
                Span<T> candidate = g[(2 * _size)..];
                Primitives.Add(candidate, other, candidate);
                _functions.G.Apply(candidate, _clip);
                for (int j = 0; j < _size; j++) h[j] = ((T.One - g[j]) * candidate[j]) + (g[j] * h[j]);
            }
            h.CopyTo(y);
        }

        private void Remember(Span<T> g, Span<T> c, Span<T> h)
        {
            Span<T> i = g[.._size], o = g.Slice(_size, _size), f = g.Slice(2 * _size, _size), n = g.Slice(3 * _size, _size);
            Primitives.MultiplyAdd(new ReadOnlySpan<T>(_p, _size), c, i, i);
            _functions.F.Apply(i, _clip);
            if (_rules.Cell == RecurrentCell.LstmCoupled) Primitives.Subtract(T.One, i, f);
            else
            {
                Primitives.MultiplyAdd(new ReadOnlySpan<T>(_p + (2 * _size), _size), c, f, f);
                _functions.F.Apply(f, _clip);
            }
            _functions.G.Apply(n, _clip);
            for (int j = 0; j < _size; j++) c[j] = (f[j] * c[j]) + (i[j] * n[j]);
            Primitives.MultiplyAdd(new ReadOnlySpan<T>(_p + _size, _size), c, o, o);
            _functions.F.Apply(o, _clip);
            c.CopyTo(h);
            _functions.H.Apply(h, T.Zero);
            Primitives.Multiply(h, o, h);
        }

        // Both biases, but for that of R which a GRU adds behind its reset gate.
        private void AddBias(Span<T> gates)
        {
            using ScratchBuffer<T> sum = Scratch.Rent<T>(_gates);
            ReadOnlySpan<T> own = new(_b, _gates), recurrent = new(_b + _gates, _gates);
            Primitives.Add(own, recurrent, sum.Span);
            if (_rules.Cell == RecurrentCell.GruResetAfter) own[(2 * _size)..].CopyTo(sum.Span[(2 * _size)..]);
            for (int at = 0; at < gates.Length; at += _gates) Primitives.Add(gates.Slice(at, _gates), sum.Span, gates.Slice(at, _gates));
        }

        // c [rows, columns] (+)= a [rows, k]·bᵀ; lines of c lie G·H apart unless another distance is given.
        private void Gemm(T* a, int k, T* b, T* c, int rows, int columns, bool accumulate, int ldc = 0)
        {
            ldc = ldc == 0 ? _gates : ldc;
            if (typeof(T) == typeof(float)) FloatGemm.Run((float*)a, k, false, (float*)b, k, true, (float*)c, ldc, rows, columns, k, accumulate ? 1 : 0, _mode);
            else ReferenceGemm.Run((double*)a, k, false, (double*)b, k, true, (double*)c, ldc, rows, columns, k, accumulate);
        }

        private Span<T> Of(in TensorView view, int direction)
        {
            int length = view.Length / _rules.Directions;
            return view.Span<T>().Slice(direction * length, length);
        }

        private void Spread(ReadOnlySpan<T> from, Span<T> to)
        {
            for (int at = 0; at < to.Length; at += from.Length) from.CopyTo(to[at..]);
        }
    }
}
