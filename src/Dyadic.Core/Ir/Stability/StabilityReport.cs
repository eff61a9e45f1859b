namespace Dyadic.Ir;

/// <summary>What an analysis found.</summary>
/// <param name="Values">Every floating-point value that a node computes, in the order of the graph.</param>
/// <param name="Outputs">The outputs of the graph; an output of integers has the bits of what it was computed from.</param>
/// <param name="Runs">The outputs of each run, in its order.</param>
/// <param name="Reference">The outputs in float32.</param>
public sealed record StabilityReport(IReadOnlyList<ValueStability> Values, IReadOnlyList<ValueStability> Outputs, IReadOnlyList<Tensor[]> Runs, Tensor[] Reference)
{
    /// <summary>The values where most bits are lost first; of equal losses those with fewer bits.</summary>
    public IReadOnlyList<ValueStability> ByLoss => [.. Values.OrderByDescending(v => v.Lost).ThenBy(v => v.Bits)];

    /// <summary>The values with the fewest bits first.</summary>
    public IReadOnlyList<ValueStability> ByBits => [.. Values.OrderBy(v => v.Bits).ThenByDescending(v => v.Lost)];
}
