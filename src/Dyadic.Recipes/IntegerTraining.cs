using System.Globalization;
using Dyadic.Arithmetics;
using Dyadic.Data;
using Dyadic.Nn;
using Dyadic.Runs;

namespace Dyadic.Recipes;

/// <summary>
/// The same network trained in float32 and in integers, hyper-parameters unchanged: int8 with stochastic rounding follows float32; without
/// stochastic rounding, with 8-bit weights, or with 4 bits it does not.
/// </summary>
/// <remarks>docs/recipes/integer-training.md lists what differs from the paper.</remarks>
public sealed class IntegerTraining : Recipe
{
    private const int SmoothingSteps = 50;     // of the losses that are compared

    // What is compared, and the arithmetic: bits forward and backward, then those of the optimiser.
    private static readonly (string Name, string Arithmetic)[] s_runs =
    [
        ("float32", "float32"),
        ("int8, stochastic, 16-bit SGD", "int8"),
        ("int8, nearest", "int8:nearest"),
        ("int8, stochastic, 8-bit SGD", "int8/8/8"),
        ("int4, stochastic, 16-bit SGD", "int4"),
    ];

    /// <inheritdoc/>
    public override string Name => "integer-training";

    /// <inheritdoc/>
    public override string Paper => "Ghaffari, Tahaei, Tayaranian, Asgharian and Partovi Nia 2022, \"Is Integer Arithmetic Enough for Deep Learning Training?\", NeurIPS; arXiv 2207.08822";

    /// <inheritdoc/>
    public override string Summary => "Trains one network in float32, int8 and int4, with stochastic and nearest rounding, and compares losses and accuracy.";

    /// <inheritdoc/>
    public override RecipeResult Run(RecipeContext context)
    {
        Experiment experiment = Experiment.Of(context);
        IReadOnlyList<ulong> seeds = context.Seeds(3);
        Outcome[] outcomes = context.Each(s_runs.Length * seeds.Count, 0, 1, i => $"{s_runs[i / seeds.Count].Name}, seed {seeds[i % seeds.Count]}", RecipeJson.Default.Outcome,
            (i, progress) => experiment.Train(s_runs[i / seeds.Count].Arithmetic, seeds[i % seeds.Count], progress, context.Cancellation));
        Outcome[][] runs = [.. outcomes.Chunk(seeds.Count)];
        return new(Claims(runs), [Table(runs)], [experiment.Description, $"Seeds {string.Join(", ", seeds)}; all runs of a seed see the same batches and start from the same weights."]);
    }

    private static Claim[] Claims(Outcome[][] runs)
    {
        double[] accuracy = [.. runs.Select(r => 100 * r.Average(o => o.Accuracy))];
        double gap = Math.Abs(accuracy[0] - accuracy[1]);
        double distance = runs[0].Zip(runs[1], (reference, integer) => Distance(reference.Losses, integer.Losses)).Average();
        double late = runs[3].Average(o => Late(o.Losses)) / runs[1].Average(o => Late(o.Losses));
        return
        [
            new("int8 training loses at most 1.0 point against float32", "ResNet-18 on ImageNet: 69.75 and 69.25", Points(gap), gap <= 1),
            new("the smoothed loss of int8 stays within 5 % of float32's", "the same trajectory", Percent(distance), distance <= 0.05),
            new("an 8-bit state of the optimiser loses at least 1 point", "16 bits are needed for the update", Points(accuracy[1] - accuracy[3]), accuracy[1] - accuracy[3] >= 1),
            new("and its loss stalls: at the end at least 10 % above that of 16 bits", "16 bits are needed for the update", Percent(late - 1), late >= 1.1),
            new("int4 loses more than 1 point against int8", "none", Points(accuracy[1] - accuracy[4]), accuracy[1] - accuracy[4] > 1),
        ];
    }

    private static ResultTable Table(Outcome[][] runs) => new(
        "Top-1 accuracy on the test set after the last epoch, and training loss over the last tenth of the steps; mean of the seeds, and their range.",
        ["run", "top-1 %", "range", "final loss", "seconds a run on one thread"],
        [.. s_runs.Zip(runs, (run, o) => (string[])
        [
            run.Name,
            (100 * o.Average(x => x.Accuracy)).ToString("F2", CultureInfo.InvariantCulture),
            string.Create(CultureInfo.InvariantCulture, $"{100 * o.Min(x => x.Accuracy):F2}–{100 * o.Max(x => x.Accuracy):F2}"),
            o.Average(x => Late(x.Losses)).ToString("F4", CultureInfo.InvariantCulture),
            o.Average(x => x.Seconds).ToString("F0", CultureInfo.InvariantCulture),
        ])]);

    /// <summary>mean |a − r| / mean r of exponential moving averages over <see cref="SmoothingSteps"/> steps.</summary>
    internal static double Distance(IReadOnlyList<double> reference, IReadOnlyList<double> other)
    {
        double[] r = Smoothed(reference), a = Smoothed(other);
        return r.Zip(a, (x, y) => Math.Abs(x - y)).Average() / r.Average();
    }

    private static double[] Smoothed(IReadOnlyList<double> losses)
    {
        double[] smooth = [.. losses];
        for (int i = 1; i < smooth.Length; i++) smooth[i] = smooth[i - 1] + (losses[i] - smooth[i - 1]) * 2 / (SmoothingSteps + 1);
        return smooth;
    }

    private static double Late(IReadOnlyList<double> losses) => losses.Skip(losses.Count * 9 / 10).Average();

    private static string Points(double points) => points.ToString("F2", CultureInfo.InvariantCulture) + " points";

    private static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);

    /// <summary>How a run ended.</summary>
    internal sealed record Outcome(double Accuracy, IReadOnlyList<double> Losses, double Seconds);

    /// <summary>Data, network and schedule: the same for all arithmetics.</summary>
    private sealed record Experiment(IDataset Training, IDataset Test, Func<Rng, Module> Network, TrainingOptions Options, string Description)
    {
        public static Experiment Of(RecipeContext context)
        {
            string data = context.Data ?? "fashion-mnist";
            bool colours = data.StartsWith("cifar10", StringComparison.Ordinal);
            IDataset training = context.Load(data + ":train"), test = context.Load(data + ":test");
            if (context.Quick) (training, test) = (new SubsetDataset(training, 0, Math.Min(2048, training.Count)), new SubsetDataset(test, 0, Math.Min(1000, test.Count)));
            int epochs = context.Quick ? 1 : colours ? 30 : 3;
            TrainingOptions options = new() { Epochs = epochs, BatchSize = 128, LearningRate = colours ? 0.1 : 0.05, WeightDecay = 1e-4, WarmUpEpochs = 0, Augment = colours };
            float[] mean = colours ? [0.4914f, 0.4822f, 0.4465f] : [0.2860f], deviation = colours ? [0.2470f, 0.2435f, 0.2616f] : [0.3530f];
            string text = string.Create(CultureInfo.InvariantCulture, $"{data}, {training.Count} training and {test.Count} test images, {(colours ? "ResNet-20" : "conv 3×3 (16) – norm – ReLU – pool – conv 3×3 (32) – norm – ReLU – pool – linear")}; SGD with momentum 0.9, rate {options.LearningRate} with a cosine to 0, decay 1e-4, batches of 128, {epochs} epochs.");
            return new(new NormalizedDataset(training, mean, deviation), new NormalizedDataset(test, mean, deviation), colours ? rng => ResNet.ForSmallImages(20, 3, 10, rng) : Small, options, text);
        }

        public Outcome Train(string arithmetic, ulong seed, Action<double> progress, CancellationToken cancellation)
        {
            Module model = Network(new Rng(seed).Split("weights"));
            List<double> losses = [];
            DirectoryInfo folder = Directory.CreateTempSubdirectory("dyadic-recipe-");
            try
            {
                Trainer trainer = new(model, Training, Options with { Arithmetic = arithmetic, Seed = seed, CheckpointEvery = int.MaxValue }, RunFolder.At(folder.FullName));
                trainer.Run(p =>
                {
                    losses.Add(p.Loss);
                    progress((double)p.Step / p.TotalSteps);
                }, cancellation);
                using IDisposable scope = Arithmetic.Use(Arithmetic.Parse(arithmetic, seed));
                return new(Classification.Accuracy(model, Test, cancellation: cancellation), losses, trainer.Seconds);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }

        private static Sequential Small(Rng rng) => new(
            new Conv2D(1, 16, 3, rng.Split("conv1"), padding: 1, bias: false), new BatchNorm2D(16), new Relu(), new MaxPool2D(2),
            new Conv2D(16, 32, 3, rng.Split("conv2"), padding: 1, bias: false), new BatchNorm2D(32), new Relu(), new MaxPool2D(2),
            new Flatten(), new Linear(32 * 7 * 7, 10, rng.Split("head")));
    }
}
