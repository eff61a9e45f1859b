using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>Sequences through recurrent cells, in one or two directions: the cell's equations are those of <see cref="RecurrentCell"/>.</summary>
/// <param name="Rules">Cell, directions, functions.</param>
/// <remarks>
/// ONNX RNN, GRU and LSTM with layout 0. Inputs x [T, N, I], w [D, G·H, I], r [D, G·H, H], b [D, 2·G·H], int32 lengths [N], or [1] for all, h₀ [D, N, H], or
/// [D, 1, H] for all, and of an LSTM c₀ like h₀ and peepholes p [D, 3·H]. Outputs y [T, D, N, H], the last state h [D, N, H] and, of an LSTM, its memory c [D, N, H].
/// Behind its length a sequence keeps its state, and y is 0. G is 1, 3 (z r h) or 4 (i o f c; peepholes i o f).
/// </remarks>
public sealed record RecurrentSequence(RecurrentRules Rules) : ComposedOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        int count = Rules.HasMemory ? 8 : 6, directions = Rules.Directions, gates = Rules.Gates;
        Ensure.Shape(inputs.Length == count, $"{Name}: {inputs.Length} inputs were given, a cell {Rules.Cell} needs {count}.");
        (Shape x, Shape r) = (inputs[0].Shape, inputs[2].Shape);
        Contractions.SameFloats([inputs[0], inputs[1], inputs[2], inputs[3], inputs[5], .. inputs[6..]], Name);
        Ensure.Shape(x.Rank == 3 && r.Rank == 3 && r.IsKnown, $"{Name}: x is {x} and r is {r}; [T, N, I] and known [D, G·H, H] are needed.");
        Ensure.Shape(inputs[4].Type == DType.Int32 && inputs[4].Shape.Rank == 1, $"{Name}: the lengths are {inputs[4]}; an int32 vector is needed.");
        Ensure.Shape(!inputs[4].Shape[0].IsKnown || inputs[4].Shape[0] == 1 || !x[1].IsKnown || inputs[4].Shape[0] == x[1], $"{Name}: there are {inputs[4].Shape[0]} lengths for {x[1]} sequences.");
        int size = r[2];
        Expect(inputs[1].Shape, [directions, gates * size, x[2]], "w");
        Expect(r, [directions, gates * size, size], "r");
        Expect(inputs[3].Shape, [directions, 2 * gates * size], "b");
        Expect(inputs[5].Shape, [directions, inputs[5].Shape.Rank > 1 && inputs[5].Shape[1] == 1 ? 1 : x[1], size], "h₀");
        TensorType y = new(inputs[0].Type, [x[0], directions, x[1], size]), h = new(inputs[0].Type, [directions, x[1], size]);
        if (!Rules.HasMemory) return [y, h];
        Expect(inputs[6].Shape, [directions, inputs[6].Shape.Rank > 1 && inputs[6].Shape[1] == 1 ? 1 : x[1], size], "c₀");
        Expect(inputs[7].Shape, [directions, 3 * size], "p");
        return [y, h, h];
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => inputs[0].Shape[0] * (double)inputs[0].Shape[1] * (inputs[1].Shape.Product() + inputs[2].Shape.Product());

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new RecurrentStep(Rules);

    /// <inheritdoc/>
    protected override Tensor[] Compose(ReadOnlySpan<Tensor> inputs)
    {
        List<Tensor>[] parts = [.. Enumerable.Range(0, Rules.HasMemory ? 3 : 2).Select(_ => new List<Tensor>())];
        for (int d = 0; d < Rules.Directions; d++)
        {
            Tensor[] results = Direction([.. inputs], d);
            for (int i = 0; i < results.Length; i++) parts[i].Add(results[i]);
        }
        return [.. parts.Select((p, i) => Door.Run(new Concat(i == 0 ? 1 : 0), [.. p])[0])];
    }

    private void Expect(Shape given, Shape wanted, string what) =>
        Ensure.Shape(given.Rank == wanted.Rank && given.Zip(wanted).All(p => p.First == p.Second || !p.First.IsKnown || !p.Second.IsKnown), $"{Name}: {what} is {given}, {wanted} is needed.");

    private Tensor[] Direction(Tensor[] inputs, int d)
    {
        Tensor x = inputs[0], w = Pick(inputs[1], d).Transpose(), r = Pick(inputs[2], d).Transpose();
        RecurrentCells cell = new(Rules.Cell, d == 0 ? Rules.Forward : Rules.Backward, Rules.Clip, r, Pick(inputs[3], d), Rules.HasMemory ? Pick(inputs[7], d) : null);
        int[] lengths = inputs[4].ToArray<int>();
        (int time, int batch, int size) = (x.Shape[0], x.Shape[1], r.Shape[0]);
        Tensor zero = Tensor.Scalar(0, x.Type), h = Pick(inputs[5], d).Expand(Shape.Of(batch, size));
        Tensor? c = Rules.HasMemory ? Pick(inputs[6], d).Expand(Shape.Of(batch, size)) : null;
        Tensor[] y = new Tensor[time];
        for (int s = 0; s < time; s++)
        {
            int t = Rules.Reverse || d == 1 ? time - 1 - s : s;
            (Tensor next, Tensor? memory) = cell.Next(Pick(x, t).MatMul(w), h, c);
            Tensor runs = Tensor.From<bool>([.. Enumerable.Range(0, batch).Select(n => t < lengths[lengths.Length == 1 ? 0 : n])], Shape.Of(batch, 1));
            y[t] = runs.Where(next, zero).Reshape(1, 1, batch, size);
            h = runs.Where(next, h);
            c = memory is null ? null : runs.Where(memory, c!);
        }
        Tensor all = Door.Run(new Concat(0), y)[0], last = h.Reshape(1, batch, size);
        return c is null ? [all, last] : [all, last, c.Reshape(1, batch, size)];
    }

    private static Tensor Pick(Tensor x, int index) => x.Apply(new Slice([index], [index + 1], [0], [1])).Squeeze(0);
}

/// <summary>The equations of <see cref="RecurrentCell"/> in tensor ops.</summary>
/// <param name="kind">The cell.</param>
/// <param name="functions">Its functions.</param>
/// <param name="clip">Bound of the inputs of f and g, or 0.</param>
/// <param name="r">[H, G·H].</param>
/// <param name="bias">[2·G·H].</param>
/// <param name="peepholes">[3·H] of an LSTM.</param>
internal sealed class RecurrentCells(RecurrentCell kind, CellFunctions functions, float clip, Tensor r, Tensor bias, Tensor? peepholes)
{
    private readonly int _size = r.Shape[0];

    /// <summary>h′ and c′ of W·x [N, G·H], h and c [N, H].</summary>
    public (Tensor H, Tensor? C) Next(Tensor wx, Tensor h, Tensor? c)
    {
        int gates = r.Shape[1];
        Tensor ownBias = Part(bias, 0, gates), recurrentBias = Part(bias, gates, gates);
        if (kind == RecurrentCell.Plain) return (Apply(functions.F, wx + h.MatMul(r) + ownBias + recurrentBias), null);
        return c is null ? (Gru(wx, h, ownBias, recurrentBias), null) : Lstm(wx + h.MatMul(r) + ownBias + recurrentBias, c);
    }

    private Tensor Gru(Tensor wx, Tensor h, Tensor ownBias, Tensor recurrentBias)
    {
        int two = 2 * _size;
        Tensor both = Apply(functions.F, Part(wx, 0, two) + h.MatMul(Part(r, 0, two)) + Part(ownBias, 0, two) + Part(recurrentBias, 0, two));
        Tensor z = Part(both, 0, _size), reset = Part(both, _size, _size), weights = Part(r, two, _size), rest = Part(recurrentBias, two, _size);
        Tensor inner = kind == RecurrentCell.GruResetAfter ? reset * (h.MatMul(weights) + rest) : (reset * h).MatMul(weights) + rest;
        Tensor candidate = Apply(functions.G, Part(wx, two, _size) + Part(ownBias, two, _size) + inner);
        return ((1 - z) * candidate) + (z * h);
    }

    private (Tensor, Tensor) Lstm(Tensor sums, Tensor c)
    {
        Tensor Peek(int gate) => Part(peepholes!, gate * _size, _size);
        Tensor i = Apply(functions.F, Part(sums, 0, _size) + (Peek(0) * c));
        Tensor f = kind == RecurrentCell.LstmCoupled ? 1 - i : Apply(functions.F, Part(sums, 2 * _size, _size) + (Peek(2) * c));
        Tensor next = (f * c) + (i * Apply(functions.G, Part(sums, 3 * _size, _size)));
        Tensor o = Apply(functions.F, Part(sums, _size, _size) + (Peek(1) * next));
        return (o * Apply(functions.H, next, bounded: false), next);
    }

    private Tensor Apply(CellFunction f, Tensor x, bool bounded = true)
    {
        if (bounded && clip > 0) x = x.Apply(new Clip(-clip, clip));
        return f.Kind switch
        {
            CellFunctionKind.Sigmoid => x.Sigmoid(),
            CellFunctionKind.Tanh => x.Tanh(),
            CellFunctionKind.Relu => x.Relu(),
            CellFunctionKind.Affine => (x * f.Alpha) + f.Beta,
            CellFunctionKind.LeakyRelu => x.Apply(new LeakyRelu(f.Alpha)),
            CellFunctionKind.ThresholdedRelu => x.Greater(Tensor.Scalar(f.Alpha, x.Type)).Where(x, Tensor.Scalar(0, x.Type)),
            CellFunctionKind.ScaledTanh => (x * f.Beta).Tanh() * f.Alpha,
            CellFunctionKind.HardSigmoid => ((x * f.Alpha) + f.Beta).Apply(new Clip(0, 1)),
            CellFunctionKind.Elu => x.Relu() + ((x.Apply(new Clip(null, 0)).Exp() - 1) * f.Alpha),
            CellFunctionKind.Softsign => x / (x.Abs() + 1),
            _ => x.Softplus(),
        };
    }

    // Of the last axis.
    private static Tensor Part(Tensor x, int start, int count) => x.Apply(new Slice([start], [start + count], [-1], [1]));
}
