using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression.Layers;

/// <summary>Where a factor for each channel can move from what makes a value to the layers that read it, with the float function unchanged: x_j/s_j before, W_j·s_j behind.</summary>
/// <param name="Source">The value whose channels are divided.</param>
/// <param name="Channels">Its number of channels.</param>
/// <param name="Before">The constants that are divided by s: node, input, and the axis of channels.</param>
/// <param name="Layer">The weights among them when a layer gives the value, else null.</param>
/// <param name="After">The layers that read the value, and for each how many of its input channels stand side by side for one channel.</param>
internal sealed record ScalingPoint(Value Source, int Channels, IReadOnlyList<(Node Node, int Input, int Axis)> Before, Node? Layer, IReadOnlyList<(WeightLayer Layer, int Repeat)> After);

/// <summary>The scaling points of a graph, and its constants as factors move.</summary>
internal sealed class ChannelScaling
{
    private readonly Graph _graph;
    private readonly Dictionary<Node, WeightLayer> _layers;
    private readonly Dictionary<(Node Node, int Input), double[]> _constants = [];
    private readonly HashSet<Value> _outputs;

    /// <summary>The points of <paramref name="graph"/>.</summary>
    /// <param name="graph">The float graph.</param>
    /// <param name="layers">Its layers; others read no divided value.</param>
    public ChannelScaling(Graph graph, IReadOnlyList<WeightLayer> layers)
    {
        (_graph, _layers, _outputs) = (graph, layers.ToDictionary(l => l.Node), [.. graph.Outputs]);
        Dictionary<WeightLayer, string> alone = [];
        List<ScalingPoint> points = [];
        foreach (WeightLayer layer in layers)
        {
            Value source = SourceOf(layer.Node.Inputs[0]);
            if (points.Exists(p => p.Source == source)) continue;
            if (PointAt(source, out ScalingPoint? point) is { } reason) alone[layer] = reason;
            else points.Add(point!);
        }
        (Points, Alone) = (points, alone);
    }

    /// <summary>Where factors can move, in the order of the layers behind.</summary>
    public IReadOnlyList<ScalingPoint> Points { get; }

    /// <summary>The layers before which no factor can be moved, each with the reason.</summary>
    public IReadOnlyDictionary<WeightLayer, string> Alone { get; }

    /// <summary>The first of <see cref="Alone"/> in words, for the end of a sentence.</summary>
    public string AloneText() => Alone.Count == 0 ? "" : "; left alone: " + string.Join(", ", Alone.Take(6).Select(a => $"'{a.Key.Node.Name}' {a.Value}")) + (Alone.Count > 6 ? $" and {Alone.Count - 6} more" : "");

    /// <summary>max|W| of each channel that the layer before gives.</summary>
    public double[] MostBefore(ScalingPoint point)
    {
        (Node node, int input, int axis) = point.Before.First(b => b.Node == point.Layer && b.Input == 1);
        double[] most = new double[point.Channels], values = Values(node, input);
        int inner = ChannelMagnitudes.Inner(node.Inputs[input].Shape, axis);
        for (int i = 0; i < values.Length; i++) Raise(ref most[i / inner % point.Channels], values[i]);
        return most;
    }

    /// <summary>max|W| over all layers behind of the weights that each channel meets.</summary>
    public double[] MostAfter(ScalingPoint point)
    {
        double[] most = new double[point.Channels];
        foreach ((WeightLayer layer, int repeat) in point.After)
        {
            double[] values = Values(layer.Node, 1);
            for (int i = 0; i < values.Length; i++) Raise(ref most[layer.InputChannel(i) / repeat], values[i]);
        }
        return most;
    }

    /// <summary>Divides before by <paramref name="s"/> and multiplies behind.</summary>
    public void Move(ScalingPoint point, double[] s)
    {
        foreach ((Node node, int input, int axis) in point.Before)
        {
            double[] values = Values(node, input);
            int inner = ChannelMagnitudes.Inner(node.Inputs[input].Shape, axis);
            for (int i = 0; i < values.Length; i++) values[i] /= s[i / inner % point.Channels];
        }
        foreach ((WeightLayer layer, int repeat) in point.After)
        {
            double[] values = Values(layer.Node, 1);
            for (int i = 0; i < values.Length; i++) values[i] *= s[layer.InputChannel(i) / repeat];
        }
    }

    /// <summary>The graph with its constants as they are now, rounded to float32 once.</summary>
    public Graph Result() => ConstantEdit.With(_graph, _constants.ToDictionary(c => c.Key, c => Tensor.From(Array.ConvertAll(c.Value, v => (float)v), c.Key.Node.Inputs[c.Key.Input].Shape)));

    private double[] Values(Node node, int input)
    {
        if (!_constants.TryGetValue((node, input), out double[]? values))
            _constants[(node, input)] = values = Array.ConvertAll(node.Inputs[input].Constant!.ToArray<float>(), v => (double)v);
        return values;
    }

    // The value where the chain of ops that let factors through begins.
    private Value SourceOf(Value value)
    {
        while (_graph.ProducerOf(value) is { } node && ChannelFlow.IsPassage(node.Op)) value = node.Inputs[0];
        return value;
    }

    private string? PointAt(Value source, out ScalingPoint? point)
    {
        point = null;
        if (_graph.ProducerOf(source) is not { } producer) return "it reads an input of the graph";
        if (ChannelFlow.AxisOf(producer) is not { } axis) return $"{producer.Op.Name} '{producer.Name}' before it holds no factors";
        if (!source.Shape[axis].IsKnown) return $"the channels of '{source.Name}' are not known";
        int channels = source.Shape[axis].Size;
        List<(Node, int, int)> before = [];
        if (Dividable(source, axis, before) is { } fixedBefore) return fixedBefore;
        List<(WeightLayer, int)> after = [];
        if (Readers(source, new(axis, 1), channels, after) is { } otherReader) return otherReader;
        Node? layer = before.Select(b => b.Item1).FirstOrDefault(n => n.Op is Conv or MatMul);
        point = new(source, channels, before, layer, after);
        return null;
    }

    // Collects the constants before a value; null when dividing them divides it.
    private string? Dividable(Value value, int axis, List<(Node, int, int)> parts)
    {
        Node node = _graph.ProducerOf(value)!;
        if (ChannelFlow.AxisOf(node) != axis) return $"{node.Op.Name} '{node.Name}' before it holds no factors of its channels";
        switch (node.Op)
        {
            case Conv when node.Inputs.Skip(1).All(v => v.IsConstant):
                parts.AddRange(node.Inputs.Skip(1).Select((_, i) => (node, i + 1, 0)));
                return null;
            case MatMul when node.Inputs[1] is { IsConstant: true, Shape.Rank: 2 }:
                parts.Add((node, 1, 1));
                return null;
            case LayerNormalization when node.Inputs.Skip(1).All(v => v is { IsConstant: true, Shape.Rank: 1 }):
            case BatchNormalization when node.Inputs.Skip(1).All(v => v.IsConstant):
                parts.AddRange(node.Inputs.Skip(1).Take(2).Select((_, i) => (node, i + 1, 0)));
                return null;
            case Add or Mul when ChannelFlow.VectorSide(node) is { } side:
                parts.Add((node, side, node.Inputs[side].Shape.Rank - 1));
                if (node.Op is Mul) return null;
                Value other = node.Inputs[1 - side];
                if (_graph.ProducerOf(other) is null) return $"'{other.Name}' before it is an input of the graph";
                return _outputs.Contains(other) || _graph.ConsumersOf(other).Count() != 1 ? $"'{other.Name}' before it has other readers" : Dividable(other, axis, parts);
            default:
                return $"{node.Op.Name} '{node.Name}' before it holds no factors";
        }
    }

    // Collects the layers that read a value; null when nothing else does.
    private string? Readers(Value value, ChannelFlow.Place place, int channels, List<(WeightLayer, int)> after)
    {
        if (_outputs.Contains(value)) return $"'{value.Name}' is an output of the graph";
        foreach (Node reader in _graph.ConsumersOf(value))
        {
            if (_layers.TryGetValue(reader, out WeightLayer? layer))
            {
                int axis = layer.IsConv ? 1 : value.Shape.Rank - 1;
                if (place.Axis != axis || layer.InputChannels != channels * place.Repeat || reader.Inputs[1] == value) return $"{reader.Op.Name} '{reader.Name}' sums over other axes of '{value.Name}'";
                after.Add((layer, place.Repeat));
            }
            else if (reader.Inputs[0] == value && ChannelFlow.Through(reader, place) is { } next)
            {
                if (Readers(reader.Output, next, channels, after) is { } problem) return problem;
            }
            else return $"{reader.Op.Name} '{reader.Name}', which also reads '{value.Name}', lets no factor through";
        }
        return null;
    }

    private static void Raise(ref double most, double value) => most = Math.Max(most, Math.Abs(value));
}
