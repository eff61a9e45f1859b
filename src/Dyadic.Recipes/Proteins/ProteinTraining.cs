using Dyadic.Nn;
using Dyadic.Ops;
using Dyadic.Optim;
using Dyadic.Runs;

namespace Dyadic.Recipes.Proteins;

/// <summary>Training the filter bank on a set of proteins, and the scores it gives.</summary>
internal static class ProteinTraining
{
    private const int Batch = 32;

    /// <summary>Adam on the binary cross-entropy, in batches of 32 in an order of each epoch.</summary>
    public static void Train(Module model, ProteinSet set, int length, int epochs, double rate, Rng order, Action<double> progress)
    {
        Adam optimizer = new(model.NamedParameters(), rate);
        int classes = set.Hierarchy.Count, steps = Math.Max(1, set.Count / Batch);
        model.Train();
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            int[] rows = [.. Enumerable.Range(0, set.Count)];
            order.Split(epoch).Shuffle(rows.AsSpan());
            for (int step = 0; step < steps; step++)
            {
                int[] batch = [.. rows.Skip(step * Batch).Take(Batch)];
                Tensor x = AminoAcids.Encode([.. batch.Select(r => set.Sequences[r])], length);
                Tensor targets = Tensor.From<float>([.. batch.SelectMany(r => set.Labels.AsSpan(r * classes, classes).ToArray())], [batch.Length, classes]);
                model.ZeroGrad();
                Losses.BinaryCrossEntropyWithLogits(model.Forward(x), targets).Backward();
                optimizer.Step();
                progress((epoch + (double)(step + 1) / steps) / epochs);
            }
        }
        model.Eval();
    }

    /// <summary>The class probabilities [N, C] in the current arithmetic; what is longer than <paramref name="length"/> is cut off.</summary>
    public static float[] Scores(Module model, ProteinSet set, int length)
    {
        List<float> scores = [];
        using IDisposable noGrad = Autograd.NoGrad();
        foreach (string[] batch in set.Sequences.Chunk(Batch))
            scores.AddRange(model.Forward(AminoAcids.Encode(batch, length)).Sigmoid().ToArray<float>());
        return [.. scores];
    }

    /// <summary>Fmax, Smin and AUPR of scores of <paramref name="set"/>.</summary>
    public static HierarchicalMetrics Measure(ProteinSet set, float[] scores, double[] informationContent) =>
        HierarchicalMetrics.Of(set.Hierarchy, scores, set.Labels, informationContent);
}
