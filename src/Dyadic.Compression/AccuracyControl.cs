using Dyadic.Ir;
using Dyadic.Passes;

namespace Dyadic.Compression;

/// <summary>A quantised graph that was held to a score.</summary>
/// <param name="Result">The graph; <see cref="QuantizeConfig.Exclude"/> of its configuration names the nodes that stay in floating point.</param>
/// <param name="Score">Its score.</param>
/// <param name="Reverted">The nodes that went back to floating point, those that lost most first.</param>
/// <param name="IsMet">Whether the score is as high as was asked for.</param>
public sealed record ControlledResult(QuantizeResult Result, double Score, IReadOnlyList<string> Reverted, bool IsMet);

/// <summary>Quantisation that keeps a score: the nodes that add most noise go back to floating point until it does.</summary>
/// <remarks>
/// Nodes are ranked by the relative noise that they add to what they read, as the report of the whole quantisation measured it; a node that lowering fuses with others goes
/// back with them. The number of units that go back is doubled until the score is met and halved back to the least that was seen to meet it, so that N units take about 2·log₂ N
/// quantisations. A score need not grow with every unit: a smaller set may exist, and where none is met, the one of the highest score is returned. Noise is measured over whole values: a small
/// part of a large one, such as scores beside coordinates, may be ruined without being ranked high; name such nodes in <see cref="QuantizeConfig.Exclude"/>. At least one unit stays in integers: with none left nothing would be quantised, and the score is not met.
/// </remarks>
public static class AccuracyControl
{
    extension(Graph graph)
    {
        /// <summary>This graph on integers, with as few nodes in floating point as its score needs.</summary>
        /// <param name="config">How; its own exclusions stay, and it needs <see cref="QuantizeConfig.ReportSamples"/>, by which nodes are ranked.</param>
        /// <param name="calibration">Gives the batches, once for each quantisation.</param>
        /// <param name="score">The score of a quantised graph; higher is better.</param>
        /// <param name="least">The score to keep.</param>
        /// <param name="heard">Hears of each try: how many units are in floating point, and the score.</param>
        /// <exception cref="CompressionException">As quantisation throws it; or there are no samples for the report.</exception>
        public ControlledResult QuantizeWithin(QuantizeConfig config, Func<IEnumerable<IReadOnlyDictionary<string, Tensor>>> calibration, Func<Graph, double> score, double least, Action<int, double>? heard = null)
        {
            if (config.ReportSamples < 1) throw new CompressionException("quantize: nodes are ranked by the report, which has no samples. Set ReportSamples to at least 1.");
            Graph simple = graph.Simplify();
            ControlledResult best = Try([]);
            if (best.IsMet) return best;
            HashSet<string> nodes = [.. simple.Nodes.Select(n => n.Name)];
            List<string[]> units = [.. Ranked(best.Result.Float, best.Result.Layers).Select(u => u.Where(nodes.Contains).ToArray())];      // methods may add nodes
            int failed = 0, met = -1;
            for (int count = 1; met < 0 && failed < units.Count - 1; count *= 2)
            {
                int tried = Math.Min(count, units.Count - 1);
                ControlledResult more = Try(units[..tried]);
                if (more.Score > best.Score || more.IsMet) best = more;
                if (more.IsMet) met = tried;
                else failed = tried;
            }
            while (met - failed > 1)
            {
                int tried = (failed + met) / 2;
                ControlledResult fewer = Try(units[..tried]);
                if (fewer.IsMet) (best, met) = (fewer, tried);
                else failed = tried;
            }
            return best;

            ControlledResult Try(IReadOnlyList<string[]> reverted)
            {
                string[] names = [.. reverted.SelectMany(u => u)];
                QuantizeResult result = simple.Quantize(names.Length == 0 ? config : config with { Exclude = [.. config.Exclude ?? [], .. names] }, calibration());
                double reached = score(result.Graph);
                heard?.Invoke(reverted.Count, reached);
                return new(result, reached, names, reached >= least);
            }
        }
    }

    // Units of nodes, those that add most noise first.
    private static List<string[]> Ranked(Graph graph, IReadOnlyList<LayerReport> layers)
    {
        Dictionary<string, LayerReport> reports = layers.ToDictionary(l => l.Node);
        return [.. graph.Nodes.Where(n => reports[n.Name].Output is not null).Select(n => (Unit: Unit(n), Added: Noise(n) - Read(n))).OrderByDescending(u => u.Added).Select(u => u.Unit)];

        // The node, and those before it whose result only it reads on the way to a quantised one.
        string[] Unit(Node node) => [node.Name, .. Before(node).SelectMany(Unit)];

        IEnumerable<Node> Before(Node node) => node.Inputs.Select(graph.ProducerOf).OfType<Node>().Where(p => reports[p.Name] is { Output: null, Weight: not null } or { Output: null, Reason: null });

        double Noise(Node node) => reports[node.Name].Output?.SqnrDb is { } db ? Math.Pow(10, -db / 10) : 0;

        // The greatest noise of what the unit reads.
        double Read(Node node)
        {
            double most = 0;
            foreach (Node producer in node.Inputs.Select(graph.ProducerOf).OfType<Node>()) most = Math.Max(most, reports[producer.Name].Output is null ? Read(producer) : Noise(producer));
            return most;
        }
    }
}
