using Dyadic.Compression.Calibration;
using Dyadic.Ir;

namespace Dyadic.Compression.Layers;

/// <summary>max|x| and the mean of |x| for each channel of what the layers behind scaling points read, in the float graph over the calibration data.</summary>
internal sealed class ChannelStatistics
{
    /// <summary>What methods that use it settle.</summary>
    public const string Settles = "the factors between activations and weights";

    private readonly Dictionary<Value, (double[] Most, double[] Sums, long[] Counts)> _values = [];

    private ChannelStatistics()
    {
    }

    /// <summary>Runs the graph over the data once.</summary>
    public static ChannelStatistics Of(Graph graph, IReadOnlyList<ScalingPoint> points, CalibrationData data)
    {
        ChannelStatistics result = new();
        Dictionary<Value, WeightLayer> read = [];
        foreach ((WeightLayer layer, _) in points.SelectMany(p => p.After)) read[layer.Node.Inputs[0]] = layer;
        foreach ((Value value, WeightLayer layer) in read) result._values[value] = (new double[layer.InputChannels], new double[layer.InputChannels], new long[layer.InputChannels]);
        data.Run(graph, (value, x) =>
        {
            if (read.TryGetValue(value, out WeightLayer? layer)) result.Add(value, layer, x);
        });
        return result;
    }

    /// <summary>max|x| of each channel of the point, over all layers that read it.</summary>
    public double[] Most(ScalingPoint point)
    {
        double[] most = new double[point.Channels];
        Each(point, (channel, value, i) => most[channel] = Math.Max(most[channel], _values[value].Most[i]));
        return most;
    }

    /// <summary>The mean of |x| of each channel of the point, over all layers that read it.</summary>
    public double[] Mean(ScalingPoint point)
    {
        double[] sums = new double[point.Channels], counts = new double[point.Channels];
        Each(point, (channel, value, i) =>
        {
            sums[channel] += _values[value].Sums[i];
            counts[channel] += _values[value].Counts[i];
        });
        return [.. sums.Zip(counts, (s, n) => s / n)];
    }

    private static void Each(ScalingPoint point, Action<int, Value, int> visit)
    {
        foreach ((WeightLayer layer, int repeat) in point.After)
            for (int i = 0; i < layer.InputChannels; i++) visit(i / repeat, layer.Node.Inputs[0], i);
    }

    private void Add(Value value, WeightLayer layer, Tensor x)
    {
        (double[] most, double[] sums, long[] counts) = _values[value];
        float[] values = x.ToArray<float>();
        int inner = layer.IsConv ? x.Length / (x.Shape[0] * layer.InputChannels) : 1;
        for (int i = 0; i < values.Length; i++)
        {
            int channel = i / inner % most.Length;
            double magnitude = Math.Abs(values[i]);
            most[channel] = Math.Max(most[channel], magnitude);
            sums[channel] += magnitude;
            counts[channel]++;
        }
    }
}
