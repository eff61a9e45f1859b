using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>
/// h' = n + z·(h − n) with r = σ(W_ir·x + b_ir + W_hr·h + b_hr), z likewise, n = tanh(W_in·x + b_in + r·(W_hn·h + b_hn)), step after step.
/// Shapes: x [N, T, F] → y [N, T, H], or [N, T, 2H] with both directions.
/// </summary>
/// <remarks>Cho et al. 2014, with r behind the product as in PyTorch. Gates (r, z, n) and parameters in its order; see <see cref="Recurrent"/>.</remarks>
/// <param name="inFeatures">F.</param>
/// <param name="hidden">H.</param>
/// <param name="rng">Of the parameters and the dropout.</param>
/// <param name="layers">Layers on top of each other.</param>
/// <param name="bidirectional">A second cell reads each sequence from its end.</param>
/// <param name="batchFirst">x is [N, T, F]; otherwise [T, N, F], and y likewise.</param>
/// <param name="bias">Whether there are biases.</param>
/// <param name="dropout">Of the outputs of all layers but the last, while training.</param>
public sealed class Gru(
    int inFeatures, int hidden, Rng rng, int layers = 1, bool bidirectional = false, bool batchFirst = true, bool bias = true, float dropout = 0)
    : Recurrent(3, 1, inFeatures, hidden, rng, layers, bidirectional, batchFirst, bias, dropout)
{
    /// <summary>The outputs and the last state, from a given one.</summary>
    /// <param name="x">[N, T, F].</param>
    /// <param name="h">[layers·directions, N, H].</param>
    /// <exception cref="ShapeException">The shapes do not fit.</exception>
    public (Tensor Y, Tensor H) Forward(Tensor x, Tensor h)
    {
        using Scope scope = Enter();
        (Tensor y, Tensor[] final) = Run(x, [h]);
        return (y, final[0]);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Run(x, null).Y;

    private protected override Tensor Project(Cell cell, Tensor x) => x.Linear(cell.WeightIh, cell.BiasIh);

    private protected override Tensor[] Step(Cell cell, Tensor recurrent, Tensor projected, Tensor[] state)
    {
        Tensor h = state[0], product = h.MatMul(recurrent);
        if (cell.BiasHh is { } bias) product += bias;
        (Tensor[] fromX, Tensor[] fromH) = (projected.Split(-1, 2 * Hidden, Hidden), product.Split(-1, 2 * Hidden, Hidden));
        Tensor[] gates = (fromX[0] + fromH[0]).Sigmoid().Chunk(2, axis: -1);
        Tensor n = (fromX[1] + gates[0] * fromH[1]).Tanh();
        return [n + gates[1] * (h - n)];
    }
}
