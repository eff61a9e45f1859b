using Dyadic.Arithmetics;
using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>
/// c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c') with (i, f, g, o) = W_ih·x + b_ih + W_hh·h + b_hh, step after step.
/// Shapes: x [N, T, F] → y [N, T, H], or [N, T, 2H] with both directions.
/// </summary>
/// <remarks>Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000. Gates and parameters in PyTorch's order; see <see cref="Recurrent"/>.</remarks>
/// <param name="inFeatures">F.</param>
/// <param name="hidden">H.</param>
/// <param name="rng">Of the parameters and the dropout.</param>
/// <param name="layers">Layers on top of each other.</param>
/// <param name="bidirectional">A second cell reads each sequence from its end.</param>
/// <param name="batchFirst">x is [N, T, F]; otherwise [T, N, F], and y likewise.</param>
/// <param name="bias">Whether there are biases.</param>
/// <param name="dropout">Of the outputs of all layers but the last, while training.</param>
public sealed class Lstm(
    int inFeatures, int hidden, Rng rng, int layers = 1, bool bidirectional = false, bool batchFirst = true, bool bias = true, float dropout = 0)
    : Recurrent(4, 2, inFeatures, hidden, rng, layers, bidirectional, batchFirst, bias, dropout)
{
    /// <summary>The outputs and the last states, from given ones.</summary>
    /// <param name="x">[N, T, F].</param>
    /// <param name="h">[layers·directions, N, H].</param>
    /// <param name="c">[layers·directions, N, H].</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public (Tensor Y, Tensor H, Tensor C) Forward(Tensor x, Tensor h, Tensor c)
    {
        using Scope scope = Enter();
        (Tensor y, Tensor[] final) = Run(x, [h, c]);
        return (y, final[0], final[1]);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Run(x, null).Y;

    // Other arithmetics see every operation, and a traced graph is made of ops that can become integers.
    private protected override Tensor? Whole(Cell cell, Tensor x, Tensor[] state, bool reverse)
    {
        if (Arithmetic.Current != Arithmetic.Float32 || Door.Tracer is not null) return null;
        Tensor[] inputs = [x.Transpose(0, 1), cell.WeightIh, cell.WeightHh, .. state];
        if (Bias(cell) is { } bias) inputs = [.. inputs, bias];
        Tensor[] outputs = Door.Run(new LstmSequence(reverse), inputs);
        int last = reverse ? 0 : x.Shape[1].Size - 1;
        for (int s = 0; s < state.Length; s++) state[s] = outputs[s].Select(0, last);
        return outputs[0].Transpose(0, 1);
    }

    private protected override Tensor Project(Cell cell, Tensor x) =>
        x.Linear(cell.WeightIh, Bias(cell));

    private static Tensor? Bias(Cell cell) => cell is { BiasIh: { } a, BiasHh: { } b } ? a + b : null;

    private protected override Tensor[] Step(Cell cell, Tensor recurrent, Tensor projected, Tensor[] state)
    {
        Tensor[] gates = (projected + state[0].MatMul(recurrent)).Chunk(4, axis: -1);
        Tensor c = gates[1].Sigmoid() * state[1] + gates[0].Sigmoid() * gates[2].Tanh();
        return [gates[3].Sigmoid() * c.Tanh(), c];
    }
}
