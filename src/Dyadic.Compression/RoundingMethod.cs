using Dyadic.Compression.Layers;
using Dyadic.Ops;

namespace Dyadic.Compression;

/// <summary>A method that chooses the codes of weights by what a layer gives on the calibration data, layer after layer.</summary>
/// <remarks>The inputs of a layer are those of the quantised graph with the codes already chosen. Codes keep the scales and the bits of round-to-nearest.</remarks>
public abstract record RoundingMethod : QuantizeMethod
{
    private protected RoundingMethod()
    {
    }

    internal sealed override MethodStage Stage => MethodStage.Round;

    internal sealed override string? Settles => "the codes of weights";

    internal sealed override void Refine(Refinement work)
    {
        BatchWalk quantised = work.WalkQuantised(), real = work.WalkFloat();
        foreach (QuantizedLayer layer in work.Layers)
        {
            quantised.Before(layer.Node);
            int levels = WeightQuantizer.Levels(work.Context.Scoped.Of(layer.Float.Node).Bits);
            RoundingProblem problem = new(layer.Float, layer.Scales, levels, [.. quantised.Values(layer.Node.Inputs[0])])
            {
                IsRectified = !work.Float.Outputs.Contains(layer.Float.Last.Output) && work.Float.ConsumersOf(layer.Float.Last.Output).All(n => n.Op is Relu or Clip { Low: 0 }),
                Targets = () =>
                {
                    real.Before(layer.Float.Last);
                    return [.. real.Next(layer.Float.Last)];
                },
            };
            sbyte[] codes = Array.ConvertAll(Codes(problem), c => (sbyte)c);
            work.Change(layer.Codes, Tensor.From(layer.Float.Stored(codes), layer.Codes.Shape));
        }
    }

    /// <summary>Codes of W, row-major [M, K], each within ±levels.</summary>
    internal abstract int[] Codes(RoundingProblem problem);
}

/// <summary>The weights of one layer, to be rounded.</summary>
/// <param name="Layer">The layer in the float graph.</param>
/// <param name="Scales">S_w by output channel.</param>
/// <param name="Levels">The greatest code, 2ᵇ⁻¹ − 1.</param>
/// <param name="Inputs">What the layer reads in the quantised graph, by batch.</param>
internal sealed record RoundingProblem(WeightLayer Layer, float[] Scales, int Levels, IReadOnlyList<Tensor> Inputs)
{
    /// <summary>What the layer gives in the float graph, bias included, by batch.</summary>
    public Func<IReadOnlyList<Tensor>> Targets { get; init; } = () => [];

    /// <summary>True when only max(x, 0) of what the layer gives is read.</summary>
    public bool IsRectified { get; init; }

    /// <summary>W, row-major [M, K].</summary>
    public float[] Weights => field ??= Layer.Rows(Layer.Weight.ToArray<float>());

    /// <summary>clamp(⌊w/s⌉) of one row: what is there without a method.</summary>
    public int Nearest(double weight, int channel) => (int)Math.Clamp(Math.Round(weight / Scales[channel], MidpointRounding.ToEven), -Levels, Levels);
}
