using System.Globalization;
using Dyadic.Arithmetics;
using Dyadic.Data;
using Dyadic.Nn;
using Dyadic.Recipes.FineTuning;
using Dyadic.Runs;

namespace Dyadic.Recipes;

/// <summary>
/// Fine-tuning of pre-trained transformers whose linear, convolutional, normalising and embedding layers compute forward and backward in b-bit integers, while
/// softmax, GELU, loss and AdamW stay in float32; b is swept.
/// </summary>
/// <remarks>docs/recipes/integer-fine-tuning.md lists what differs from the paper.</remarks>
public sealed class IntegerFineTuning : Recipe
{
    private const int Batch = 64;

    private static readonly int[] s_bits = [16, 12, 10, 9, 8, 6, 4];
    private static readonly int[] s_activationBits = [9, 10, 11, 12];     // with 8 bits of weights and gradients

    /// <inheritdoc/>
    public override string Name => "integer-fine-tuning";

    /// <inheritdoc/>
    public override string Paper =>
        "Tayaranian Hosseini, Ghaffari, Tahaei, Rezagholizadeh, Asgharian and Partovi Nia 2022, \"Towards Fine-tuning Pre-trained Language Models with Integer Forward and Backward Propagation\"; arXiv 2209.09815";

    /// <inheritdoc/>
    public override string Summary => "Pre-trains a small text encoder and a small vision transformer, and fine-tunes them in float32 and in integers of 16 to 4 bits.";

    /// <inheritdoc/>
    public override RecipeResult Run(RecipeContext context)
    {
        IReadOnlyList<ulong> seeds = context.Seeds(3);
        string[] arithmetics = ["float32", .. s_bits.Select(Uniform), .. s_activationBits.Select(a => $"int8a{a}/8/f32")];
        List<Sweep> sweeps = [];
        List<string> setup = [];
        IReadOnlyList<Func<Action<double>, (FineTuningTask Task, string Setup)>> makers = Tasks(context);
        for (int t = 0; t < makers.Count; t++)
        {
            double from = (double)t / makers.Count, width = 1.0 / makers.Count;
            (FineTuningTask task, string sentence) = makers[t](done => context.Report(from + 0.2 * width * done, "pre-training"));
            setup.Add(sentence);
            (string Arithmetic, ulong Seed)[] runs = [.. arithmetics.SelectMany(_ => seeds, (a, s) => (a, s))];
            double[] scores = context.Each(runs.Length, from + (0.2 * width), from + width, i => $"{task.Name}: {runs[i].Arithmetic}, seed {runs[i].Seed}", RecipeJson.Default.Double,
                (i, progress) => 100 * FineTune(task, runs[i].Arithmetic, runs[i].Seed, context.Quick ? 1 : 5, progress));
            sweeps.Add(new(task.Name, runs.Zip(scores).GroupBy(r => r.First.Arithmetic, r => r.Second).ToDictionary(g => g.Key, g => g.ToList())));
        }
        (Claim slope, ResultTable noise) = GradientNoiseSlope(context);
        setup.Add($"AdamW, rate 5e-4 falling linearly to 0, batches of {Batch}, {(context.Quick ? 1 : 5)} epochs; seeds {string.Join(", ", seeds)}.");
        return new([.. Claims(sweeps), slope], [Table(sweeps, arithmetics), noise], setup);
    }

    private static string Uniform(int bits) => $"int{bits}/{bits}/f32";

    private static IReadOnlyList<Func<Action<double>, (FineTuningTask Task, string Setup)>> Tasks(RecipeContext context)
    {
        (int text, int train, int test, int images) = context.Quick ? (256, 128, 64, 128) : (40_000, 4_000, 2_000, 4_000);
        int epochs = context.Quick ? 1 : 3;
        Rng rng = new Rng(context.Seed).Split("fine-tuning");
        if (context.Data is { } data && data.Contains(':', StringComparison.Ordinal)) return [report => Images(context, data, images, epochs, rng.Split("images"), report)];
        if (context.Data is { } folder) return TextTasks(context, new(folder, rng.Split("pairs")), text, train, test, rng);
        ToyGrammar grammar = new(rng.Split("grammar"));
        Pretrained<BertOptions>? encoder = null;
        return
        [
            report => (FineTuningTask.Classify("same topic", Encoder(report), grammar.Pairs(train, rng.Split("pairs")), grammar.Pairs(test, rng.Split("test pairs")), 2),
                $"Text of four topics (61 words; each follows from the topic, or from the topic and the word before it): an encoder of 4 layers, d = 64, pre-trained on the masked tokens of {text} sequences of 32, half of them with three of their words in front, {epochs} epochs; {train} and {test} pairs, do both halves have one topic?"),
            report => (FineTuningTask.Find("span", Encoder(report), grammar.Spans(train, rng.Split("spans")), grammar.Spans(test, rng.Split("test spans")), ToyGrammar.SpanLength),
                $"Three random words stand before a text and once more within it, where? The same encoder, {train} and {test} texts; first and last word must be right."),
            report => Images(context, "fashion-mnist", images, epochs, rng.Split("images"), report),
        ];

        Pretrained<BertOptions> Encoder(Action<double> report) => encoder ??= Pretrained<BertOptions>.Kept(context, "encoder", Sizes(),
            () => Pretraining.Masked(Sizes(), grammar.Text(text / 2, rng.Split("text")).With(grammar.Spans(text / 2, rng.Split("text with spans"))), ToyGrammar.Mask, 3, Batch, epochs, 1e-3, rng.Split("pre-training"), report));
    }

    private static IReadOnlyList<Func<Action<double>, (FineTuningTask Task, string Setup)>> TextTasks(
        RecipeContext context, TextFolder folder, int text, int train, int test, Rng rng)
    {
        Pretrained<BertOptions>? encoder = null;
        return [.. Enumerable.Range(0, 3).Select(i => (Func<Action<double>, (FineTuningTask Task, string Setup)>)(report =>
        {
            encoder ??= Pretrained<BertOptions>.Kept(context, "encoder", folder.Options, () => folder.Pretrain(text, Batch, context.Quick ? 1 : 10, rng.Split("pre-training"), report));
            FineTuningTask task = folder.Tasks(encoder, train, test).ElementAt(i);
            return (task, $"{task.Name}: {task.Rows} training sentences; an encoder of 4 layers, d = 64, pre-trained on the masked word pieces of the training sentences of all three sets.");
        }))];
    }

    private static BertOptions Sizes()
    {
        BertOptions options = BertOptions.Of(ToyGrammar.Vocabulary, features: 64, heads: 4, layers: 4, positions: ToyGrammar.Length, dropout: 0);
        return options with { Encoder = options.Encoder with { PreNorm = true } };
    }

    private static (FineTuningTask Task, string Setup) Images(RecipeContext context, string data, int most, int epochs, Rng rng, Action<double> report)
    {
        (IDataset train, IDataset test) = (context.Load(data + ":train"), context.Load(data + ":test"));
        VitOptions options = new() { ImageSize = train.SampleShape[1], Patch = 4, Channels = train.SampleShape[0], Encoder = VitOptions.Tiny.Encoder with { Features = 64, Heads = 4, Hidden = 256, Layers = 4 } };
        ClassRange before = new(train, 0, 5, 4 * most), own = new(train, 5, 10, most), held = new(test, 5, 10, most / 2);
        Pretrained<VitOptions> start = Pretrained<VitOptions>.Kept(context, "vision-transformer", options, () => Pretraining.Images(options, before, 5, Batch, epochs, 1e-3, rng, report));
        return (FineTuningTask.Classify("images of new classes", start, own, held, 5),
            $"{data.Split(':')[0]}: a vision transformer of 4 layers, d = 64, patches of 4, trained on {before.Count} images of classes 0–4, then on {own.Count} of classes 5–9; {held.Count} test images.");
    }

    private static double FineTune(FineTuningTask task, string arithmetic, ulong seed, int epochs, Action<double> progress)
    {
        Rng rng = new Rng(seed).Split(task.Name);
        Module model = task.Create(rng.Split("head"));
        using IDisposable scope = Arithmetic.Use(Arithmetic.Parse(arithmetic, seed));
        Pretraining.Train(model, (rows, _) => task.Loss(model, rows), task.Rows, Batch, epochs, 5e-4, rng.Split("order"), progress);
        return task.Score(model);
    }

    // Training-free: each bit divides the squared error of the gradients by four.
    private static (Claim, ResultTable) GradientNoiseSlope(RecipeContext context)
    {
        Rng rng = new Rng(context.Seed).Split("noise");
        TokenSequences pairs = new ToyGrammar(rng.Split("grammar")).Pairs(Batch, rng.Split("pairs"));
        BertForClassification model = new(Sizes(), 2, rng.Split("model"));
        int[] rows = [.. Enumerable.Range(0, Batch)], bits = [6, 8, 10, 12, 14];
        double[] errors = [.. bits.Select(b => context.Seeds(5).Average(seed => GradientNoise.RelativeError(model, Loss, Arithmetic.Parse(Uniform(b), seed))))];
        double slope = Slope([.. bits.Select(b => (double)b)], [.. errors.Select(Math.Log2)]);
        return (
            new("each bit divides the squared error of the gradients by four: slope −2 ± 0.2 of its log₂ over 6 … 14 bits", "variance bound 4⁻ᵇ", slope.ToString("F2", CultureInfo.InvariantCulture), Math.Abs(slope + 2) <= 0.2),
            new("‖g_b − g‖²/‖g‖² of one batch, before any training.", ["bits", "relative squared error"], [.. bits.Zip(errors, (b, e) => (string[])[$"{b}", e.ToString("E2", CultureInfo.InvariantCulture)])]));

        Tensor Loss()
        {
            (Tensor ids, Tensor present) = pairs.Inputs(rows);
            return Losses.CrossEntropy(model.Forward(ids, present), pairs.Classes(rows));
        }
    }

    private static IEnumerable<Claim> Claims(List<Sweep> sweeps)
    {
        double[] by = [.. s_bits.Select(b => Mean(sweeps, Uniform(b)))];
        double reference = Mean(sweeps, "float32"), gap = reference - by[4], recovered = Mean(sweeps, "int8a12/8/f32") - by[4];
        yield return new("16 bits reach float32 within 0.5 point", "16 bits match float32 and FP16", Points(reference - by[0]), Math.Abs(reference - by[0]) <= 0.5);
        yield return new("10 bits are within 1.0 point", "0.5 point lost on average (version 1)", Points(reference - by[2]), reference - by[2] <= 1);
        yield return new("4 bits lose at least 3 points", "none; 8 bits lose 1.7 (version 1) and 3.1 (version 2)", Points(reference - by[6]), reference - by[6] >= 3);
        (string order, bool holds) = Order(sweeps);
        yield return new("the mean score does not fall with more bits, within a standard error", "the same order", order, holds);
        yield return gap > 1
            ? new("activations of 12 bits recover half of what 8 bits lose", "a study of activation widths, figures not confirmed", Points(recovered) + " of " + Points(gap), recovered >= gap / 2)
            : new("activations of 12 bits recover half of what 8 bits lose, where that exceeds 1 point", "a study of activation widths, figures not confirmed", "8 bits lose " + Points(gap), true);
    }

    private static (string Text, bool Holds) Order(List<Sweep> sweeps)
    {
        double[] by = [.. s_bits.Select(b => Mean(sweeps, Uniform(b)))];
        double[] errors = [.. s_bits.Select(b => StandardError([.. sweeps.SelectMany(s => s.Scores[Uniform(b)].Select(x => x - s.Scores[Uniform(b)].Average()))]))];
        bool holds = Enumerable.Range(0, by.Length - 1).All(i => by[i] >= by[i + 1] - Math.Max(errors[i], errors[i + 1]));
        return (string.Join(", ", s_bits.Zip(by, (b, score) => string.Create(CultureInfo.InvariantCulture, $"{b}: {score:F1}"))), holds);
    }

    private static double Mean(List<Sweep> sweeps, string arithmetic) => sweeps.Average(s => s.Scores[arithmetic].Average());

    private static double StandardError(double[] deviations) => deviations.Length < 2 ? 0 : Math.Sqrt(deviations.Sum(d => d * d) / (deviations.Length - 1) / deviations.Length);

    internal static double Slope(double[] x, double[] y)
    {
        (double mx, double my) = (x.Average(), y.Average());
        return x.Zip(y, (a, b) => (a - mx) * (b - my)).Sum() / x.Sum(a => (a - mx) * (a - mx));
    }

    private static ResultTable Table(List<Sweep> sweeps, string[] arithmetics) => new(
        "Score on the test set in percent, mean of the seeds and their range.",
        ["arithmetic", .. sweeps.Select(s => s.Task)],
        [.. arithmetics.Select(a => (string[])[a, .. sweeps.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Scores[a].Average():F2} ({s.Scores[a].Min():F1}–{s.Scores[a].Max():F1})"))])]);

    private static string Points(double points) => points.ToString("F2", CultureInfo.InvariantCulture) + " points";

    /// <summary>The scores of a task by arithmetic, one a seed.</summary>
    private sealed record Sweep(string Task, Dictionary<string, List<double>> Scores);
}
