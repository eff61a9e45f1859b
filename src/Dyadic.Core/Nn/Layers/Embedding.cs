using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>y = W[x]: row x of a table. Shapes: x [*] Int64 → y [*, D]; W [V, D].</summary>
public sealed class Embedding : Module
{
    private readonly int? _padding;

    /// <summary>A table with normal entries.</summary>
    /// <param name="count">V.</param>
    /// <param name="features">D.</param>
    /// <param name="rng">Of the entries.</param>
    /// <param name="padding">The index of a row that stands for no token: zero at first, and left alone by training.</param>
    /// <param name="deviation">Standard deviation of the entries.</param>
    public Embedding(int count, int features, Rng rng, int? padding = null, float deviation = 1)
    {
        Ensure.Argument(padding is null || (padding >= 0 && padding < count), $"Embedding: the padding index is {padding}, the rows are 0 to {count - 1}.");
        _padding = padding;
        Weight = Parameter("weight", Tensor.Normal(Shape.Of(count, features), rng.Split("weight"), 0, deviation));
        if (padding is { } row) Weight.Span<float>().Slice(row * features, features).Clear();
    }

    /// <summary>W [V, D].</summary>
    public Tensor Weight { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        Tensor y = Weight.Gather(x, axis: 0);
        if (_padding is not { } padding || !y.RequiresGrad) return y;
        Tensor isPadding = x.Equal(Tensor.Scalar(padding, x.Type)).Unsqueeze(-1), row = Weight.Detach().Slice(0, padding, padding + 1).Squeeze(0);
        return isPadding.Where(row, y);   // the same values, from which no gradient reaches the row
    }
}
