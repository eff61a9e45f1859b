using System.CommandLine;
using System.Globalization;
using Dyadic.Cli.Framework;
using Dyadic.Compression;
using Dyadic.Compression.Training;
using Dyadic.Data;
using Dyadic.Runs;

namespace Dyadic.Cli.Models;

/// <summary>The options of quantize by which it trains the integers that it made.</summary>
internal sealed class QuantizedTrainingOptions
{
    private static readonly TrainingOptions Defaults = QuantizedTraining.Defaults;

    private readonly Option<string?> _train = new("--train") { Description = "Train weights and scales as they are deployed, on these samples with labels, e.g. fashion-mnist:train.", HelpName = "SPEC" };
    private readonly Option<int?> _epochs = new("--epochs") { Description = $"With --train: passes over the samples (default {Defaults.Epochs}).", HelpName = "N" };
    private readonly Option<double?> _rate = new("--learning-rate") { Description = $"With --train: the highest rate of AdamW (default {Text(Defaults.LearningRate)}).", HelpName = "RATE" };
    private readonly Option<int?> _batch = new("--batch-size") { Description = $"With --train: samples a step (default {Defaults.BatchSize}).", HelpName = "N" };
    private readonly Option<double?> _distill = new("--distill") { Description = "With --train: the share of the loss, 0 to 1, that is the distance from the float model instead of from the labels (default 0).", HelpName = "SHARE" };
    private readonly Option<bool> _augment = new("--augment") { Description = "With --train: random crops and flips of images." };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_train, _epochs, _rate, _batch, _distill, _augment];

    /// <summary>True when training was asked for.</summary>
    public bool IsAsked(ParseResult arguments) => arguments.GetValue(_train) is not null;

    /// <summary>Refuses what does not go together, before any work.</summary>
    public void Check(ParseResult arguments)
    {
        if (arguments.GetValue(_train) is { } spec)
        {
            UsageErrors.Checked(() => DataSpec.Parse(spec));
            UsageErrors.Checked(() => Options(arguments, null));
            if (arguments.GetValue(_distill) is { } share and not (>= 0 and <= 1)) throw new UsageException($"--distill is {Text(share)}, it must be from 0 to 1.");
        }
        else if (All.FirstOrDefault(o => arguments.GetResult(o) is { Implicit: false }) is { } option) throw new UsageException($"{option.Name} is for --train. Name the samples to train on.");
    }

    /// <summary>The samples, read before any work; null where no training was asked for.</summary>
    /// <exception cref="InvalidDataException">They have no labels.</exception>
    public IDataset? Load(ParseResult arguments)
    {
        if (arguments.GetValue(_train) is not { } spec) return null;
        IDataset data = DataSpec.Parse(spec).Load();
        return data.Classes > 0 ? data : throw new InvalidDataException($"'{spec}' has no labels. Training needs an array named labels.");
    }

    /// <summary>The result after training, and what is told of it; the result itself where none was asked for.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="data">The samples, or null.</param>
    /// <param name="result">What was quantised.</param>
    /// <param name="context">Progress, seed and cancellation.</param>
    public (QuantizeResult Result, TrainedText? Trained) Train(ParseResult arguments, IDataset? data, QuantizeResult result, CommandContext context)
    {
        if (data is null) return (result, null);
        TrainingOptions options = Options(arguments, context.Seed);
        TrainingProgress last = default;
        QuantizeResult trained = context.WithProgress("training integers", report => result.Train(
            data, options, new() { DistillShare = arguments.GetValue(_distill) ?? 0 }, progress: p =>
            {
                last = p;
                report((double)p.Step / p.TotalSteps);
                if (p.Step * 10 / p.TotalSteps > (p.Step - 1) * 10 / p.TotalSteps && !context.ShowsProgress) context.Note(Line(p));
            },
            cancellation: context.Cancellation));
        return (trained, new(arguments.GetValue(_train)!, options.Epochs, last.Step, last.Loss));
    }

    private TrainingOptions Options(ParseResult arguments, ulong? seed) => Defaults with
    {
        Epochs = arguments.GetValue(_epochs) ?? Defaults.Epochs,
        LearningRate = arguments.GetValue(_rate) ?? Defaults.LearningRate,
        BatchSize = arguments.GetValue(_batch) ?? Defaults.BatchSize,
        Augment = arguments.GetValue(_augment),
        Seed = seed ?? Defaults.Seed,
    };

    private static string Line(TrainingProgress p) => string.Create(CultureInfo.InvariantCulture, $"step {p.Step} of {p.TotalSteps}: loss {p.Loss:F4}");

    private static string Text(double value) => value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What is told of a training.</summary>
/// <param name="Data">The samples.</param>
/// <param name="Epochs">Passes over them.</param>
/// <param name="Steps">Steps in all.</param>
/// <param name="Loss">Of the last step.</param>
internal sealed record TrainedText(string Data, int Epochs, long Steps, double Loss);
