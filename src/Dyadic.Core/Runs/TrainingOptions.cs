using System.Globalization;

namespace Dyadic.Runs;

/// <summary>How a classifier is trained. The same options, data and seed give the same weights, bit for bit, whatever the threads.</summary>
public sealed record TrainingOptions
{
    /// <summary>Passes over the data, at least 1.</summary>
    public int Epochs { get; init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one epoch."); } = 20;

    /// <summary>Samples of one step, at least 1.</summary>
    public int BatchSize { get; init => field = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "At least one sample a batch."); } = 128;

    /// <summary>η at its highest.</summary>
    public double LearningRate { get; init; } = 0.1;

    /// <summary>μ.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>λ, on all parameters of two or more dimensions (weights, not biases and norms).</summary>
    public double WeightDecay { get; init; } = 5e-4;

    /// <summary>α of the cross-entropy.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Epochs of linear warm-up before the cosine.</summary>
    public double WarmUpEpochs { get; init; } = 1;

    /// <summary>Random crops (padding 2) and horizontal flips.</summary>
    public bool Augment { get; init; } = true;

    /// <summary>Seed of the initial weights, the order of samples and the augmentation.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Steps between checkpoints; one is also written after each epoch.</summary>
    public int CheckpointEvery { get; init; } = 100;

    /// <summary>The options that decide the result, by name, as a run record holds them.</summary>
    public IReadOnlyDictionary<string, string> Describe() => new Dictionary<string, string>
    {
        ["epochs"] = Epochs.ToString(CultureInfo.InvariantCulture),
        ["batchSize"] = BatchSize.ToString(CultureInfo.InvariantCulture),
        ["learningRate"] = Text(LearningRate),
        ["momentum"] = Text(Momentum),
        ["weightDecay"] = Text(WeightDecay),
        ["labelSmoothing"] = Text(LabelSmoothing),
        ["warmUpEpochs"] = Text(WarmUpEpochs),
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
                LearningRate = Number(text["learningRate"]),
                Momentum = Number(text["momentum"]),
                WeightDecay = Number(text["weightDecay"]),
                LabelSmoothing = Number(text["labelSmoothing"]),
                WarmUpEpochs = Number(text["warmUpEpochs"]),
                Augment = bool.Parse(text["augment"]),
                Seed = ulong.Parse(text["seed"], CultureInfo.InvariantCulture),
            };
        }
        catch (Exception e) when (e is KeyNotFoundException or FormatException or OverflowException or ArgumentOutOfRangeException)
        {
            throw new InvalidDataException($"The run record's training options cannot be read ({e.Message}). Start a new run.", e);
        }
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
