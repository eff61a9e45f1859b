using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Compression.Layers;

/// <summary>How positive factors of channels pass through ops: f(s·x) = s·f(x).</summary>
internal static class ChannelFlow
{
    /// <summary>Where the channels of a value are.</summary>
    /// <param name="Axis">Their axis.</param>
    /// <param name="Repeat">How many neighbours along it belong to one channel.</param>
    public readonly record struct Place(int Axis, int Repeat);

    /// <summary>The axis of channels in what <paramref name="node"/> gives, or null when it has no factors for them.</summary>
    public static int? AxisOf(Node node) => node.Op switch
    {
        Conv or BatchNormalization => 1,
        MatMul or LayerNormalization => node.Output.Shape.Rank - 1,
        Add or Mul when VectorSide(node) is not null => node.Output.Shape.Rank - 1,
        _ => null,
    };

    /// <summary>The input of a sum or product that is a constant with a number for each index of the last axis; or null.</summary>
    public static int? VectorSide(Node node)
    {
        for (int side = 0; side < 2; side++)
        {
            Value constant = node.Inputs[side], other = node.Inputs[1 - side];
            if (constant.IsConstant && !other.IsConstant && other.Shape == node.Output.Shape && constant.Shape.Rank > 0 && constant.Shape.Length == constant.Shape[-1] && constant.Shape[-1] == node.Output.Shape[-1])
                return side;
        }
        return null;
    }

    /// <summary>True for ops that factors may pass; <see cref="Through"/> tells whether they do.</summary>
    public static bool IsPassage(Op op) => op is Relu or LeakyRelu or Identity or Clip { Low: 0, High: null } or MaxPool or AveragePool or GlobalAveragePool
        or Pad { Mode: PadMode.Constant, Value: 0 } or ReduceMean or Transpose or ReshapeOp;

    /// <summary>Where channels are behind <paramref name="node"/>, or null when factors do not pass it unchanged. A clamp passes them only where it is max(x, 0).</summary>
    public static Place? Through(Node node, Place place)
    {
        Shape x = node.Inputs[0].Shape;
        if (!IsPassage(node.Op)) return null;
        return node.Op switch
        {
            MaxPool or AveragePool or GlobalAveragePool => node.Outputs.Count == 1 && place.Axis <= 1 ? place : null,
            ReduceMean mean => Reduced(mean, x, place),
            Transpose transpose => place with { Axis = Array.IndexOf([.. transpose.Perm.Count > 0 ? transpose.Perm : Enumerable.Range(0, x.Rank).Reverse()], place.Axis) },
            ReshapeOp => Reshaped(x, node.Output.Shape, place),
            _ => place,
        };
    }

    private static Place? Reduced(ReduceMean mean, Shape x, Place place)
    {
        int[] axes = mean.Axes.Count == 0 ? [.. Enumerable.Range(0, x.Rank)] : [.. mean.Axes.Select(a => x.Axis(a, mean.Name))];
        if (axes.Contains(place.Axis)) return null;
        return mean.KeepDims ? place : place with { Axis = place.Axis - axes.Count(a => a < place.Axis) };
    }

    // [.., C, a, b] as [.., C·a·b], or with axes of size 1 more or fewer behind.
    private static Place? Reshaped(Shape x, Shape y, Place place)
    {
        if (y.Rank <= place.Axis) return null;
        for (int i = 0; i < place.Axis; i++)
            if (x[i] != y[i]) return null;
        if (x.Span[place.Axis..].ToArray().Any(d => !d.IsKnown) || y.Span[place.Axis..].ToArray().Any(d => !d.IsKnown)) return null;
        int channels = x[place.Axis].Size, rest = x.Span[(place.Axis + 1)..].ToArray().Aggregate(1, (n, d) => n * d.Size);
        if (y[place.Axis] == channels) return place;
        return y[place.Axis] == channels * rest ? place with { Repeat = place.Repeat * rest } : null;
    }
}
