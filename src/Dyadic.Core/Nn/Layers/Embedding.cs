using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>y = W[x]: row x of a table. Shapes: x [*] Int64 → y [*, D]; W [V, D].</summary>
public sealed class Embedding : Module
{
    /// <summary>A table with standard normal entries.</summary>
    public Embedding(int count, int features, Rng rng) =>
        Weight = Parameter("weight", Tensor.Normal(Shape.Of(count, features), rng.Split("weight")));

    /// <summary>W [V, D].</summary>
    public Tensor Weight { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => Weight.Gather(x, axis: 0);
}
