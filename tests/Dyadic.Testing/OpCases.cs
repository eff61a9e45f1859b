using Dyadic.Numerics;

namespace Dyadic.Testing;

/// <summary>One op with inputs for it: a row of the table over which everything that holds for every op is tested.</summary>
/// <param name="Op">The op.</param>
/// <param name="Inputs">Makes the inputs from a random stream; floating-point ones in float64, away from kinks and ties.</param>
/// <param name="Label">Tells rows of one op apart.</param>
public sealed record OpCase(Op Op, Func<Rng, Tensor[]> Inputs, string Label = "")
{
    public override string ToString() => Label.Length == 0 ? Op.ToString() : $"{Op.Name} {Label}";
}

/// <summary>Every op has at least one row here; the architecture tests see to it.</summary>
public static partial class OpCases
{
    public static IReadOnlyList<OpCase> All { get; } = [.. Elementwise(), .. Contractions(), .. Shapes(), .. Quantization(), .. Stored(), .. IntegerSums()];

    private static partial IEnumerable<OpCase> Elementwise();

    private static partial IEnumerable<OpCase> Contractions();

    private static partial IEnumerable<OpCase> Shapes();

    /// <summary>Float64 values uniform in [low, high).</summary>
    private static Tensor Uniform(Rng rng, double low, double high, params ReadOnlySpan<int> dims)
    {
        Shape shape = Shape.Of(dims);
        double[] values = new double[shape.Length];
        for (int i = 0; i < values.Length; i++) values[i] = low + ((high - low) * rng.NextDouble());
        return Tensor.From(values, shape);
    }
}
