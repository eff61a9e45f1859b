using System.Globalization;
using Dyadic.Cli.Framework;
using Dyadic.Compression;
using Dyadic.Ir;
using Dyadic.Kernels;

namespace Dyadic.Cli.Models;

/// <summary>The answers that a quantised classifier has to keep: those that are right, where there are labels, else those of the float model.</summary>
/// <param name="inputs">Samples, with labels or without.</param>
/// <param name="mode">Threads and vectors.</param>
/// <param name="cancellation">Stops between batches.</param>
internal sealed class AccuracyTarget(InputSet inputs, ExecutionMode mode, CancellationToken cancellation)
{
    private int[]? _labels = inputs.Labels;

    /// <summary>top1: the share of right answers; agreement: of those of the float model.</summary>
    public string Metric => inputs.Labels is null ? "agreement" : "top1";

    /// <summary>The float model's score in percent: 100 without labels.</summary>
    public double Float { get; private set; }

    /// <summary>Runs the float model, whose score others are held to.</summary>
    /// <exception cref="InvalidDataException">The first output is no scores [N, classes] and no class numbers [N].</exception>
    public void Measure(Graph real)
    {
        int[] answers = Answers(real);
        _labels ??= answers;
        Float = Share(answers);
    }

    /// <summary>The score of a quantised graph in percent.</summary>
    public double Score(Graph graph) => Share(Answers(graph));

    /// <summary>The error when the score cannot be kept.</summary>
    public GateException Missed(ControlledResult result, double least) => new(string.Create(CultureInfo.InvariantCulture,
        $"{Metric} is {result.Score:F2} % with {result.Reverted.Count} nodes in floating point and the others in integers; the float model has {Float:F2} % and at least {least:F2} % was asked for. Allow more with --max-drop, or calibrate on more samples."));

    private int[] Answers(Graph graph)
    {
        Tensor output = BatchedRun.Run(new CompiledEngine(graph, mode, inputs.Sizes(graph)), graph, inputs, cancellation: cancellation).Outputs[0];
        return Predictions.Top1(output) ?? throw new InvalidDataException($"Output '{graph.Outputs[0].Name}' is {output.TensorType}; accuracy needs scores [N, classes] or class numbers [N].");
    }

    private double Share(int[] answers) => 100.0 * answers.Zip(_labels!).Count(p => p.First == p.Second) / answers.Length;
}
