using Dyadic.Kernels;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>y = x, then line places[k] of y = line k of u, for places that are known; float32. Inputs x, u. Later lines replace earlier ones.</summary>
public sealed class ScatterLinesStep : Step
{
    private readonly (int From, int To, int Length)[] _runs;      // elements; lines that stay side by side are one run

    /// <summary>The step for given places.</summary>
    /// <param name="places">Where each line of u goes, in lines.</param>
    /// <param name="length">Elements of a line.</param>
    public ScatterLinesStep(ReadOnlySpan<int> places, int length)
    {
        List<(int From, int To, int Length)> runs = [];
        for (int k = 0; k < places.Length; k++)
        {
            if (runs.Count > 0 && runs[^1] is var last && last.To + last.Length == places[k] * length) runs[^1] = last with { Length = last.Length + length };
            else runs.Add((k * length, places[k] * length, length));
        }
        _runs = [.. runs];
    }

    /// <inheritdoc/>
    public override string Kernel => "scatter_lines";

    /// <inheritdoc/>
    public override string Details => $"{_runs.Length} runs";

    /// <inheritdoc/>
    public override int InPlaceInput => 0;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        Scattering.Begin(inputs[0], outputs[0]);
        ReadOnlySpan<float> u = inputs[1].Span<float>();
        Span<float> y = outputs[0].Span<float>();
        foreach ((int from, int to, int length) in _runs)
        {
            if (length == 1) y[to] = u[from];
            else u.Slice(from, length).CopyTo(y[to..]);
        }
    }
}
