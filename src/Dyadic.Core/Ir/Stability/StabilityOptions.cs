namespace Dyadic.Ir;

/// <summary>How the significant bits of a graph's values are estimated.</summary>
public sealed record StabilityOptions
{
    /// <summary>Runs in the stochastic arithmetic, at least 2.</summary>
    public int Samples { get; init; } = 30;

    /// <summary>Each run takes a seed of its own below this one.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>p: the share of further runs that agree in the stated bits.</summary>
    public double Probability { get; init; } = 0.95;

    /// <summary>1 − α: the confidence of the statement.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>The most elements of a value that are looked at; of larger values every k-th.</summary>
    public int Elements { get; init; } = 1 << 14;
}
