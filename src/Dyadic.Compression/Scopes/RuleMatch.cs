using System.Text.RegularExpressions;
using Dyadic.Ir;

namespace Dyadic.Compression.Scopes;

/// <summary>Which rule holds for which node.</summary>
internal static partial class RuleMatch
{
    private const int MostNear = 5;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1);

    /// <summary>The index of the first rule that matches, by name of node; those that none matches are left out.</summary>
    /// <param name="graph">The graph that is quantised.</param>
    /// <param name="rules">The rules in their order.</param>
    /// <param name="given">The graph before simplification, whose nodes may be folded into others.</param>
    /// <exception cref="CompressionException">An expression is none or takes too long, or a rule holds for no node.</exception>
    public static Dictionary<string, int> First(Graph graph, IReadOnlyList<QuantizeRule> rules, Graph given)
    {
        Dictionary<string, int> first = [];
        for (int i = 0; i < rules.Count; i++)
        {
            Matcher matcher = new(rules[i], rules[i].Describe(i));
            Node[] matched = [.. graph.Nodes.Where(matcher.Matches)];
            Node[] won = [.. matched.Where(n => first.TryAdd(n.Name, i))];
            if (matched.Length == 0) throw new CompressionException(Nothing(rules[i], rules[i].Describe(i), graph, given.Nodes.FirstOrDefault(matcher.Matches)));
            if (won.Length == 0)
                throw new CompressionException($"quantize: {rules[i].Describe(i)} holds for no node: {rules[first[matched[0].Name]].Describe(first[matched[0].Name])} comes before it and has '{matched[0].Name}'{(matched.Length > 1 ? $", and all {matched.Length} are taken" : "")}. Put the narrower rule first.");
        }
        return first;
    }

    /// <summary>The nodes nearest to a name or expression.</summary>
    public static string Near(string wrong, IEnumerable<string> names) => string.Join(", ", NearNames.Nearest(Marks().Replace(wrong, ""), names, MostNear).Select(n => $"'{n}'"));

    private static string Nothing(QuantizeRule rule, string name, Graph graph, Node? folded)
    {
        if (folded is not null) return $"quantize: {name} matches only nodes such as '{folded.Name}' ({folded.Op.Name}) that are folded into others before anything is quantised. List the nodes with dyadic quantize --dry-run.";
        string[] ops = [.. graph.Nodes.Select(n => n.Op.Name).Distinct()];
        bool wrongOp = rule.Op is not null && !graph.Nodes.Any(new Matcher(new() { Op = rule.Op }, name).Matches);
        string near = wrongOp ? $"The graph has the ops {Near(rule.Op!, ops)}" : $"The nearest nodes are {Near(rule.Match!, graph.Nodes.Select(n => n.Name))}";
        return $"quantize: {name} matches no node. {near}.";
    }

    [GeneratedRegex(@"\\.|[\^$.*+?()\[\]{}|]")]
    private static partial Regex Marks();

    /// <summary>The expressions of one rule.</summary>
    private sealed class Matcher(QuantizeRule rule, string name)
    {
        private readonly Regex? _match = rule.Match is null ? null : Make(rule.Match, "match", name), _op = rule.Op is null ? null : Make($"^(?:{rule.Op})$", "op", name);

        public bool Matches(Node node)
        {
            try
            {
                return _match?.IsMatch(node.Name) != false && _op?.IsMatch(node.Op.Name) != false;
            }
            catch (RegexMatchTimeoutException)
            {
                throw new CompressionException($"quantize: {name} takes more than {Limit.TotalSeconds:F0} s for the name '{node.Name}'. Write a simpler expression, without repetitions inside repetitions.");
            }
        }

        private static Regex Make(string pattern, string member, string name)
        {
            try
            {
                return new(pattern, RegexOptions.CultureInvariant, Limit);
            }
            catch (ArgumentException e)
            {
                throw new CompressionException($"quantize: {name}: \"{member}\" is no regular expression: {e.Message}");
            }
        }
    }
}
