using System.Globalization;
using Dyadic.Compression;
using Dyadic.Compression.Training;
using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Nn;
using Dyadic.Ops;
using Dyadic.Passes;
using Dyadic.Recipes.FineTuning;
using Dyadic.Recipes.Transformers;
using Dyadic.Runs;
using Dyadic.Runtime;

namespace Dyadic.Recipes;

/// <summary>
/// A transformer whose inference is integers alone: products, softmax, GELU and layer normalisation, from the pixels to the logits, before and after training in these integers; beside
/// it the same with the functions in float32, and with the GELUs that the paper compares.
/// </summary>
/// <remarks>docs/recipes/i-bert.md lists what differs from the paper.</remarks>
public sealed class IntegerBert : Recipe
{
    private const int Batch = 64, Calibration = 256;
    private const double Unit = 1e-4;      // of the arguments of integer functions
    private const string Trained = ", trained";

    // What is compared: which GELU, and whether the functions between the products are integers too.
    private static readonly (string Name, Gelus Gelu, bool Functions)[] s_variants =
    [
        ("int8 products, functions in float32", Gelus.Exact, false),
        ("integers alone", Gelus.Exact, true),
        ("integers alone, i-GELU", Gelus.Polynomial, true),
        ("integers alone, h-GELU", Gelus.Hard, true),
    ];

    /// <inheritdoc/>
    public override string Name => "i-bert";

    /// <inheritdoc/>
    public override string Paper => "Kim, Gholami, Yao, Mahoney and Keutzer 2021, \"I-BERT: Integer-only BERT Quantization\", ICML; arXiv 2101.01321";

    /// <inheritdoc/>
    public override string Summary => "Trains a transformer on the rows of images and runs it in integers alone, with the paper's functions and with exact tables.";

    /// <inheritdoc/>
    public override RecipeResult Run(RecipeContext context)
    {
        (int images, int tests, int epochs) = context.Quick ? (1024, 1000, 1) : (10_000, 10_000, 4);
        IDataset training = new SubsetDataset(context.Load("fashion-mnist:train"), 0, images), test = new SubsetDataset(context.Load("fashion-mnist:test"), 0, tests);
        IReadOnlyList<ulong> seeds = context.Seeds(3);
        double[][] scores = context.Each(seeds.Count, 0, 1, i => $"seed {seeds[i]}", RecipeJson.Default.DoubleArray, (i, progress) => Scores(training, test, epochs, seeds[i], progress));
        string[] names = ["float32", .. s_variants.Select(v => v.Name), .. s_variants.Where(IsTrained).Select(v => v.Name + Trained)];
        double[] mean = [.. names.Select((_, v) => scores.Average(s => s[v]))];
        double differing = scores.Sum(s => s[^1]);
        return new(
            [.. FunctionClaims(), .. Claims(mean, differing)], [Accuracies(names, scores), Functions()],
            [
                $"Fashion-MNIST, {images} training and {tests} test images; the 28 rows of an image are tokens of 28 pixels: linear layer to 64 features, learned positions, 2 layers normalised after each sum (4 heads, inner 256, GELU), mean over the tokens, linear layer.",
                $"Float32 by AdamW, rate 1e-3 falling to 0, {epochs} epochs, batches of {Batch}; ranges from {Calibration} training images (min-max), weights of 8 bits a channel. Seeds {string.Join(", ", seeds)}.",
                $"Trained: one more epoch by AdamW, rate 1e-4 falling to 0, in which every forward pass is the integer plan and gradients go straight through its roundings; weights, biases and scales are trained.",
            ]);
    }

    private static bool IsTrained((string, Gelus Gelu, bool Functions) variant) => variant.Functions && variant.Gelu != Gelus.Exact;

    // Accuracies in percent, and last the logits in which training and the runtime differ.
    private static double[] Scores(IDataset training, IDataset test, int epochs, ulong seed, Action<double> progress)
    {
        Rng rng = new Rng(seed).Split("i-bert");
        RowTransformer model = new(training.Classes, rng.Split("model"));
        Pretraining.Train(model, (rows, _) => Loss(model, training, rows), training.Count, Batch, epochs, 1e-3, rng.Split("order"), share => progress(0.5 * share));
        Graph graph = model.Trace(training.SampleShape, "rows").Simplify().Apply(new FuseFunctions());
        Tensor[] calibration = [Rows(training, [.. Enumerable.Range(0, Calibration)]).Images];
        QuantizeResult[] quantised = [.. s_variants.Select(v => Quantized(graph, v.Gelu, v.Functions, calibration))];
        List<double> scores = [100 * Classification.Accuracy(model, test), .. quantised.Select(q => 100 * Accuracy(q.Graph, test))];
        int differing = 0, done = 0;
        foreach (QuantizeResult q in quantised.Zip(s_variants).Where(p => IsTrained(p.Second)).Select(p => p.First))
        {
            QuantizedModule integers = QuantizedModule.Of(q);
            Pretraining.Train(integers, (rows, _) => Loss(integers, training, rows), training.Count, Batch, 1, 1e-4, rng.Split("order in integers"), share => progress(0.5 + 0.25 * (done + share)));
            Graph deployed = integers.ToGraph();
            scores.Add(100 * Accuracy(deployed, test));
            differing += Differing(integers, deployed, test);
            done++;
        }
        return [.. scores, differing];
    }

    // Logits of a forward pass in training, on images that it was not trained on, against those of the graph as it is deployed.
    private static int Differing(QuantizedModule integers, Graph deployed, IDataset test)
    {
        integers.Train();
        Tensor images = Rows(test, [.. Enumerable.Range(0, 500)]).Images;
        return integers.Forward(images).ToArray<float>().Zip(new Session(deployed.Compile()).Run([images])[0].ToArray<float>()).Count(p => p.First != p.Second);
    }

    private static Tensor Loss(Module model, IDataset data, int[] rows)
    {
        (Tensor images, Tensor labels) = Rows(data, rows);
        return Losses.CrossEntropy(model.Forward(images), labels);
    }

    private static (Tensor Images, Tensor Labels) Rows(IDataset data, int[] rows)
    {
        int length = data.SampleShape.Length;
        float[] pixels = new float[rows.Length * length];
        long[] labels = [.. rows.Select((row, i) => (long)data.Read(row, pixels.AsSpan(i * length, length)))];
        return (Tensor.From(pixels, Shape.Create([rows.Length, .. data.SampleShape.Span])), Tensor.From(labels, Shape.Of(rows.Length)));
    }

    private static QuantizeResult Quantized(Graph graph, Gelus gelu, bool functions, Tensor[] calibration)
    {
        Graph chosen = gelu == Gelus.Exact ? graph : graph.Apply(new GeluSubstitution(gelu));
        // Biases belong to their products.
        string[] between = [.. chosen.Nodes.Where(n => n.Op is not MatMul && !(n.Op is Add && n.Inputs.Any(v => v.IsConstant && v.Shape.Rank == 1))).Select(n => n.Name)];
        return chosen.Quantize(new QuantizeConfig { ReportSamples = 0, Exclude = functions ? null : between }, calibration);
    }

    private static double Accuracy(Graph graph, IDataset test)
    {
        Session session = new(graph.Compile());
        int correct = 0;
        foreach (Batch batch in new DataLoader(test, 250, dropLast: false).Epoch(0)) correct += Classification.Correct(session.Run([batch.Inputs])[0], batch.Labels);
        return (double)correct / test.Count;
    }

    private static Claim[] Claims(double[] mean, double differing) =>
    [
        new("without training again, integers alone lose at most 1.0 point", "equal or slightly higher accuracy, after training in integers", Points(mean[0] - mean[2]), mean[0] - mean[2] <= 1),
        new("integer functions lose at most 0.3 points against functions in float32", "none", Points(mean[1] - mean[2]), mean[1] - mean[2] <= 0.3),
        new("h-GELU is not better than i-GELU by more than 0.2 points", "i-GELU is the better one (figures not confirmed)", Points(mean[4] - mean[3]), mean[4] - mean[3] <= 0.2),
        new("after training in integers, integers alone with i-GELU lose at most 0.5 points against float32", "equal or slightly higher accuracy", Points(mean[0] - mean[5]), mean[0] - mean[5] <= 0.5),
        new("so trained, h-GELU is not better than i-GELU by more than 0.2 points", "i-GELU is the better one (figures not confirmed)", Points(mean[6] - mean[5]), mean[6] - mean[5] <= 0.2),
        new("the logits of training are those of the deployed integers, bit for bit", "simulated in floating point", $"{differing} differ", differing == 0),
    ];

    private static Claim[] FunctionClaims()
    {
        (double rms, double most) = Error(IntegerGeluOf, -4, 4, GeluFunctions.Exact);
        double fine = Error(x => ExpOf(IntegerExp.Fine(Unit), x), -Math.Log(2), 0, Math.Exp).Most, paper = Error(x => ExpOf(IntegerExp.Paper(Unit), x), -Math.Log(2), 0, Math.Exp).Most;
        return
        [
            new("the error of i-GELU over [−4, 4] in integers: 0.0082 in the mean square, 0.018 at most", "0.0082, 0.018", $"{Text(rms)}, {Text(most)}", rms < 0.0084 && most < 0.0186),
            new("i-exp in integers is right to 1.91·10⁻³ and the grid of 10⁻⁴", "1.9·10⁻³", $"{Text(fine)} with the constants of the code, {Text(paper)} with those of the text", fine < 1.91e-3 + Unit),
        ];
    }

    private static double IntegerGeluOf(double x)
    {
        IntegerGelu gelu = IntegerGelu.Fitted(Unit);
        return gelu.Of((long)Math.Round(x / Unit)) * gelu.Scale;
    }

    private static double ExpOf(IntegerExp exp, double x) => exp.Of((long)Math.Round(x / Unit)) * exp.Scale;

    private static ResultTable Functions() => new(
        "Errors of what stands for GELU over [−4, 4]; the paper's figures behind ours.", ["function", "root mean square", "largest", "paper"],
        [
            Line("x·σ(1.702·x)", x => x / (1 + Math.Exp(-1.702 * x)), "0.012, 0.020"), Line("h-GELU", GeluFunctions.Hard, "0.031, 0.069"), Line("i-GELU, real", GeluFunctions.Polynomial, "0.0082, 0.018"),
            Line("i-GELU, integers", IntegerGeluOf, "0.0082, 0.018"),
        ]);

    private static string[] Line(string name, Func<double, double> function, string paper)
    {
        (double rms, double most) = Error(function, -4, 4, GeluFunctions.Exact);
        return [name, Text(rms), Text(most), paper];
    }

    private static (double Rms, double Most) Error(Func<double, double> function, double from, double to, Func<double, double> exact)
    {
        const int Points = 8000;
        double[] errors = [.. Enumerable.Range(0, Points + 1).Select(i => from + ((to - from) * i / Points)).Select(x => Math.Abs(function(x) - exact(x)))];
        return (Math.Sqrt(errors.Average(e => e * e)), errors.Max());
    }

    private static ResultTable Accuracies(string[] names, double[][] scores) => new(
        "Top-1 accuracy on the test images in percent, mean of the seeds and their range.", ["network", "top-1 %", "range"],
        [.. names.Select((name, v) => (string[])[name, Percent(scores.Average(s => s[v])), $"{Percent(scores.Min(s => s[v]))}–{Percent(scores.Max(s => s[v]))}"])]);

    private static string Percent(double value) => value.ToString("F2", CultureInfo.InvariantCulture);

    private static string Points(double value) => Percent(value) + " points";

    private static string Text(double value) => value.ToString("G3", CultureInfo.InvariantCulture);
}
