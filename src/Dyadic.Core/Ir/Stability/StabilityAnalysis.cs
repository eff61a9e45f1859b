using Dyadic.Arithmetics;
using Dyadic.Numerics.Digits;
using Dyadic.Runtime.Steps.Emulated;

namespace Dyadic.Ir;

/// <summary>
/// The significant bits of every value of a graph: it is run node by node, once in float32 and many times in a stochastic arithmetic, and the spread
/// around the float32 values is measured. Memory does not grow with the number of runs. In an arithmetic without chance one run says all.
/// </summary>
public sealed class StabilityAnalysis
{
    private const int Mantissa32 = 23, Mantissa64 = 52;

    private readonly Graph _graph;
    private readonly GraphInterpreter _interpreter;
    private readonly StabilityOptions _options;
    private readonly Dictionary<Value, DigitStatistics> _statistics = [];
    private readonly Dictionary<Value, TensorType> _types = [];

    private StabilityAnalysis(Graph graph, StabilityOptions options) => (_graph, _interpreter, _options) = (graph, new(graph), options);

    /// <summary>Analyses a graph on one set of inputs.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="inputs">One tensor for each input, in its order.</param>
    /// <param name="arithmetic">The arithmetic of a run with the given seed, which it may ignore, such as <c>seed => Arithmetic.Parse("mca:24:rr", seed)</c>.</param>
    /// <param name="options">Samples, seed, probability and confidence.</param>
    /// <param name="progress">Hears of the share done.</param>
    /// <param name="cancellation">Stops between nodes.</param>
    /// <exception cref="ArgumentException">Fewer than two samples of a stochastic arithmetic, or a probability that is none.</exception>
    public static StabilityReport Run(
        Graph graph, Tensor[] inputs, Func<ulong, Arithmetic> arithmetic, StabilityOptions? options = null, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        options ??= new();
        bool isStochastic = arithmetic(0).IsStochastic;
        int samples = isStochastic ? options.Samples : 1;
        Ensure.Argument(samples >= 2 || !isStochastic, $"Stability: {samples} samples have no spread. Take at least 2; 30 are usual.");
        Ensure.Argument(
            options.Probability is > 0 and < 1 && options.Confidence is > 0 and < 1,
            $"Stability: probability {options.Probability} and confidence {options.Confidence} must lie between 0 and 1.");
        StabilityAnalysis analysis = new(graph, options);
        using GradMode.Scope scope = GradMode.Set(false);
        Tensor[] reference = analysis.Run(Arithmetic.Float32, inputs, analysis.Refer, cancellation);
        progress?.Invoke(1.0 / (samples + 1));
        Rng seeds = new Rng(options.Seed).Split("stability");
        List<Tensor[]> runs = [];
        for (int s = 0; s < samples; s++)
        {
            runs.Add(analysis.Run(arithmetic(seeds.Split(s).NextUInt64()), inputs, analysis.Add, cancellation));
            progress?.Invoke((s + 2.0) / (samples + 1));
        }
        return analysis.Summary(runs, reference);
    }

    private Tensor[] Run(Arithmetic arithmetic, Tensor[] inputs, Action<Value, Tensor> observe, CancellationToken cancellation)
    {
        using IDisposable scope = Arithmetic.Use(arithmetic);
        return _interpreter.Run(inputs, (value, tensor) =>
        {
            _types[value] = tensor.TensorType;
            if (tensor.Type is DType.Float32 or DType.Float64) observe(value, tensor);
        }, cancellation: cancellation);
    }

    private void Refer(Value value, Tensor tensor) =>
        _statistics[value] = DigitStatistics.Against<double>(Elements(tensor), tensor.Type == DType.Float32 ? Mantissa32 : Mantissa64);

    private void Add(Value value, Tensor tensor) => _statistics[value].Add<double>(Elements(tensor));

    // Every k-th element of a large value.
    private double[] Elements(Tensor tensor)
    {
        int step = Math.Max(1, (tensor.Length + _options.Elements - 1) / _options.Elements);
        double[] values = new double[(tensor.Length + step - 1) / step];
        Tensor dense = tensor.ToContiguous();
        if (dense.Type == DType.Float32)
        {
            ReadOnlySpan<float> source = dense.AsSpan<float>();
            for (int i = 0; i < values.Length; i++) values[i] = source[i * step];
        }
        else
        {
            ReadOnlySpan<double> source = dense.AsSpan<double>();
            for (int i = 0; i < values.Length; i++) values[i] = source[i * step];
        }
        return values;
    }

    // A choice among values, such as ReLU, loses nothing: that those it leaves have fewer bits is no loss of its own.
    private bool IsExact(Node node)
    {
        TensorType[] inputs = [.. node.Inputs.Select(Type)];
        return EmulatedSteps.IsExact(node.Op.Lower(inputs), Array.ConvertAll(inputs, t => t.Type), [.. node.Outputs.Select(v => Type(v).Type)]);
    }

    private TensorType Type(Value value) => value.Constant?.TensorType ?? _types[value];

    // Inputs and constants are exact. What is no float has the bits of what it was computed from.
    private StabilityReport Summary(List<Tensor[]> runs, Tensor[] reference)
    {
        Dictionary<Value, ValueStability> found = [];
        Dictionary<Value, double> bits = [];
        List<ValueStability> values = [];
        foreach (Node node in _graph.Nodes)
        {
            double ofInputs = node.Inputs.Where(v => !v.IsConstant).Select(v => bits.GetValueOrDefault(v, Mantissa32)).DefaultIfEmpty(Mantissa32).Min();
            foreach (Value output in node.Outputs)
            {
                bool isFloat = _statistics.TryGetValue(output, out DigitStatistics? statistics);
                found[output] = isFloat
                    ? ValueStability.Of(output.Name, node.Name, node.Op.Name, statistics!, ofInputs, IsExact(node), _options)
                    : new(output.Name, node.Name, node.Op.Name, ofInputs, ofInputs, ofInputs, ofInputs, ofInputs, 0, 0);
                bits[output] = found[output].Bits;
                if (isFloat) values.Add(found[output]);
            }
        }
        ValueStability[] outputs = [.. _graph.Outputs.Select(v => found.GetValueOrDefault(v) ?? new(v.Name, "", "", Mantissa32, Mantissa32, Mantissa32, Mantissa32, Mantissa32, 0, 0))];
        return new(values, outputs, runs, reference);
    }
}
