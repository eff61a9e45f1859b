using System.Text.Json.Serialization;
using Dyadic.Compression.Calibration;
using Dyadic.Compression.Layers;
using Dyadic.Compression.Scopes;
using Dyadic.Ir;

namespace Dyadic.Compression;

/// <summary>A post-training method beside the choice of ranges, a value with its parameters; docs/guides/quantise.md tells which to take.</summary>
/// <remarks>
/// Methods compose. Whatever their order in <see cref="QuantizeConfig.Methods"/>, those that change the float graph come before calibration, then the choice of the weights' scales, then that of
/// their codes, then what corrects the rest. In JSON a method is its <see cref="Name"/>, or an object with that name and its parameters.
/// </remarks>
[JsonConverter(typeof(QuantizeMethodConverter))]
public abstract record QuantizeMethod
{
    private protected QuantizeMethod()
    {
    }

    /// <summary>The name on the command line, in JSON and in the metadata of the quantised graph.</summary>
    [JsonPropertyOrder(-1)]
    public abstract string Name { get; }

    /// <summary>What it settles, which no other method of the same configuration may settle too; null when it goes with any.</summary>
    internal virtual string? Settles => null;

    /// <summary>When it is its turn.</summary>
    internal abstract MethodStage Stage { get; }

    /// <summary>Throws unless the parameters are possible.</summary>
    /// <exception cref="CompressionException">One is not.</exception>
    internal virtual void Check()
    {
    }

    /// <summary>The float graph for the calibration; what it computes stays the same.</summary>
    internal virtual Graph Prepare(Graph graph, MethodContext context) => graph;

    /// <summary>Changes codes of weights and biases of the quantised graph.</summary>
    internal virtual void Refine(Refinement work)
    {
    }
}

/// <summary>The order of methods.</summary>
internal enum MethodStage
{
    /// <summary>Moves scales within the float graph.</summary>
    Balance,

    /// <summary>Chooses the scales of weights.</summary>
    Scale,

    /// <summary>Chooses the codes of weights.</summary>
    Round,

    /// <summary>Corrects what the others left.</summary>
    Correct,
}

/// <summary>What a method of the float graph may look at.</summary>
/// <param name="Data">The calibration data, kept.</param>
/// <param name="Scoped">The configuration of each node.</param>
/// <param name="Note">Hears what was left alone, and why.</param>
internal sealed record MethodContext(CalibrationData Data, ScopedConfig Scoped, Action<string> Note)
{
    /// <summary>The convolutions and products of <paramref name="graph"/> that will be integers and on which <paramref name="method"/> works, in its order.</summary>
    public IReadOnlyList<WeightLayer> Layers(Graph graph, QuantizeMethod method) => [.. WeightLayer.In(graph, Scoped.Scope(graph)).Where(l => Scoped.Uses(l.Node, method))];
}
