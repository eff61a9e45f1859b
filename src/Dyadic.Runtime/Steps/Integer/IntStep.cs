namespace Dyadic.Runtime.Steps.Integer;

/// <summary>
/// A step on integers only: neither it nor anything of Dyadic that it calls holds a floating-point instruction, local, field or parameter.
/// Its reference is a plain loop in logical order, and Run gives the same bytes for every width and number of threads.
/// </summary>
/// <remarks>docs/equations/integer-steps.md. Scales arrive as dyadic numbers; whoever lowers a graph makes them from real ones.</remarks>
public abstract class IntStep : Step
{
    /// <summary>Multiplications below which a step stays on one thread.</summary>
    private protected const long SmallWork = 1 << 21;

    /// <summary>Computes the outputs by the definition; views are in logical order ([N, C, H, W] where they have four dimensions).</summary>
    public abstract void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs);
}
