using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression.Scopes;

/// <summary>A configuration with its rules expanded over the nodes of a graph.</summary>
internal sealed class ScopedConfig
{
    private readonly IReadOnlyList<QuantizeRule> _rules;
    private readonly Dictionary<string, QuantizeConfig> _nodes = [], _ranges = [];      // by name of node and of value; others have the configuration itself

    /// <summary>The rules expanded.</summary>
    /// <param name="graph">The graph that is quantised, before methods change it.</param>
    /// <param name="given">The graph before simplification.</param>
    /// <param name="config">The configuration, checked.</param>
    /// <exception cref="CompressionException">An expression is none, a rule holds for no node, or an excluded node does not exist.</exception>
    public ScopedConfig(Graph graph, Graph given, QuantizeConfig config)
    {
        (Config, _rules) = (config, config.Rules ?? []);
        RequireNodes(config.Exclude ?? [], graph, given);
        Rules = RuleMatch.First(graph, _rules, given);
        Float = [.. config.Exclude ?? [], .. Rules.Where(r => _rules[r.Value].KeepFloat == true).Select(r => r.Key)];
        QuantizeConfig[] configs = [.. _rules.Select(r => r.Apply(config))];
        foreach ((string node, int rule) in Rules) _nodes[node] = configs[rule];
        QuantizationScope scope = Scope(graph);
        foreach (Value value in scope.Values)
            if (RuleOf(value, graph, scope) is { } rule) _ranges[value.Name] = configs[rule];
        Methods = [.. configs.Append(config).SelectMany(c => c.Methods ?? []).Distinct().OrderBy(m => m.Stage)];
    }

    /// <summary>The configuration, which holds where no rule does.</summary>
    public QuantizeConfig Config { get; }

    /// <summary>The index of the rule that holds for a node, by its name.</summary>
    public IReadOnlyDictionary<string, int> Rules { get; }

    /// <summary>The names of nodes that stay in floating point: excluded by name or by rule.</summary>
    public IReadOnlyCollection<string> Float { get; }

    /// <summary>All methods, of the configuration and of rules, in the order in which they work.</summary>
    public IReadOnlyList<QuantizeMethod> Methods { get; }

    /// <summary>The configuration of a node.</summary>
    public QuantizeConfig Of(Node node) => _nodes.GetValueOrDefault(node.Name, Config);

    /// <summary>The configuration of a value: that of the node that gives it, or else of the nodes before that are part of its step.</summary>
    public QuantizeConfig Of(Value value) => _ranges.GetValueOrDefault(value.Name, Config);

    /// <summary>Whether a method works on a layer.</summary>
    public bool Uses(Node layer, QuantizeMethod method) => Of(layer).Methods?.Contains(method) == true;

    /// <summary>What is quantised in <paramref name="graph"/>, this one or what methods made of it.</summary>
    public QuantizationScope Scope(Graph graph) => new(graph, Float, Config.Wide);

    private int? RuleOf(Value value, Graph graph, QuantizationScope scope)
    {
        for (Node? node = graph.ProducerOf(value); node is not null; node = Before(node))
            if (Rules.TryGetValue(node.Name, out int rule)) return rule;
        return null;

        Node? Before(Node node) => node.Inputs.Where(v => !v.IsConstant && !scope.Values.Contains(v)).Select(graph.ProducerOf).FirstOrDefault(n => n is not null && scope.HasIntegerForm(n));
    }

    private static void RequireNodes(IReadOnlyList<string> names, Graph graph, Graph given)
    {
        HashSet<string> known = [.. graph.Nodes.Concat(given.Nodes).Select(n => n.Name)];
        if (names.FirstOrDefault(n => !known.Contains(n)) is { } missing)
            throw new CompressionException($"quantize: \"exclude\" names '{missing}', which is no node. The nearest nodes are {RuleMatch.Near(missing, graph.Nodes.Select(n => n.Name))}.");
    }
}
