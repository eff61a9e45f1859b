using Dyadic.Data;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Runs;

namespace Dyadic.Core.Tests.Runs;

/// <summary>Small images whose class is where they are bright, and a small network with everything that has state.</summary>
internal static class Synthetic
{
    public const int Classes = 4;

    public static IDataset Images(int count = 90, ulong seed = 5)
    {
        Rng rng = new(seed);
        byte[] pixels = new byte[count * 64];
        int[] labels = new int[count];
        for (int i = 0; i < pixels.Length; i++)
        {
            int image = i / 64, row = i % 64 / 8, column = i % 8;
            labels[image] = image % Classes;
            bool bright = (row / 4 * 2) + (column / 4) == labels[image];
            pixels[i] = (byte)(rng.NextInt(0, 100) + (bright ? 150 : 0));
        }
        return new ImageDataset(Tensor.From(pixels, Shape.Of(count, 8, 8)), labels);
    }

    public static Module Network(ulong seed = 1)
    {
        Rng rng = new(seed);
        return new Sequential(
            new ConvBatchNorm(1, 6, 3, 1, rng.Split("stem")), new Relu(), new BasicBlock(6, 8, 2, rng.Split("block")),
            new GlobalAveragePool2D(), new Flatten(), new Dropout(0.2f, rng.Split("drop")), new Linear(8, Classes, rng.Split("head")));
    }

    // 90 samples in batches of 16: five steps an epoch, the rest dropped.
    public static TrainingOptions Options => new() { Epochs = 3, BatchSize = 16, LearningRate = 0.05, CheckpointEvery = 2, LabelSmoothing = 0.05 };

    /// <summary>Everything that two runs must have in common, bit for bit: weights, buffers, optimiser state, metrics.</summary>
    public static string Result(RunFolder folder)
    {
        Checkpoint c = Checkpoint.TryRead(folder.Checkpoint)!;
        IEnumerable<string> tensors = c.Tensors.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key} {t.Value.TensorType} {Convert.ToHexString(t.Value.Bytes())}");
        IEnumerable<string> metrics = c.State.Metrics.Select(m => $"{m.Name} {m.Step} {m.Value:R}");
        return string.Join('\n', tensors.Concat(metrics).Append($"{c.State.Step} {c.State.LossSum:R} {c.State.Correct} {c.State.Seen}"));
    }
}
