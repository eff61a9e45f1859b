using Dyadic.Cli.Framework;
using Dyadic.Compression;
using Dyadic.Compression.Insight;
using Dyadic.Ir;

namespace Dyadic.Cli.Models;

/// <summary>What quantize --sensitivity measures: the score with single layers in integers, left out, and at 4 bits.</summary>
/// <param name="Metric">top1 or agreement in percent of --evaluate, else sqnrDb of the first output.</param>
/// <param name="Report">The scores.</param>
internal sealed record LayerScores(string Metric, SensitivityReport Report)
{
    private const int MostSamples = 64;

    /// <summary>Measures them.</summary>
    /// <param name="graph">The float model.</param>
    /// <param name="config">How it is quantised.</param>
    /// <param name="inputs">The calibration data.</param>
    /// <param name="judged">The samples of --evaluate, or null.</param>
    /// <param name="batches">Calibration batches of samples.</param>
    /// <param name="context">Threads, progress, cancellation.</param>
    public static LayerScores Of(Graph graph, QuantizeConfig config, InputSet inputs, InputSet? judged, Func<IEnumerable<IReadOnlyDictionary<string, Tensor>>> batches, CommandContext context)
    {
        (string metric, Func<Graph, double> score) = Score(graph, inputs, judged, context);
        return new(metric, context.WithProgress("measuring layers", report => graph.Sensitivity(config, batches, score, report)));
    }

    /// <summary>The fields of --json.</summary>
    public object Fields() => new { metric = Metric, @float = Report.Float, whole = Report.Whole, layers = Report.Layers };

    private static (string Metric, Func<Graph, double> Score) Score(Graph graph, InputSet inputs, InputSet? judged, CommandContext context)
    {
        if (judged is not null)
        {
            AccuracyTarget target = new(judged, context.Mode, context.Cancellation);
            target.Measure(graph);
            return (target.Metric, target.Score);
        }
        OutputNoise noise = new(inputs.Take(MostSamples), context.Mode, context.Cancellation);
        noise.Measure(graph);
        return ("sqnrDb", noise.Score);
    }
}
