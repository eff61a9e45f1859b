using System.Numerics.Tensors;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Cli.Models;

/// <summary>Classes that a model predicts.</summary>
internal static class Predictions
{
    /// <summary>The class of each sample: of scores [N, C] the first of the largest, of indices [N] or [N, 1] the index. Null for outputs of another form.</summary>
    public static int[]? Top1(Tensor output)
    {
        bool indices = output.Type is DType.Int64 or DType.Int32 && (output.Rank == 1 || output.Rank == 2 && output.Shape[1] == 1);
        if (indices) return Array.ConvertAll(output.Cast(DType.Int64).ToArray<long>(), v => (int)v);
        if (Rows(output) is not { } classes) return null;
        float[] scores = Numbers.Floats(output);
        int[] best = new int[output.Shape[0]];
        for (int i = 0; i < best.Length; i++) best[i] = TensorPrimitives.IndexOfMax<float>(scores.AsSpan(i * classes, classes));
        return best;
    }

    /// <summary>The samples whose label is among the <paramref name="k"/> largest scores; of equal scores the lower class counts as larger. Null for outputs of another form.</summary>
    public static int? Correct(Tensor output, ReadOnlySpan<int> labels, int k)
    {
        if (k == 1)
        {
            if (Top1(output) is not { } best) return null;
            int right = 0;
            for (int i = 0; i < best.Length; i++) right += best[i] == labels[i] ? 1 : 0;
            return right;
        }
        if (Rows(output) is not { } classes) return null;
        float[] scores = Numbers.Floats(output);
        int correct = 0;
        for (int i = 0; i < labels.Length; i++) correct += (uint)labels[i] < (uint)classes && Rank(scores.AsSpan(i * classes, classes), labels[i]) < k ? 1 : 0;
        return correct;
    }

    private static int Rank(ReadOnlySpan<float> scores, int label)
    {
        int above = 0;
        for (int c = 0; c < scores.Length; c++) above += scores[c] > scores[label] || scores[c] == scores[label] && c < label ? 1 : 0;
        return above;
    }

    // [N, C], or [N, C, 1, 1]: the number of classes.
    private static int? Rows(Tensor output)
    {
        if (output.Rank < 2 || output.Shape[0] == 0) return null;
        return output.Length == output.Shape[0].Size * output.Shape[1].Size && output.Shape[1].Size > 1 ? output.Shape[1].Size : null;
    }
}
