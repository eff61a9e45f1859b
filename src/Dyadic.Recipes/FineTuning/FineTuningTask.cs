using Dyadic.Data;
using Dyadic.Nn;
using Dyadic.Ops;
using Dyadic.Runs;

namespace Dyadic.Recipes.FineTuning;

/// <summary>Something that a pre-trained network is to learn.</summary>
/// <param name="Name">For tables.</param>
/// <param name="Create">The network with its pre-trained weights and a fresh head.</param>
/// <param name="Loss">The loss of some training rows.</param>
/// <param name="Score">The share of the test rows that are answered rightly, in the current arithmetic.</param>
/// <param name="Rows">Training rows.</param>
internal sealed record FineTuningTask(string Name, Func<Rng, Module> Create, Func<Module, int[], Tensor> Loss, Func<Module, double> Score, int Rows)
{
    private const int TestBatch = 128;

    /// <summary>The class of a sequence.</summary>
    public static FineTuningTask Classify(string name, Pretrained<BertOptions> start, TokenSequences training, TokenSequences test, int classes) => new(
        name,
        rng => start.LoadInto(new BertForClassification(start.Options, classes, rng)),
        (model, rows) => Losses.CrossEntropy(Logits(((BertForClassification)model).Forward, training, rows), training.Classes(rows)),
        model => Share(test.Count, rows => Classification.Correct(Logits(((BertForClassification)model).Forward, test, rows), test.Classes(rows))),
        training.Count);

    /// <summary>The place of a span of <paramref name="length"/> tokens, whose first and last token must both be found.</summary>
    public static FineTuningTask Find(string name, Pretrained<BertOptions> start, TokenSequences training, TokenSequences test, int length) => new(
        name,
        rng => start.LoadInto(new BertForSpans(start.Options, rng)),
        (model, rows) => BertForSpans.Loss(Logits(((BertForSpans)model).Forward, training, rows), Spans(training, rows, length)),
        model => Share(test.Count, rows =>
        {
            long[] found = BertForSpans.Best(Logits(((BertForSpans)model).Forward, test, rows)).ToArray<long>(), wanted = Spans(test, rows, length).ToArray<long>();
            return Enumerable.Range(0, rows.Length).Count(i => found.AsSpan(2 * i, 2).SequenceEqual(wanted.AsSpan(2 * i, 2)));
        }),
        training.Count);

    /// <summary>The class of an image.</summary>
    public static FineTuningTask Classify(string name, Pretrained<VitOptions> start, IDataset training, IDataset test, int classes) => new(
        name,
        rng => start.LoadInto(new VitForClassification(start.Options, classes, rng)),
        (model, rows) =>
        {
            (Tensor images, Tensor labels) = Images(training, rows);
            return Losses.CrossEntropy(model.Forward(images), labels);
        },
        model => Share(test.Count, rows =>
        {
            (Tensor images, Tensor labels) = Images(test, rows);
            return Classification.Correct(model.Forward(images), labels);
        }),
        training.Count);

    private static Tensor Logits(Func<Tensor, Tensor?, Tensor?, Tensor> model, TokenSequences set, int[] rows)
    {
        (Tensor ids, Tensor present) = set.Inputs(rows);
        return model(ids, present, null);
    }

    private static Tensor Spans(TokenSequences set, int[] rows, int length) =>
        Tensor.From([.. set.Classes(rows).ToArray<long>().SelectMany(first => (long[])[first, first + length - 1])], [rows.Length, 2]);

    private static (Tensor Images, Tensor Labels) Images(IDataset set, int[] rows)
    {
        int size = set.SampleShape.Length;
        float[] values = new float[rows.Length * size];
        long[] labels = [.. rows.Select((row, i) => (long)set.Read(row, values.AsSpan(i * size, size)))];
        return (Tensor.From(values, [rows.Length, .. set.SampleShape.Span]), Tensor.From(labels, [rows.Length]));
    }

    private static double Share(int count, Func<int[], int> correct)
    {
        using IDisposable noGrad = Autograd.NoGrad();
        return (double)Enumerable.Range(0, count).Chunk(TestBatch).Sum(correct) / count;
    }
}
