using Dyadic.Kernels;
using Dyadic.Kernels.Jit;

namespace Dyadic.Runtime.Steps;

/// <summary>The memory order in which a step's Run reads and writes values of three and four dimensions.</summary>
public enum StepLayout
{
    /// <summary>[N, C, (H,) W], and every value of another rank: the order of the graph.</summary>
    Logical,

    /// <summary>[N, (H,) W, C]: the views' dimensions are given in this order.</summary>
    ChannelsLast,
}

/// <summary>
/// One computation on contiguous views: the word that plans are made of, and what an op runs when it is applied to tensors.
/// A step holds attributes and constants only; sizes come with the views, so one step serves every batch size.
/// It is immutable and safe to run from many threads.
/// </summary>
public abstract class Step
{
    /// <summary>The name of the kernel that runs, as it appears in listings, benchmarks and errors.</summary>
    public abstract string Kernel { get; }

    /// <summary>Attributes and what is fused into the kernel, for listings; empty where the name says all.</summary>
    public virtual string Details => "";

    /// <summary>The order that <see cref="Run"/> expects of views of three and four dimensions.</summary>
    public virtual StepLayout Layout => StepLayout.Logical;

    /// <summary>The input whose memory output 0 may take over when nobody reads that input later, or −1.</summary>
    public virtual int InPlaceInput => -1;

    /// <summary>True when inputs of fewer dimensions are extended in front by ones, and sizes of 1 are repeated.</summary>
    internal virtual bool Broadcasts => false;

    /// <summary>
    /// Packs constants and generates code for <paramref name="mode"/>, so that <see cref="Run"/> need not; a session calls it once for each of its steps,
    /// from any thread. May be called again, and for other modes.
    /// </summary>
    public virtual void Prepare(in ExecutionMode mode)
    {
    }

    /// <summary>Bytes of weights inside of the step: as they came, and as kernels read them in every mode it was prepared for.</summary>
    public virtual long WeightBytes => 0;

    /// <summary>The generated kernels that <see cref="Run"/> may call after <see cref="Prepare"/>; none where managed code does all.</summary>
    public virtual IEnumerable<GeneratedKernel> GeneratedKernels(InstructionSet set) => [];

    /// <summary>Computes the outputs. Shapes have been inferred and checked by whoever built the views. Allocates nothing on the managed heap.</summary>
    public abstract void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode);

    /// <summary>Computes the outputs from views in logical order, whatever <see cref="Layout"/> is. May allocate.</summary>
    internal virtual void RunLogical(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (Layout == StepLayout.Logical) Run(inputs, outputs, in mode);
        else ChannelsLast.Run(this, inputs, outputs, in mode);
    }

    /// <summary>The step that does the same to values of <paramref name="rank"/> (3 or 4) dimensions held channels-last, or null where there is none.</summary>
    /// <remarks>Outputs of the same rank are channels-last too; those of another rank are in logical order.</remarks>
    internal virtual Step? InChannelsLast(int rank) => Layout == StepLayout.ChannelsLast ? this : null;

    /// <inheritdoc/>
    public override string ToString() => Kernel;
}
