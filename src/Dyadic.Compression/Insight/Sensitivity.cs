using System.Text.RegularExpressions;
using Dyadic.Compression.Layers;
using Dyadic.Compression.Scopes;
using Dyadic.Ir;

namespace Dyadic.Compression.Insight;

/// <summary>What one layer's quantisation does to a score.</summary>
/// <param name="Node">The convolution or product; what its step includes goes with it.</param>
/// <param name="Alone">The score with this layer in integers and everything else in floating point.</param>
/// <param name="Others">The score with everything but this layer in integers.</param>
/// <param name="FourBits">The score with everything in integers and this layer's weights of 4 bits; null where they have no more.</param>
public sealed record LayerSensitivity(string Node, double Alone, double Others, double? FourBits);

/// <summary>The sensitivity of all layers.</summary>
/// <param name="Float">The score of the float graph.</param>
/// <param name="Whole">The score with everything in integers.</param>
/// <param name="Layers">The layers in the order of the graph.</param>
public sealed record SensitivityReport(double Float, double Whole, IReadOnlyList<LayerSensitivity> Layers);

/// <summary>Which layers a score suffers from: each is quantised alone, left out alone, and given weights of 4 bits alone.</summary>
/// <remarks>A network of N layers is quantised and scored 3·N + 1 times.</remarks>
public static class SensitivityAnalysis
{
    private const int FourBits = 4;

    extension(Graph graph)
    {
        /// <summary>The sensitivity of every convolution and product with weights.</summary>
        /// <param name="config">How the graph is quantised.</param>
        /// <param name="calibration">Gives the batches, once for each quantisation.</param>
        /// <param name="score">The score of a graph, float or quantised; higher is better.</param>
        /// <param name="progress">Hears of the share done.</param>
        /// <exception cref="CompressionException">As quantisation throws it.</exception>
        public SensitivityReport Sensitivity(QuantizeConfig config, Func<IEnumerable<IReadOnlyDictionary<string, Tensor>>> calibration, Func<Graph, double> score, Action<double>? progress = null)
        {
            config.Check();
            config = config with { IntegerOnly = false, ReportSamples = 0 };
            Graph simple = graph.Simplified();
            ScopedConfig scoped = new(simple, graph, config);
            QuantizationScope scope = scoped.Scope(simple);
            IReadOnlyList<WeightLayer> layers = WeightLayer.In(simple, scope);
            string[] all = [.. simple.Nodes.Select(n => n.Name)];
            double whole = Score(config);
            List<LayerSensitivity> result = [];
            foreach (WeightLayer layer in layers)
            {
                string[] unit = [.. Step(simple, scope, layer.Node)];
                double alone = Score(Excluding(config, all.Except(unit))), others = Score(Excluding(config, unit));
                double? four = scoped.Of(layer.Node).Bits > FourBits ? Score(WithFourBits(config, scoped, layer.Node.Name)) : null;
                result.Add(new(layer.Node.Name, alone, others, four));
                progress?.Invoke((double)result.Count / layers.Count);
            }
            return new(score(simple), whole, result);

            double Score(QuantizeConfig c) => score(simple.Quantize(c, calibration()).Graph);
        }
    }

    private static QuantizeConfig Excluding(QuantizeConfig config, IEnumerable<string> names) => config with { Exclude = [.. (config.Exclude ?? []).Union(names)] };

    // The layer and what its step includes behind it.
    private static IEnumerable<string> Step(Graph graph, QuantizationScope scope, Node layer)
    {
        for (Node node = layer; ; node = graph.ConsumersOf(node.Output).Single())
        {
            yield return node.Name;
            if (node.Outputs.Count != 1) yield break;
            if (scope.Values.Contains(node.Output) || graph.Outputs.Contains(node.Output) || graph.ConsumersOf(node.Output).Count() != 1) yield break;
        }
    }

    // The settings of the layer's own rule stay; that rule goes where it held for nothing else.
    private static QuantizeConfig WithFourBits(QuantizeConfig config, ScopedConfig scoped, string layer)
    {
        IReadOnlyList<QuantizeRule> rules = config.Rules ?? [];
        bool ruled = scoped.Rules.TryGetValue(layer, out int own);
        QuantizeRule four = (ruled ? rules[own] : new()) with { Match = $"^{Regex.Escape(layer)}$", Op = null, Bits = FourBits };
        return config with { Rules = [four, .. rules.Where((_, i) => scoped.Rules.Any(r => r.Value == i && r.Key != layer))] };
    }
}
