using Dyadic.Arithmetics;

namespace Dyadic.Ops;

/// <summary>
/// Boxes of each class, best score first, leaving out those that overlap a chosen one of their class too much; of equal scores the first comes first. Inputs: boxes
/// [N, B, 4], scores [N, classes, B], the most boxes of a class Int64, the overlap |a ∩ b|/|a ∪ b| above which a box is left out, the score that a box must exceed;
/// the last three of one element. y Int64 [count, 3]: image, class and box.
/// </summary>
/// <param name="Centred">Boxes are x, y of the middle, width and height; else y, x of two opposite corners.</param>
/// <param name="Count">The name of the unknown size.</param>
/// <remarks>ONNX NonMaxSuppression, opset 10 to 11; float32.</remarks>
public sealed record NonMaxSuppression(bool Centred = false, string Count = "boxes") : CountingOp(Count)
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        (Shape boxes, Shape scores) = (inputs[0].Shape, inputs[1].Shape);
        bool fits = inputs[0].Type == DType.Float32 && inputs[1].Type == DType.Float32 && boxes.Rank == 3 && scores.Rank == 3 && boxes[2] == 4;
        Ensure.Shape(fits, $"{Name}: the boxes are {inputs[0]} and the scores {inputs[1]}; float32 [N, B, 4] and [N, classes, B] are needed.");
        Ensure.Shape(inputs[2].Type == DType.Int64 && inputs[3].Type == DType.Float32 && inputs[4].Type == DType.Float32, $"{Name}: the limits are {inputs[2]}, {inputs[3]} and {inputs[4]}; int64 and twice float32 are needed.");
        return [new(DType.Int64, [Dim.Symbol(Count), 3])];
    }

    private protected override Tensor[] Find(Tensor[] inputs)
    {
        int[] dims = inputs[1].Shape.ToArray();
        (int images, int classes, int boxes) = (dims[0], dims[1], dims[2]);
        Ensure.Shape(inputs[0].Shape == Shape.Of(images, boxes, 4), $"{Name}: the boxes are {inputs[0].Shape} and the scores {inputs[1].Shape}; the numbers of images or boxes differ.");
        float[] all = inputs[0].ToArray<float>(), scores = inputs[1].ToArray<float>();
        long most = inputs[2].Reshape().Item<long>();
        (float overlap, float least) = (inputs[3].Reshape().Item<float>(), inputs[4].Reshape().Item<float>());
        List<long> chosen = [];
        for (int image = 0; image < images; image++)
        {
            Box[] areas = [.. Enumerable.Range(0, boxes).Select(b => Box.Of(all.AsSpan(((image * boxes) + b) * 4, 4), Centred))];
            for (int kind = 0; kind < classes; kind++)
            {
                float[] own = scores[(((image * classes) + kind) * boxes)..(((image * classes) + kind + 1) * boxes)];
                foreach (int box in Best(own, areas, most, overlap, least)) chosen.AddRange([image, kind, box]);
            }
        }
        return [Tensor.From(chosen.ToArray(), Shape.Of(chosen.Count / 3, 3))];
    }

    private static List<int> Best(float[] scores, Box[] boxes, long most, float overlap, float least)
    {
        List<int> kept = [];
        foreach (int candidate in Enumerable.Range(0, scores.Length).Where(b => scores[b] > least).OrderByDescending(b => scores[b]))
        {
            if (kept.Count >= most) break;
            if (kept.TrueForAll(k => !(boxes[candidate].Overlap(boxes[k]) > overlap))) kept.Add(candidate);
        }
        return kept;
    }

    private readonly record struct Box(float Left, float Top, float Right, float Bottom)
    {
        public static Box Of(ReadOnlySpan<float> b, bool centred) => centred
            ? new(b[0] - (b[2] / 2), b[1] - (b[3] / 2), b[0] + (b[2] / 2), b[1] + (b[3] / 2))
            : new(Math.Min(b[1], b[3]), Math.Min(b[0], b[2]), Math.Max(b[1], b[3]), Math.Max(b[0], b[2]));

        private float Area => (Right - Left) * (Bottom - Top);

        /// <summary>|a ∩ b|/|a ∪ b|; 0 where they do not meet, and for boxes without an area.</summary>
        public float Overlap(Box other)
        {
            float width = Math.Min(Right, other.Right) - Math.Max(Left, other.Left), height = Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top);
            if (!(width > 0 && height > 0 && Area > 0 && other.Area > 0)) return 0;
            float common = width * height, union = Area + other.Area - common;
            return common > 0 && union > 0 ? common / union : 0;
        }
    }
}

/// <summary>Choosing boxes.</summary>
public static class NonMaxSuppressionExtensions
{
    extension(Tensor boxes)
    {
        /// <inheritdoc cref="Ops.NonMaxSuppression"/>
        /// <param name="scores">[N, classes, B].</param>
        /// <param name="most">The most boxes of a class.</param>
        /// <param name="overlap">The overlap above which a box is left out.</param>
        /// <param name="least">The score that a box must exceed.</param>
        /// <param name="centred">Boxes are x, y of the middle, width and height; else y, x of two opposite corners.</param>
        public Tensor NonMaxSuppression(Tensor scores, long most, float overlap, float least = float.NegativeInfinity, bool centred = false) =>
            boxes.Apply(new NonMaxSuppression(centred), scores, Tensor.From([most], Shape.Scalar), Tensor.Scalar(overlap), Tensor.Scalar(least));
    }
}
