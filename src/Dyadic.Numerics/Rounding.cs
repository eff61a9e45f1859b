namespace Dyadic.Numerics;

/// <summary>How a value between two neighbours of a grid is rounded; docs/equations/rounding.md.</summary>
public enum Rounding
{
    /// <summary>To the nearest, ties to the even neighbour. The default everywhere.</summary>
    HalfEven,

    /// <summary>To the nearest, ties away from zero.</summary>
    HalfAway,

    /// <summary>Towards −∞.</summary>
    Floor,

    /// <summary>To one of the two neighbours at random, so that the expectation is the value.</summary>
    Stochastic,
}
