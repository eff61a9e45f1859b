using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>
/// Parallel convolutions of several kernel sizes over one sequence, the largest value of each filter over all places, side by side.
/// Shapes: x [N, C, L] → y [N, filters·sizes].
/// </summary>
/// <remarks>Kim 2014, §2, and with no activation the filter bank of DeepGOPlus (Kulmanov and Hoehndorf 2020). A filter must fit: L ≥ its kernel.</remarks>
public sealed class FilterBank1D : Module
{
    private readonly Conv1D[] _convs;
    private readonly bool _relu;

    /// <summary>A bank of <paramref name="filters"/> filters for each of the kernel sizes.</summary>
    /// <param name="inChannels">C.</param>
    /// <param name="filters">Filters of one size.</param>
    /// <param name="kernels">The sizes.</param>
    /// <param name="rng">Of the weights.</param>
    /// <param name="relu">Whether max(·, 0) follows.</param>
    public FilterBank1D(int inChannels, int filters, ReadOnlySpan<int> kernels, Rng rng, bool relu = true)
    {
        Ensure.Argument(!kernels.IsEmpty, $"FilterBank1D: no kernel sizes.");
        (_convs, _relu) = (new Conv1D[kernels.Length], relu);
        for (int i = 0; i < kernels.Length; i++) _convs[i] = Child($"conv{i}", new Conv1D(inChannels, filters, kernels[i], rng.Split(i)));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        Tensor y = Tensor.Concat(1, [.. _convs.Select(conv => conv.Forward(x).ReduceMax([-1]))]);
        return _relu ? y.Relu() : y;
    }
}
