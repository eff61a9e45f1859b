using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Lowering;

/// <summary>
/// y[.., c, ..] = x[.., c, ..]·s[c] + t[c] with constant s and t: a batch normalisation, or a sum or product with a constant for each channel or for all.
/// </summary>
internal sealed class ChannelAffine
{
    private readonly double[] _scale, _shift;      // one entry for each channel, or one for all

    private ChannelAffine(double[] scale, double[] shift) => (_scale, _shift) = (scale, shift);

    /// <summary>The one input of <paramref name="node"/> that is no constant, where the op can be of this kind, else null.</summary>
    public static Value? InputOf(BoundGraph bound, Node node)
    {
        if (node.Op is not (BatchNormalization or Add or Sub or Mul or Div)) return null;
        Value[] computed = [.. node.Inputs.Where(v => !bound.Fixed.Contains(v))];
        return computed.Length == 1 ? computed[0] : null;
    }

    /// <summary>What <paramref name="node"/> does to <paramref name="x"/>, its <see cref="InputOf"/>, or null where it is something else.</summary>
    public static ChannelAffine? Of(BoundGraph bound, Node node, Value x, int channelAxis)
    {
        if (node.Op is BatchNormalization norm) return channelAxis == 1 && x == node.Inputs[0] ? Normalization(bound, node, norm) : null;
        bool first = node.Inputs[0] == x;
        Shape y = bound.TypeOf(node.Output).Shape;
        if (bound.TypeOf(x).Shape != y || Channels(bound, node.Inputs[first ? 1 : 0], y, channelAxis) is not { } c) return null;
        return node.Op switch
        {
            Add => new([1], c),
            Sub => first ? new([1], Array.ConvertAll(c, v => -v)) : new([-1], c),
            Mul => Finite(c, [0]),
            Div when first => Finite(Array.ConvertAll(c, v => 1 / v), [0]),
            _ => null,
        };
    }

    public double ScaleOf(int channel) => _scale[_scale.Length == 1 ? 0 : channel];

    public double ShiftOf(int channel) => _shift[_shift.Length == 1 ? 0 : channel];

    // (11) with w = 1, b = 0
    private static ChannelAffine? Normalization(BoundGraph bound, Node node, BatchNormalization norm)
    {
        double[] scale = Read(1), shift = Read(2), mean = Read(3), variance = Read(4);
        for (int c = 0; c < scale.Length; c++)
        {
            scale[c] /= Math.Sqrt(variance[c] + norm.Epsilon);
            shift[c] -= mean[c] * scale[c];
        }
        return Finite(scale, shift);

        double[] Read(int input) => bound.Fixed.DoublesOf(node.Inputs[input]);
    }

    // An infinite scale does not move into weights: x·∞ + y·∞ may be NaN where (x + y)·∞ is not.
    private static ChannelAffine? Finite(double[] scale, double[] shift) => Array.TrueForAll(scale, s => float.IsFinite((float)s)) ? new(scale, shift) : null;

    // A constant whose axes, aligned at the end, are 1 but for that of the channels.
    private static double[]? Channels(BoundGraph bound, Value constant, Shape of, int channelAxis)
    {
        Shape shape = bound.TypeOf(constant).Shape;
        int added = of.Rank - shape.Rank;
        for (int axis = 0; axis < shape.Rank; axis++)
            if (shape[axis] != 1 && (axis + added != channelAxis || shape[axis] != of[channelAxis])) return null;
        return added < 0 ? null : bound.Fixed.DoublesOf(constant);
    }
}
