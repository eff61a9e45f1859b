using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Bench.Models;

/// <summary>
/// Writes networks layer by layer, with random weights that keep activations in the range of a trained network: weights have variance
/// 1/(fan-in·E[x²]), which is He's after a ReLU, and normalisations have statistics near those of what they normalise.
/// </summary>
/// <remarks>He et al. 2015, eq. (10). A weight depends on the seed and its name only.</remarks>
internal sealed class Net(string name, ulong seed)
{
    private const float Spread = 0.1f;       // deviation of γ, β and the statistics from 1 and 0
    private const double LargestOfNine = 5, GeluPower = 0.43, MeanPower = 2 / Math.PI;      // E[y²]/E[x²], x normal, rectified but for GELU

    private readonly GraphBuilder _graph = new(name);
    private readonly Rng _rng = new Rng(seed).Split(name);
    private readonly Dictionary<Value, double> _power = [];      // E[x²], as far as the layers tell
    private readonly HashSet<Value> _positive = [];              // no or few values below 0

    /// <summary>x [N, dims…], standard normal.</summary>
    public Value Input(params ReadOnlySpan<int> dims) =>
        Note(_graph.Input("input", new(DType.Float32, Shape.Create([Dim.Symbol("N"), .. Shape.Of(dims)]))), 1);

    /// <summary>Convolution over all spatial axes of x, then batch normalisation; padding keeps the size at stride 1.</summary>
    /// <param name="at">The layer's name.</param>
    /// <param name="x">[N, C, …].</param>
    /// <param name="channels">Channels of the result.</param>
    /// <param name="kernel">Taps along each spatial axis.</param>
    /// <param name="stride">Step along each spatial axis.</param>
    /// <param name="groups">Groups of channels; as many as channels make it depthwise.</param>
    /// <param name="gamma">The mean of γ: small at the end of a residual branch, so that sums do not grow.</param>
    public Value ConvNorm(string at, Value x, int channels, int kernel, int stride = 1, int groups = 1, float gamma = 1)
    {
        int axes = x.Shape.Rank - 2, inner = x.Shape[1].Size / groups;
        int[] kernels = Repeat(kernel, axes);
        Value w = Weight($"{at}.weight", Shape.Of([channels, inner, .. kernels]), kernels.Aggregate(inner, (n, k) => n * k), x);
        Conv conv = new([.. Repeat(stride, axes)], [.. Repeat(kernel / 2, 2 * axes)], [.. Repeat(1, axes)], groups);
        Value y = _graph.Add($"{at}.conv", conv, x, w), scale = Vector($"{at}.gamma", channels, gamma), shift = Vector($"{at}.beta", channels, 0);
        Value mean = Vector($"{at}.mean", channels, 0), variance = Vector($"{at}.var", channels, 1);
        return Note(_graph.Add($"{at}.norm", new BatchNormalization(1e-5f), y, scale, shift, mean, variance), gamma * gamma);
    }

    /// <summary>x·W + b over the last axis.</summary>
    /// <param name="at">The layer's name.</param>
    /// <param name="x">[…, K].</param>
    /// <param name="features">N.</param>
    /// <param name="gain">Deviation of the result.</param>
    public Value Linear(string at, Value x, int features, float gain = 1) =>
        Note(_graph.Add(at, new Add(), Product($"{at}.product", $"{at}.weight", x, features, gain), Vector($"{at}.bias", features, 0)), gain * gain);

    /// <summary>x·W over the last axis.</summary>
    /// <param name="at">The layer's name.</param>
    /// <param name="weight">That of W.</param>
    /// <param name="x">[…, K].</param>
    /// <param name="features">N.</param>
    /// <param name="gain">Deviation of the result.</param>
    public Value Product(string at, string weight, Value x, int features, float gain = 1)
    {
        int inner = x.Shape[-1].Size;
        return Note(_graph.Add(at, new MatMul(), x, Weight(weight, Shape.Of(inner, features), inner, x, gain)), gain * gain);
    }

    /// <summary>Normalisation over the last axis.</summary>
    public Value LayerNorm(string at, Value x)
    {
        int features = x.Shape[-1].Size;
        Value scale = Vector($"{at}.gamma", features, 1), shift = Vector($"{at}.beta", features, 0);
        return Note(_graph.Add(at, new LayerNormalization(-1, 1e-5f), x, scale, shift), 1);
    }

    public Value Relu(string at, Value x) => Rectified(at, new Relu(), x);

    public Value Relu6(string at, Value x) => Rectified(at, new Clip(0, 6), x);

    public Value Gelu(string at, Value x) => Note(_graph.Add(at, new Gelu(), x), GeluPower * _power[x]);

    public Value Add(string at, Value a, Value b) =>
        Note(_graph.Add(at, new Add(), a, b), _power[a] + _power[b], _positive.Contains(a) || _positive.Contains(b));

    /// <summary>The largest of each 3×3 window, at stride 2.</summary>
    public Value MaxPool(string at, Value x) =>
        Note(_graph.Add(at, new MaxPool([3, 3], [2, 2], [1, 1, 1, 1], [1, 1]), x), LargestOfNine * _power[x], positive: true);

    /// <summary>The mean over all positions, [N, C, …] → [N, C].</summary>
    public Value Average(string at, Value x) =>
        Note(_graph.Add($"{at}.flat", new Flatten(1), _graph.Add(at, new GlobalAveragePool(), x)), MeanPower * _power[x]);

    /// <summary>Any op; <paramref name="power"/> is E[y²] of its result.</summary>
    public Value Apply(string at, Op op, double power, params ReadOnlySpan<Value> inputs) => Note(_graph.Add(at, op, inputs), power);

    /// <summary>A number.</summary>
    public Value Scalar(string at, double value) => _graph.Constant(at, Tensor.Scalar(value));

    /// <summary>The graph, with y as its output.</summary>
    public Graph Finish(Value y, string output = "logits")
    {
        _graph.Output(y);
        return GraphNames.RenameOutputs(_graph.Build(), [output]);
    }

    private Value Rectified(string at, Op op, Value x) =>
        Note(_graph.Add(at, op, x), _positive.Contains(x) ? _power[x] : _power[x] / 2, positive: true);

    private Value Weight(string at, Shape shape, int fan, Value x, float gain = 1) =>
        Constant(at, r => Tensor.Normal(shape, r, 0, gain / (float)Math.Sqrt(fan * _power[x])));

    private Value Vector(string at, int length, float mean) =>
        Constant(at, r => Tensor.Normal(Shape.Of(length), r, mean, Spread * (mean == 0 ? 1 : mean)));

    private Value Constant(string at, Func<Rng, Tensor> draw) => _graph.Constant(at, draw(_rng.Split(at)));

    private Value Note(Value value, double power, bool positive = false)
    {
        if (positive) _positive.Add(value);
        _power[value] = power;
        return value;
    }

    private static int[] Repeat(int value, int count) => [.. Enumerable.Repeat(value, count)];
}
