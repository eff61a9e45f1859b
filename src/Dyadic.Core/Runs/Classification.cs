using Dyadic.Data;
using Dyadic.Nn;
using Dyadic.Ops;

namespace Dyadic.Runs;

/// <summary>Accuracy of classifiers.</summary>
public static class Classification
{
    /// <summary>The number of rows whose largest entry (the first, of equal ones) is at the label.</summary>
    /// <param name="logits">[N, C], float32.</param>
    /// <param name="labels">[N], Int64.</param>
    public static int Correct(Tensor logits, Tensor labels)
    {
        int classes = logits.Shape[1];
        float[] scores = logits.ToArray<float>();
        long[] wanted = labels.ToArray<long>();
        int correct = 0;
        for (int i = 0; i < wanted.Length; i++)
        {
            if (System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(scores.AsSpan(i * classes, classes)) == wanted[i]) correct++;
        }
        return correct;
    }

    /// <summary>The share of samples that the model, in inference, classifies as labelled.</summary>
    /// <exception cref="ArgumentException">The data set is empty.</exception>
    public static double Accuracy(Module model, IDataset data, int batchSize = 256, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        int correct = 0, seen = 0;
        using IDisposable evaluating = model.Evaluating(), noGrad = Autograd.NoGrad();
        foreach (Batch batch in new DataLoader(data, batchSize, dropLast: false).Epoch(0))
        {
            cancellation.ThrowIfCancellationRequested();
            correct += Correct(model.Forward(batch.Inputs), batch.Labels);
            seen += batch.Labels.Length;
            progress?.Invoke((double)seen / data.Count);
        }
        return (double)correct / seen;
    }
}
