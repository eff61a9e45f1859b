using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Bench.RealModels;

/// <summary>What outputs say, as whole numbers.</summary>
internal static class Answers
{
    /// <summary>The most probable class of each sample.</summary>
    public static int[] Class(Tensor[] outputs) => Largest(outputs[0], 1);

    /// <summary>1 where a probability in the first output is at least one half, element by element.</summary>
    public static int[] Decision(Tensor[] outputs) => [.. outputs[0].ToArray<float>().Select(p => p >= 0.5f ? 1 : 0)];

    /// <summary>The characters of lines of text: the most probable class of each column, repetitions and blanks (class 0) left out; −1 ends a line.</summary>
    public static int[] Text(Tensor[] outputs)
    {
        Tensor p = outputs[0];
        int[] classes = Largest(p, 2);
        int columns = p.Shape[1];
        List<int> text = [];
        for (int i = 0; i < classes.Length; i++)
        {
            if (classes[i] != 0 && (i % columns == 0 || classes[i - 1] != classes[i])) text.Add(classes[i]);
            if (i % columns == columns - 1) text.Add(-1);
        }
        return [.. text];
    }

    /// <summary>For each sample the anchor of the highest score, where it is at least one half, else −1.</summary>
    public static Func<Tensor[], int[]> Detection(Func<Tensor[], Tensor> scores) => outputs =>
    {
        Tensor all = scores(outputs);
        int[] best = Largest(all, 1);
        float[] values = all.ToArray<float>();
        int length = all.Length / all.Shape[0];
        return [.. best.Select((b, i) => values[(i * length) + b] >= 0.5f ? b : -1)];
    };

    private static int[] Largest(Tensor x, int axis) => [.. x.ArgMax(axis).Cast(DType.Int64).ToArray<long>().Select(i => (int)i)];
}
