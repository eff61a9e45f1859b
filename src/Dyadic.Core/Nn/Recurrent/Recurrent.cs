using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>
/// Layers of recurrent cells, in one direction or both, over whole sequences: one product makes the input part of all gates at all times,
/// and one a step the recurrent part of all gates. Shapes: x [N, T, F] → y [N, T, H], or [N, T, 2H] with both directions.
/// </summary>
/// <remarks>
/// Parameters are named and laid out as in PyTorch: weight_ih_l0 [G·H, F], weight_hh_l0 [G·H, H], bias_ih_l0 and bias_hh_l0 [G·H] for G gates,
/// l1, l2, … above, and _reverse behind those of the other direction. All start uniform in ±1/√H.
/// </remarks>
public abstract class Recurrent : Module
{
    private readonly Cell[][] _layers;
    private readonly Dropout[] _dropouts;
    private readonly bool _batchFirst;

    private protected Recurrent(int gates, int states, int inFeatures, int hidden, Rng rng, int layers, bool bidirectional, bool batchFirst, bool bias, float dropout)
    {
        Ensure.Argument(inFeatures >= 1 && hidden >= 1 && layers >= 1, $"{GetType().Name}: {inFeatures} inputs, {hidden} hidden units and {layers} layers; at least 1 of each is needed.");
        (Hidden, States, _batchFirst) = (hidden, states, batchFirst);
        _layers = new Cell[layers][];
        int directions = bidirectional ? 2 : 1;
        for (int layer = 0; layer < layers; layer++)
        {
            _layers[layer] = new Cell[directions];
            for (int d = 0; d < directions; d++) _layers[layer][d] = NewCell($"l{layer}{(d == 0 ? "" : "_reverse")}", gates, layer == 0 ? inFeatures : directions * hidden, rng, bias);
        }
        _dropouts = new Dropout[layers - 1];
        for (int i = 0; i < _dropouts.Length; i++) _dropouts[i] = Child($"dropout_l{i}", new Dropout(dropout, rng.Split($"dropout_l{i}")));
    }

    /// <summary>H.</summary>
    public int Hidden { get; }

    // Tensors of the state of a cell; the first is h.
    private int States { get; }

    /// <summary>The input part of the gates of all steps [N, T, G·H].</summary>
    private protected abstract Tensor Project(Cell cell, Tensor x);

    /// <summary>The outputs of all steps [N, T, H] by one op, where there is one that does the same in the current arithmetic; the state is then the last one. Null elsewhere.</summary>
    private protected virtual Tensor? Whole(Cell cell, Tensor x, Tensor[] state, bool reverse) => null;

    /// <summary>The state after one step.</summary>
    /// <param name="cell">The parameters.</param>
    /// <param name="recurrent">The transpose of weight_hh [H, G·H].</param>
    /// <param name="projected">The input part of the gates [N, G·H].</param>
    /// <param name="state">The state before it, each [N, H], or [1, H] where it is the same for all samples.</param>
    private protected abstract Tensor[] Step(Cell cell, Tensor recurrent, Tensor projected, Tensor[] state);

    /// <summary>The outputs of all steps, and the last state of each layer and direction.</summary>
    /// <param name="x">[N, T, F].</param>
    /// <param name="initial">Tensors [layers·directions, N, H], or null for zeros.</param>
    private protected (Tensor Y, Tensor[] Final) Run(Tensor x, Tensor[]? initial)
    {
        Ensure.Shape(x.Rank == 3 && x.Shape[_batchFirst ? 1 : 0] > 0, $"{GetType().Name}: x is {x.Shape}; three dimensions and at least one step are needed.");
        if (!_batchFirst) x = x.Transpose(0, 1);
        int directions = _layers[0].Length, cells = _layers.Length * directions;
        foreach (Tensor t in initial ?? [])
            Ensure.Shape(t.Shape == Shape.Of(cells, x.Shape[0], Hidden), $"{GetType().Name}: an initial state is {t.Shape}; [{cells}, {x.Shape[0]}, {Hidden}] is needed.");
        var final = new Tensor[States][];
        for (int s = 0; s < States; s++) final[s] = new Tensor[cells];
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            var outputs = new Tensor[directions];
            for (int d = 0; d < directions; d++)
            {
                int index = (layer * directions) + d;
                Tensor[] state = initial is null ? Zeros(x.Type) : Array.ConvertAll(initial, t => t.Select(0, index));
                outputs[d] = Sequence(_layers[layer][d], x, state, reverse: d == 1);
                for (int s = 0; s < States; s++) final[s][index] = state[s];
            }
            x = directions == 1 ? outputs[0] : Tensor.Concat(-1, outputs);
            if (layer < _dropouts.Length) x = _dropouts[layer].Forward(x);
        }
        return (_batchFirst ? x : x.Transpose(0, 1), Array.ConvertAll(final, f => Tensor.Stack(0, f)));
    }

    // All steps of one cell; the state is updated in place.
    private Tensor Sequence(Cell cell, Tensor x, Tensor[] state, bool reverse)
    {
        if (Whole(cell, x, state, reverse) is { } whole) return whole;
        int steps = x.Shape[1];
        Tensor[] projected = Project(cell, x).Chunk(steps, axis: 1);
        Tensor recurrent = cell.WeightHh.Transpose();
        var y = new Tensor[steps];
        for (int i = 0; i < steps; i++)
        {
            int t = reverse ? steps - 1 - i : i;
            Step(cell, recurrent, projected[t].Squeeze(1), state).CopyTo(state, 0);
            y[t] = state[0];
        }
        return Tensor.Stack(1, y);
    }

    // One row for all samples: a traced graph must not hold the size of the batch.
    private Tensor[] Zeros(DType type) => [.. Enumerable.Range(0, States).Select(_ => Tensor.Zeros(Shape.Of(1, Hidden), type))];

    private Cell NewCell(string suffix, int gates, int inFeatures, Rng rng, bool bias)
    {
        Tensor New(string name, params ReadOnlySpan<int> dims)
        {
            float bound = 1 / MathF.Sqrt(Hidden);
            return Parameter($"{name}_{suffix}", Tensor.Uniform(Shape.Of(dims), rng.Split($"{name}_{suffix}"), -bound, bound));
        }
        int rows = gates * Hidden;
        return new(New("weight_ih", rows, inFeatures), New("weight_hh", rows, Hidden), bias ? New("bias_ih", rows) : null, bias ? New("bias_hh", rows) : null);
    }

    /// <summary>The parameters of one layer in one direction.</summary>
    private protected sealed record Cell(Tensor WeightIh, Tensor WeightHh, Tensor? BiasIh, Tensor? BiasHh);
}
