using Dyadic.Cli.Framework;
using Dyadic.Cli.Reports;
using Dyadic.Data;
using Dyadic.Ir;

namespace Dyadic.Cli.Models;

/// <summary>What the float and the integer model answer on labelled samples.</summary>
internal sealed record DemoAnswers(int[] Labels, int[] Float, int[] Integer)
{
    public double AccuracyFloat => Share(Float.Zip(Labels).Count(p => p.First == p.Second));

    public double AccuracyInteger => Share(Integer.Zip(Labels).Count(p => p.First == p.Second));

    /// <summary>The share of samples on which both agree.</summary>
    public double Agreement => Share(Float.Zip(Integer).Count(p => p.First == p.Second));

    /// <summary>Runs both models on all samples: the float one on real numbers, the integer one on their codes.</summary>
    public static DemoAnswers Of(Graph real, InputSet reals, Graph integer, InputSet codes, CommandContext context, Action<double> progress)
    {
        int[] a = Top1(real, reals, context, done => progress(done * 0.7));
        int[] b = Top1(integer, codes, context, done => progress(0.7 + (done * 0.3)));
        return new(reals.Labels ?? throw new InvalidDataException("The test data has no labels. Add an array named labels, one class number a sample."), a, b);
    }

    /// <summary>Counts of the integer model by true and predicted class.</summary>
    public int[][] Confusion(int classes)
    {
        int[][] counts = [.. Enumerable.Range(0, classes).Select(_ => new int[classes])];
        for (int i = 0; i < Labels.Length; i++) counts[Labels[i]][Integer[i]]++;
        return counts;
    }

    /// <summary>Samples for a page: first those on which the models differ, then those where both err, then right ones.</summary>
    public IReadOnlyList<ReportSample> Samples(IDataset data, int count)
    {
        int size = data.SampleShape.Length;
        float[] values = new float[size];
        int Interest(int i) => Float[i] != Integer[i] ? 0 : Integer[i] != Labels[i] ? 1 : 2;
        int third = count / 3;
        int[] chosen = [.. Enumerable.Range(0, 3).SelectMany(kind => Enumerable.Range(0, Labels.Length).Where(i => Interest(i) == kind).Take(third))];
        return [.. chosen.Select(i =>
        {
            data.Read(i, values);
            return new ReportSample(data.SampleShape[^1], data.SampleShape[^2], [.. values.Take(data.SampleShape[^1] * data.SampleShape[^2]).Select(v => (byte)Math.Clamp(v * 255, 0, 255))], Labels[i], Float[i], Integer[i]);
        })];
    }

    private static int[] Top1(Graph graph, InputSet inputs, CommandContext context, Action<double> progress)
    {
        CompiledEngine engine = new(graph, context.Mode, inputs.Sizes(graph));
        BatchedResult result = BatchedRun.Run(engine, graph, inputs, progress, context.Cancellation);
        return Predictions.Top1(result.Outputs[0]) ?? throw new InvalidDataException($"Output '{graph.Outputs[0].Name}' is no scores [N, classes].");
    }

    private double Share(int count) => (double)count / Labels.Length;
}
