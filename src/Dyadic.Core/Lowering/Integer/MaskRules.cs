using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Lowering;

/// <summary>What a softmax reads where a mask lies between it and its scores.</summary>
/// <param name="Scores">The scores.</param>
/// <param name="Bytes">The mask: codes of 8 bits, or Bool.</param>
/// <param name="Mask">What its bytes do, given S of the scores.</param>
/// <param name="Fused">The nodes that the step absorbs.</param>
internal sealed record SoftmaxInput(Value Scores, Value Bytes, Func<double, SoftmaxMask> Mask, IReadOnlyList<Node> Fused);

/// <summary>Masks in front of a softmax, as exporters write them: added (0, or far below any score), or chosen by a condition; equation (17) of docs/equations/lowering.md.</summary>
internal static class MaskRules
{
    /// <summary>The mask that makes <paramref name="input"/> of scores, or null.</summary>
    public static SoftmaxInput? Find(QuantizedPatterns patterns, Value input) => patterns.Bound.SoleProducer(input) switch
    {
        { Op: Add } add => Added(patterns, add),
        { Op: Where } choice => Chosen(patterns, choice),
        _ => null,
    };

    private static SoftmaxInput? Added(QuantizedPatterns patterns, Node add)
    {
        foreach (int side in (int[])[1, 0])
        {
            (Value scores, Value added) = (add.Inputs[1 - side], add.Inputs[side]);
            if (!AreScores(patterns, scores, add)) continue;
            if (patterns.Codes(added) is { } mask)
                return new(scores, mask.Codes, scale => SoftmaxMask.Adding([.. Enumerable.Range(0, 256).Select(b => Number((mask.Format.Read((byte)b) - mask.Format.Zero) * mask.Scale, scale))]), [mask.Dequantize, add]);
            if (patterns.Bound.Fixed.Contains(added) && Constant(patterns, added) is { } constant)
                return new(scores, constant.Codes, scale => SoftmaxMask.Adding([.. Enumerable.Range(0, 256).Select(b => b < constant.Values.Length ? Number(constant.Values[b], scale) : 0)]), [add]);
        }
        return null;
    }

    private static SoftmaxInput? Chosen(QuantizedPatterns patterns, Node choice)
    {
        foreach (int side in (int[])[2, 1])
        {
            (Value scores, Value other) = (choice.Inputs[3 - side], choice.Inputs[side]);
            if (!AreScores(patterns, scores, choice) || !patterns.Bound.Fixed.Contains(other) || patterns.Bound.TypeOf(other).Shape.Length != 1) continue;
            double hidden = patterns.Bound.Fixed.DoublesOf(other)[0];
            return new(scores, choice.Inputs[0], scale => SoftmaxMask.Choosing(Number(hidden, scale), turned: side == 1), [choice]);
        }
        return null;
    }

    private static bool AreScores(QuantizedPatterns patterns, Value scores, Node mask) =>
        patterns.WideCodes(scores) is not null && patterns.Bound.TypeOf(scores).Shape == patterns.Bound.TypeOf(mask.Output).Shape;

    // In units of the scores; what is further below is out of reach anyway.                                   // (17)
    private static int Number(double value, double scale) => (int)Math.Clamp(Math.Round(value / scale), -SoftmaxMask.Most, SoftmaxMask.Most);

    // A constant of at most 256 different numbers as their indices.
    private static (Value Codes, double[] Values)? Constant(QuantizedPatterns patterns, Value value)
    {
        double[] reals = patterns.Bound.Fixed.DoublesOf(value), different = [.. reals.Distinct().Take(257)];
        if (different.Length > 256) return null;
        return (Value.Of(value.Name + "_codes", Tensor.From(Array.ConvertAll(reals, r => (byte)Array.IndexOf(different, r)), patterns.Bound.TypeOf(value).Shape)), different);
    }
}
