namespace Dyadic.Runtime.Steps.Integer;

/// <summary>The memory order in which a step's Run reads and writes four-dimensional values.</summary>
public enum StepLayout
{
    /// <summary>[N, C, H, W], and every value of another rank: the order of the graph.</summary>
    Logical,

    /// <summary>[N, H, W, C]: the views' dimensions are given in this order.</summary>
    ChannelsLast,
}

/// <summary>
/// A step on integers only: neither it nor anything of Dyadic that it calls holds a floating-point instruction, local, field or parameter.
/// Its reference is a plain loop in logical order, and Run gives the same bytes for every width and number of threads.
/// </summary>
/// <remarks>docs/equations/integer-steps.md. Scales arrive as dyadic numbers; whoever lowers a graph makes them from real ones.</remarks>
public abstract class IntStep : Step
{
    /// <summary>Multiplications below which a step stays on one thread.</summary>
    private protected const long SmallWork = 1 << 21;

    /// <summary>The order that <see cref="Step.Run"/> expects of four-dimensional views.</summary>
    public virtual StepLayout Layout => StepLayout.Logical;

    /// <summary>Computes the outputs by the definition; views are in logical order ([N, C, H, W] where they have four dimensions).</summary>
    public abstract void RunReference(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs);

    /// <summary>The step that does the same to four-dimensional values held channels-last, or null where there is none.</summary>
    internal virtual IntStep? InChannelsLast(int rank) => Layout == StepLayout.ChannelsLast ? this : null;
}
