using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>y = x + P[0 … T − 1]: something of its own added at each position. Shapes: x [N, T, D] → y [N, T, D]; P [positions, D].</summary>
public abstract class Positions : Module
{
    private protected Positions()
    {
    }

    /// <summary>P.</summary>
    public abstract Tensor Table { get; }

    /// <summary>The first T rows of P [T, D].</summary>
    /// <exception cref="ShapeException">T is more than there are positions.</exception>
    public Tensor First(int count)
    {
        int limit = Table.Shape[0];
        Ensure.Shape(count <= limit, $"{GetType().Name}: {count} positions, there are {limit}. Truncate the sequence.");
        return count == limit ? Table : Table.Slice(0, 0, count);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        Ensure.Shape(x.Rank == 3 && x.Shape[2] == Table.Shape[1], $"{GetType().Name}: x is {x.Shape}; [N, T, {Table.Shape[1]}] is needed.");
        return x + First(x.Shape[1]);
    }
}

/// <summary>Positions with P[t, 2i] = sin(t/10000^(2i/D)) and P[t, 2i + 1] = cos(t/10000^(2i/D)).</summary>
/// <remarks>Vaswani et al. 2017, §3.5. P is neither trained nor saved.</remarks>
public sealed class SinusoidalPositions(int positions, int features) : Positions
{
    /// <inheritdoc/>
    public override Tensor Table { get; } = Waves(positions, features);

    private static Tensor Waves(int positions, int features)
    {
        float[] p = new float[positions * features];
        for (int i = 0; i < p.Length; i++)
        {
            int t = i / features, d = i % features;
            double angle = t * Math.Pow(10000, -(double)(d / 2 * 2) / features);
            p[i] = (float)(d % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
        }
        return Tensor.From(p, Shape.Of(positions, features));
    }
}

/// <summary>Positions with a trained P, normal with standard deviation 0.02 at first.</summary>
public sealed class LearnedPositions : Positions
{
    /// <summary>A table of that many positions.</summary>
    public LearnedPositions(int positions, int features, Rng rng) =>
        Table = Parameter("weight", Tensor.Normal(Shape.Of(positions, features), rng.Split("weight"), 0, 0.02f));

    /// <inheritdoc/>
    public override Tensor Table { get; }
}
