using Dyadic.Compression.Layers;
using Dyadic.Ir;

namespace Dyadic.Compression.Scopes;

/// <summary>What a configuration means for a graph, before anything runs.</summary>
public static class Previews
{
    extension(Graph graph)
    {
        /// <summary>The settings of each node that <see cref="PostTraining"/> would quantise this graph with.</summary>
        /// <param name="config">How.</param>
        /// <exception cref="CompressionException">As quantisation throws it for the configuration: a setting is not possible, a rule holds for no node.</exception>
        public QuantizePreview Preview(QuantizeConfig config)
        {
            config.Check();
            Graph simple = graph.Simplified();
            return Of(simple, new(simple, graph, config));
        }
    }

    /// <summary>The settings of each node of a simplified graph.</summary>
    internal static QuantizePreview Of(Graph simple, ScopedConfig scoped)
    {
        Expansion expansion = new(simple, scoped, scoped.Scope(simple));
        NodeSettings[] nodes = [.. simple.Nodes.Select(expansion.Of)];
        return new(nodes, Idle(nodes, scoped.Config.Rules ?? []));
    }

    // What a rule sets for none of its nodes.
    private static IReadOnlyList<string> Idle(IReadOnlyList<NodeSettings> nodes, IReadOnlyList<QuantizeRule> rules)
    {
        List<string> idle = [];
        for (int i = 0; i < rules.Count; i++)
        {
            QuantizeRule rule = rules[i];
            NodeSettings[] own = [.. nodes.Where(n => n.Rule == i)];
            if (rule.KeepFloat == true) continue;
            if ((rule.Bits ?? (object?)rule.PerChannel ?? rule.Methods) is not null && own.All(n => n.Bits is null))
                idle.Add($"{rule.Describe(i)} has settings for weights, but none of the nodes for which it holds has weights that become integers");
            if ((rule.Calibrator ?? rule.Percentile ?? (object?)rule.ActivationSigned ?? rule.ActivationSymmetric) is not null && own.All(n => n.Calibrator is null && n.Range != "next"))
                idle.Add($"{rule.Describe(i)} has settings for ranges, but calibration chooses none of its nodes' ranges");
        }
        return idle;
    }

    /// <summary>The settings of nodes.</summary>
    private sealed class Expansion(Graph graph, ScopedConfig scoped, QuantizationScope scope)
    {
        private readonly HashSet<string> _layers = [.. WeightLayer.In(graph, scope).Select(l => l.Node.Name)];

        public NodeSettings Of(Node node)
        {
            QuantizeConfig own = scoped.Of(node);
            bool layer = _layers.Contains(node.Name), table = scope.IsEmbedding(node);
            NodeSettings settings = new()
            {
                Node = node.Name, Op = node.Op.Name, Rule = scoped.Rules.TryGetValue(node.Name, out int rule) ? rule : null, Float = Reason(node),
                Bits = layer ? own.Bits : table ? 8 : null, PerChannel = layer ? own.PerChannel : table ? false : null,
                Methods = layer ? [.. own.Ordered().Select(m => m.Name)] : [],
            };
            return node.Outputs.Count > 0 ? Result(node, node.Outputs[0], settings) : settings;
        }

        private string? Reason(Node node)
        {
            if (scoped.Rules.TryGetValue(node.Name, out int rule) && scoped.Config.Rules![rule].KeepFloat == true) return "kept by the rule";
            if (scoped.Config.Exclude?.Contains(node.Name) == true) return "excluded";
            return scope.HasIntegerForm(node) ? null : "no integer form";
        }

        private NodeSettings Result(Node node, Value value, NodeSettings settings)
        {
            if (!scope.Values.Contains(value)) return settings with { Range = settings.Float is null && value.Type.Type == DType.Float32 ? "next" : null };
            QuantizeConfig config = scoped.Config, own = scoped.Of(value);
            bool output = config.IntegerOnly && graph.Outputs.Contains(value);
            if (QuantizationScope.SharesParameters(node.Op) && !output && scope.Values.Contains(node.Inputs[0])) return settings with { Range = "input" };
            if (scope.IsEmbedding(node)) return settings with { Range = "table", Codes = "int8" };
            if (scope.IsWide(value)) return settings with { Range = "minmax", Codes = "int16" };
            return settings with
            {
                Calibrator = own.Calibrator,
                Percentile = own.Calibrator == CalibrationMethod.Percentile ? own.Percentile : null,
                Range = MethodNames.NameOf(own.Calibrator),
                Codes = output || own.ActivationSigned || own.ActivationSymmetric ? "int8" : "uint8",
            };
        }
    }
}
