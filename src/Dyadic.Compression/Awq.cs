using System.Globalization;
using System.Numerics.Tensors;
using Dyadic.Compression.Calibration;
using Dyadic.Compression.Layers;
using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression;

/// <summary>Enlarges the weights that large activations meet before they are rounded: s_j = mean|X_j|^α, x_j/s_j before and W_j·s_j in the layer, with the α of least output error.</summary>
/// <remarks>
/// Lin et al. 2023, eqs. (4)–(5). α is searched on a grid from 0, which changes nothing, to 1: the error is ‖(Q(W·s)/s − W)·X‖² over the calibration data with weights rounded to nearest, summed over all layers that
/// read x, so that it never grows. s is divided by √(max s·min s). Differs: activations are quantised too, but not in the search. Folding is that of <see cref="SmoothQuant"/>.
/// </remarks>
/// <param name="Steps">The number of steps from 0 to 1.</param>
public sealed record Awq(int Steps = 20) : QuantizeMethod
{
    /// <inheritdoc/>
    public override string Name => "awq";

    internal override MethodStage Stage => MethodStage.Balance;

    internal override string? Settles => ChannelStatistics.Settles;

    internal override void Check()
    {
        if (Steps is < 1 or > 1000) throw new CompressionException($"quantize: awq with {Steps} steps is not possible. Use 1 to 1000; 20 is usual.");
    }

    internal override Graph Prepare(Graph graph, MethodContext context)
    {
        ChannelScaling scaling = new(graph, context.Layers(graph, this));
        ChannelStatistics statistics = ChannelStatistics.Of(graph, scaling.Points, context.Data);
        int moved = 0;
        foreach (ScalingPoint point in scaling.Points)
        {
            double[] s = Search(point, statistics.Mean(point), Moments(graph, point, context.Data), context.Scoped.Of);
            if (!Array.TrueForAll(s, x => x == 1)) moved++;
            scaling.Move(point, s);
        }
        context.Note(string.Create(CultureInfo.InvariantCulture, $"{Name}: {moved} of {scaling.Points.Count} values have factors{scaling.AloneText()}"));
        return moved == 0 ? graph : scaling.Result();
    }

    /// <summary>s of least error.</summary>
    internal double[] Search(ScalingPoint point, double[] mean, double[][][] moments, Func<Node, QuantizeConfig> config)
    {
        double[] best = Factors(mean, 0);
        double least = double.PositiveInfinity;
        for (int step = 0; step <= Steps; step++)
        {
            double[] s = Factors(mean, (double)step / Steps);
            double error = Error(point, s, moments, config);
            if (error < least) (least, best) = (error, s);
        }
        return best;
    }

    /// <summary>Σ dᵀ·H·d over the outputs of all layers behind, d = Q(W·s)/s − W.</summary>
    internal static double Error(ScalingPoint point, double[] s, double[][][] moments, Func<Node, QuantizeConfig> config)
    {
        double error = 0;
        for (int l = 0; l < point.After.Count; l++)
        {
            (WeightLayer layer, int repeat) = point.After[l];
            QuantizeConfig own = config(layer.Node);
            int levels = WeightQuantizer.Levels(own.Bits);
            float[] stored = layer.Weight.ToArray<float>();
            double[] scaled = new double[stored.Length], factors = new double[stored.Length];
            for (int i = 0; i < stored.Length; i++)
            {
                factors[i] = s[layer.InputChannel(i) / repeat];
                scaled[i] = stored[i] * factors[i];
            }
            (double[] rows, double[] by) = (layer.Rows(scaled), layer.Rows(factors));
            int n = layer.Inner;
            double most = rows.Max(Math.Abs);
            for (int m = 0; m < layer.Channels; m++)
            {
                Span<double> row = rows.AsSpan(m * n, n);
                double scale = (own.PerChannel ? Math.Abs(TensorPrimitives.MaxMagnitude<double>(row)) : most) / levels;
                if (scale == 0) continue;
                for (int k = 0; k < n; k++) row[k] = (Math.Round(row[k] / scale) * scale - row[k]) / by[m * n + k];
                error += InputMoments.Form(moments[l][m / (layer.Channels / layer.Groups)], row);
            }
        }
        return error;
    }

    // H by layer and group; one point at a time, since H is large.
    internal static double[][][] Moments(Graph graph, ScalingPoint point, CalibrationData data)
    {
        Dictionary<Value, List<Tensor>> inputs = [];
        foreach ((WeightLayer layer, _) in point.After) inputs[layer.Node.Inputs[0]] = [];
        data.Run(graph, (value, x) => inputs.GetValueOrDefault(value)?.Add(x));
        using (Autograd.NoGrad()) return [.. point.After.Select(a => InputMoments.Of(a.Layer, inputs[a.Layer.Node.Inputs[0]]))];
    }

    private static double[] Factors(double[] mean, double alpha)
    {
        if (alpha == 0) return [.. mean.Select(_ => 1.0)];
        double[] s = [.. mean.Select(m => m > 0 ? Math.Pow(m, alpha) : 1)];
        double middle = Math.Sqrt(s.Max() * s.Min());
        return [.. s.Select(x => x / middle)];
    }
}
