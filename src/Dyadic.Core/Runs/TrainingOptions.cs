using System.Globalization;
using Dyadic.Arithmetics;

namespace Dyadic.Runs;

/// <summary>How a classifier is trained. The same options, data and seed give the same weights, bit for bit, whatever the threads.</summary>
public sealed record TrainingOptions
{
    private const double BelowOne = 1 - (1.0 / (1 << 24));   // the largest float32 below 1

    /// <summary>The name of SGD with momentum.</summary>
    public const string Sgd = "sgd";

    /// <summary>The name of AdamW.</summary>
    public const string AdamW = "adamw";

    /// <summary>Passes over the data, at least 1.</summary>
    public int Epochs { get; init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one epoch."); } = 20;

    /// <summary>Samples of one step, at least 1.</summary>
    public int BatchSize { get; init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one sample a batch."); } = 128;

    /// <summary>The optimiser: one of <see cref="Optimizers"/>.</summary>
    public string Optimizer { get; init => field = Optimizers.Contains(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, $"There is no optimiser of this name. Use {string.Join(" or ", Optimizers)}."); } = Sgd;

    /// <summary>SGD with momentum, and AdamW (β 0.9 and 0.999, ε 1e-8), whose decay is decoupled.</summary>
    public static IReadOnlyList<string> Optimizers { get; } = [Sgd, AdamW];

    /// <summary>η at its highest, above 0.</summary>
    public double LearningRate { get; init => field = Within(value, double.Epsilon, double.MaxValue, "The learning rate must be a number above 0."); } = 0.1;

    /// <summary>μ of SGD in [0, 1).</summary>
    public double Momentum { get; init => field = Within(value, 0, BelowOne, "The momentum must be in [0, 1)."); } = 0.9;

    /// <summary>λ, on all parameters of two or more dimensions (weights, not biases and norms).</summary>
    public double WeightDecay { get; init => field = Within(value, 0, double.MaxValue, "The weight decay must not be negative."); } = 5e-4;

    /// <summary>α of the cross-entropy, in [0, 1).</summary>
    public double LabelSmoothing { get; init => field = Within(value, 0, BelowOne, "The label smoothing must be in [0, 1)."); }

    /// <summary>Epochs of linear warm-up, during which the cosine is scaled; not negative.</summary>
    public double WarmUpEpochs { get; init => field = Within(value, 0, double.MaxValue, "The epochs of warm-up must not be negative."); } = 1;

    /// <summary>The name of the arithmetic to train in, as <see cref="ArithmeticNames"/> reads it; its random numbers come from <see cref="Seed"/>.</summary>
    public string Arithmetic { get; init => field = ArithmeticNames.Parse(value, seed: 0).Name; } = "float32";

    /// <summary>Random crops (padding 2) and horizontal flips.</summary>
    public bool Augment { get; init; } = true;

    /// <summary>Seed of the initial weights, the order of samples and the augmentation.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Steps between checkpoints, at least 1; one is also written after each epoch. It has no influence on the result.</summary>
    public int CheckpointEvery { get; init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one step between checkpoints."); } = 100;

    /// <summary>The options that decide the result, by name, as a run record holds them.</summary>
    public IReadOnlyDictionary<string, string> Describe() => new Dictionary<string, string>
    {
        ["epochs"] = Epochs.ToString(CultureInfo.InvariantCulture),
        ["batchSize"] = BatchSize.ToString(CultureInfo.InvariantCulture),
        ["optimizer"] = Optimizer,
        ["learningRate"] = Text(LearningRate),
        ["momentum"] = Text(Momentum),
        ["weightDecay"] = Text(WeightDecay),
        ["labelSmoothing"] = Text(LabelSmoothing),
        ["warmUpEpochs"] = Text(WarmUpEpochs),
        ["arithmetic"] = Arithmetic,
        ["augment"] = Augment ? "true" : "false",
        ["seed"] = Seed.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The options that <see cref="Describe"/> wrote.</summary>
    /// <exception cref="InvalidDataException">An entry is missing or malformed.</exception>
    public static TrainingOptions Parse(IReadOnlyDictionary<string, string> text)
    {
        try
        {
            return new()
            {
                Epochs = int.Parse(text["epochs"], CultureInfo.InvariantCulture),
                BatchSize = int.Parse(text["batchSize"], CultureInfo.InvariantCulture),
                Optimizer = text.GetValueOrDefault("optimizer", Sgd),            // runs of former versions have none
                LearningRate = Number(text["learningRate"]),
                Momentum = Number(text["momentum"]),
                WeightDecay = Number(text["weightDecay"]),
                LabelSmoothing = Number(text["labelSmoothing"]),
                WarmUpEpochs = Number(text["warmUpEpochs"]),
                Arithmetic = text.GetValueOrDefault("arithmetic", "float32"),      // runs of former versions have none
                Augment = bool.Parse(text["augment"]),
                Seed = ulong.Parse(text["seed"], CultureInfo.InvariantCulture),
            };
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            throw new InvalidDataException($"The run record's training options cannot be read ({e.Message}). Start a new run.", e);
        }
    }

    private static double Within(double value, double least, double most, string rule) =>
        value >= least && value <= most ? value : throw new ArgumentOutOfRangeException(nameof(value), value, rule);

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
