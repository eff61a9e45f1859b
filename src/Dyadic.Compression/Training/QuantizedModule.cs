using Dyadic.Ir;
using Dyadic.Nn;
using Dyadic.Ops;

namespace Dyadic.Compression.Training;

/// <summary>
/// A quantised graph that can be trained: its weights, biases and the parameters of layer normalisation in floating point, and the scales of codes. Every forward pass sees the numbers that the
/// integers stand for, gradients go straight through the rounding, and <see cref="ToGraph"/> is the quantised graph with what was learnt.
/// </summary>
/// <remarks>
/// With <see cref="QatOptions.Exact"/> the codes of every forward pass are those of the integer plan; without training (<see cref="Module.Eval"/>) the plan alone runs. Jacob et al. 2018, §3.1;
/// Esser et al. 2020. docs/guides/quantise.md.
/// </remarks>
public sealed class QuantizedModule : Module
{
    private readonly QuantizedParts _parts;
    private readonly QatOptions _options;
    private readonly IntegerTwin _twin;

    /// <summary>The module of a quantised graph, as <c>Quantize</c> gives or a file holds.</summary>
    /// <param name="quantised">With quantised activations and constants as QuantizeLinear and DequantizeLinear.</param>
    /// <param name="options">How it is trained.</param>
    /// <param name="real">The float graph that it was made of, whose constants are closer to what was quantised than the codes; null where only the codes are known.</param>
    /// <exception cref="CompressionException">Nothing is quantised, or an op that computes reads codes.</exception>
    public QuantizedModule(Graph quantised, QatOptions? options = null, Graph? real = null)
    {
        _options = options ?? new();
        _options.Check();
        _parts = QuantizedParts.Of(quantised, real);
        _twin = new(_parts);
        HashSet<string> names = [];
        string Name(string name) => UniqueName(name, names);
        foreach (TrainedConstant c in _parts.Constants) Parameter(Name(c.Name), c.Value);
        foreach (TrainedScale s in _parts.WeightScales.Where(_ => _options.LearnWeightScales)) Parameter(Name(s.Name + "/log_scale"), s.Learn());
        foreach (TrainedScale s in _parts.Scales)
        {
            if (_options.Ranges == RangeTraining.MovingAverage) Buffer(Name(s.Name + "/range"), s.Track());
            if (_options.Ranges != RangeTraining.Learned) continue;
            Parameter(Name(s.Name + "/log_scale"), s.Learn());
            if (_options.LearnOffsets && !s.IsSymmetric) Parameter(Name(s.Name + "/offset"), s.LearnOffset());
        }
    }

    /// <summary>The module of a quantisation, which begins with the codes that it chose.</summary>
    /// <param name="result">Of <c>graph.Quantize(…)</c>.</param>
    /// <param name="options">How it is trained.</param>
    public static QuantizedModule Of(QuantizeResult result, QatOptions? options = null) => new(result.Graph, options, result.Float);

    /// <summary>True once <see cref="FreezeRanges"/> was called: moving averages stay where they are.</summary>
    public bool RangesAreFrozen { get; private set; }

    /// <summary>Moving averages stay where they are from here on.</summary>
    public void FreezeRanges() => RangesAreFrozen = true;

    /// <summary>The quantised graph with the weights and scales of now, as it is deployed.</summary>
    public Graph ToGraph()
    {
        using IDisposable noGrad = Autograd.NoGrad();
        return _parts.Deployed(WeightCodes());
    }

    /// <summary>The outputs for inputs in the graph's order: real numbers, also where the graph reads or gives codes.</summary>
    /// <param name="inputs">One for each input of the graph.</param>
    public Tensor[] Forward(IReadOnlyList<Tensor> inputs)
    {
        using Scope scope = Enter();
        Ensure.Shape(inputs.Count == _parts.Graph.Inputs.Count, $"QuantizedModule: {inputs.Count} inputs were given, '{_parts.Graph.Name}' has {_parts.Graph.Inputs.Count}.");
        Tensor[] given = [.. inputs];
        Dictionary<Node, Tensor> weights = WeightCodes();
        if (!IsTraining) return _twin.Outputs(weights, given);
        IReadOnlyDictionary<Value, Tensor>? codes = _options.Exact ? _twin.Codes(weights, given) : null;
        return new StraightPass(_parts, weights, codes, _options, RangesAreFrozen).Run(given);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        Tensor[] outputs = Forward((Tensor[])[x]);
        return outputs.Length == 1 ? outputs[0] : throw new ShapeException($"QuantizedModule: '{_parts.Graph.Name}' has {outputs.Length} outputs. Use Forward with an array of inputs.");
    }

    // Scales of this step, then the codes of all weights and tables.
    private Dictionary<Node, Tensor> WeightCodes()
    {
        foreach (TrainedScale scale in _parts.AllScales) scale.Begin();
        Dictionary<Node, Tensor> codes = [];
        foreach (TrainedConstant c in _parts.Constants.Where(c => c.Scale is not null))
        {
            if (!_options.LearnWeightScales) c.Scale!.Follow(c.Value);
            codes[c.Dequantize!] = c.Scale!.Quantize(c.Value);
        }
        return codes;
    }

    // Names of modules hold no dots.
    private static string UniqueName(string name, HashSet<string> taken)
    {
        string plain = name.Replace('.', '/'), candidate = plain;
        for (int i = 1; !taken.Add(candidate); i++) candidate = $"{plain}_{i}";
        return candidate;
    }
}
