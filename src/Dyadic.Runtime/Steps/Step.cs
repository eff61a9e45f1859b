using Dyadic.Kernels;

namespace Dyadic.Runtime.Steps;

/// <summary>
/// One computation on contiguous views: the word that plans are made of, and what an op runs when it is applied to tensors.
/// A step holds attributes and constants only; sizes come with the views, so one step serves every batch size.
/// It is immutable and safe to run from many threads.
/// </summary>
public abstract class Step
{
    /// <summary>The name of the kernel that runs, as it appears in listings, benchmarks and errors.</summary>
    public abstract string Kernel { get; }

    /// <summary>Computes the outputs. Shapes have been inferred and checked by whoever built the views. Allocates nothing on the managed heap.</summary>
    public abstract void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode);

    /// <summary>The input whose memory output 0 may take over when nobody reads that input later, or −1.</summary>
    public virtual int InPlaceInput => -1;

    /// <inheritdoc/>
    public override string ToString() => Kernel;
}
