using System.Globalization;
using Dyadic.Compression.Scopes;
using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression;

/// <summary>Writes a graph again, with Quantize and Dequantize around the values that have parameters and quantised constants before products and convolutions.</summary>
internal sealed class QdqWriter(Graph graph, QuantizationScope scope, IReadOnlyDictionary<Value, QuantParams> parameters, ScopedConfig scoped)
{
    private readonly GraphBuilder _builder = new(graph.Name);
    private readonly Dictionary<Value, Value> _real = [];        // by value of the float graph: what stands for it
    private readonly Dictionary<Value, Value> _codes = [];
    private readonly Dictionary<(DType Type, int Zero), Value> _zeroPoints = [];
    private readonly HashSet<Value> _outputs = [.. graph.Outputs];
    private readonly HashSet<string> _taken = [.. graph.Constants.Select(c => c.Name)];

    /// <summary>What was adjusted.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>The parameters of weights, by node.</summary>
    public Dictionary<Node, QuantParams> Weights { get; } = [];

    /// <summary>The nodes that stand for those of the float graph.</summary>
    public Dictionary<Node, Node> Written { get; } = [];

    /// <summary>Tensors for the inputs of the quantised graph: with <see cref="QuantizeConfig.IntegerOnly"/> codes of the real ones.</summary>
    public Tensor[] InputsOf(Tensor[] batch) => [.. batch.Select((t, i) => scoped.Config.IntegerOnly && parameters.TryGetValue(graph.Inputs[i], out QuantParams? p) ? t.QuantizeLinear(p) : t)];

    /// <summary>Scales and zero points as <paramref name="written"/>, a graph of the nodes that this wrote, has them: of weights in <see cref="Weights"/>, of values as the result.</summary>
    public Dictionary<Value, QuantParams> Read(Graph written)
    {
        foreach (Node node in Weights.Keys.ToArray())
        {
            Node reader = written.Nodes.First(n => n.Name == Written[node].Name), dequantize = written.ProducerOf(reader.Inputs[scope.IsEmbedding(node) ? 0 : 1])!;
            Weights[node] = QuantizationTensors.Read(dequantize.Inputs[1].Constant!, dequantize.Inputs[2].Constant!, ((DequantizeLinear)dequantize.Op).Axis);
        }
        return parameters.ToDictionary(p => p.Key, p => written.ProducerOf(_codes[p.Key]) is { Op: QuantizeLinear } q ? QuantizationTensors.Read(q.Inputs[1].Constant!, q.Inputs[2].Constant!, 1) : p.Value);
    }

    /// <summary>The codes that stand for a quantised value of the float graph.</summary>
    public Value CodesOf(Value value) => _codes[value];

    /// <summary>The quantised graph.</summary>
    /// <param name="metadata">Entries beside those of the graph, whose former quantisation they replace.</param>
    public Graph Write(IEnumerable<(string Key, string Value)> metadata)
    {
        foreach ((string key, string value) in graph.Metadata)
            if (!key.StartsWith(QuantizeMetadata.Prefix, StringComparison.Ordinal) && !key.StartsWith(QuantizeMetadata.Range, StringComparison.Ordinal)) _builder.Metadata(key, value);
        foreach ((string key, string value) in metadata) _builder.Metadata(key, value);
        foreach (Value input in graph.Inputs) Input(input);
        foreach (Node node in graph.Nodes) Write(node);
        foreach (Value output in graph.Outputs) Output(output);
        return _builder.Build();
    }

    private void Input(Value input)
    {
        if (!parameters.TryGetValue(input, out QuantParams? p))
        {
            _real[input] = _builder.Input(input.Name, input.Type);
            return;
        }
        Value given = _builder.Input(input.Name, scoped.Config.IntegerOnly ? input.Type with { Type = p.Storage } : input.Type);
        if (!scoped.Config.IntegerOnly)
        {
            Quantize(input, given);
            return;
        }
        Note("input", input.Name, p);
        _codes[input] = given;
        _real[input] = Dequantize(input.Name, given, p);
    }

    private void Write(Node node)
    {
        Value[] inputs = [.. node.Inputs.Select(v => v.IsConstant ? v : _real[v])];
        if (scope.HasIntegerForm(node)) QuantizeConstants(node, inputs);
        bool named = node.Outputs.Count == 1 && _outputs.Contains(node.Output) && parameters.ContainsKey(node.Output);
        Node written = _builder.AddNode(node.Name, node.Op, inputs, [.. node.Outputs.Select(v => named ? v.Name + "_real" : v.Name)]);
        Written[node] = written;
        for (int i = 0; i < node.Outputs.Count; i++)
        {
            if (parameters.ContainsKey(node.Outputs[i])) Quantize(node.Outputs[i], written.Outputs[i]);
            else _real[node.Outputs[i]] = written.Outputs[i];
        }
    }

    private void QuantizeConstants(Node node, Value[] inputs)
    {
        if (scope.IsEmbedding(node))
        {
            QuantParams p = Weights[node] = parameters[node.Output];
            inputs[0] = Dequantize(node.Inputs[0].Name, _builder.Constant(node.Inputs[0].Name, WeightQuantizer.Codes(node.Inputs[0].Constant!, p, 8)), p, shared: false);
        }
        else if (node.Op is Conv) Weight(node, inputs, axis: 0, node.Inputs.Count > 2 ? node.Inputs[2] : null);
        else if (node.Op is MatMul && node.Inputs[1].IsConstant) Weight(node, inputs, axis: 1, graph.ConsumersOf(node.Output).Select(scope.ProductOf).FirstOrDefault(p => p?.Product == node)?.Bias);
        else if (scope.ProductOf(node) is { } sum)
        {
            int side = node.Inputs[0] == sum.Bias ? 0 : 1;
            inputs[side] = Bias(sum.Bias, parameters[sum.Product.Inputs[0]].Scales[0], Weights[sum.Product]);
        }
    }

    private void Weight(Node node, Value[] inputs, int axis, Value? bias)
    {
        Tensor data = node.Inputs[1].Constant!;
        QuantizeConfig config = scoped.Of(node);
        float scale = parameters[node.Inputs[0]].Scales[0];
        QuantParams p = WeightQuantizer.Parameters(data, axis, bias?.Constant!.ToArray<float>(), scale, config, text => Warnings.Add($"{node.Name}: {text}"));
        Weights[node] = p;
        Tensor codes = WeightQuantizer.Codes(data, p, config.Bits).Cast(config.WeightType);
        inputs[1] = Dequantize(node.Inputs[1].Name, _builder.Constant(node.Inputs[1].Name, codes), p, shared: false);
        if (node.Op is Conv && bias is not null) inputs[2] = Bias(bias, scale, p);
    }

    private Value Bias(Value bias, float inputScale, QuantParams weights)
    {
        (int[] codes, float[] scales) = WeightQuantizer.Bias(bias.Constant!.ToArray<float>(), inputScale, weights);
        Value data = _builder.Constant(bias.Name, Tensor.From(codes, bias.Shape));
        Value scale = _builder.Constant(Free(bias.Name + "_scale"), Tensor.Vector<float>(scales)), zero = _builder.Constant(Free(bias.Name + "_zero"), Tensor.Vector<int>(new int[codes.Length]));
        return _builder.Add(bias.Name + "_dq", new DequantizeLinear(bias.Shape.Rank - 1), data, scale, zero);
    }

    // Q and D behind a real value; the dequantised one has the name that the graph's output has.
    private void Quantize(Value original, Value real)
    {
        QuantParams p = parameters[original];
        bool output = _outputs.Contains(original);
        bool ends = output && scoped.Config.IntegerOnly;
        (Value scale, Value zero) = Constants(original.Name, p);
        Node q = _builder.AddNode(original.Name + "_q", new QuantizeLinear(), [real, scale, zero], [ends ? original.Name : original.Name + "_q"]);
        _codes[original] = q.Output;
        if (ends) Note("output", original.Name, p);
        if (ends && !graph.ConsumersOf(original).Any()) return;
        _real[original] = _builder.AddNode(
            original.Name + "_dq", new DequantizeLinear(), [q.Output, scale, zero], [output && !ends ? original.Name : original.Name + "_dq"]).Output;
    }

    private Value Dequantize(string name, Value codes, QuantParams p, bool shared = true)
    {
        (Value scale, Value zero) = Constants(name, p, shared, codes.Type.Type);
        return _builder.AddNode(name + "_dq", new DequantizeLinear(p.Axis ?? 1), [codes, scale, zero], [name + "_dq"]).Output;
    }

    // Equal zero points of activations are one constant. Those of weights are not shared: ONNX Runtime 1.30 cannot turn such weights to uint8.
    private (Value Scale, Value Zero) Constants(string name, QuantParams p, bool shared = true, DType? type = null)
    {
        Value scale = _builder.Constant(Free(name + "_scale"), p.ScaleTensor());
        if (!shared) return (scale, _builder.Constant(Free(name + "_zero"), p.ZeroPointTensor().Cast(type ?? p.Storage)));
        (DType Type, int Zero) key = (p.Storage, p.ZeroPoints[0]);
        if (!_zeroPoints.TryGetValue(key, out Value? zero))
            _zeroPoints[key] = zero = _builder.Constant($"{key.Type.ToString().ToLowerInvariant()}_{key.Zero}", p.ZeroPointTensor());
        return (scale, zero);
    }

    // A name that no constant of the float graph has, which may stay: layer normalisations call theirs x_scale as well.
    private string Free(string name) => _taken.Contains(name) ? Free(name + "_q") : name;

    private void Output(Value output) =>
        _builder.Output(scoped.Config.IntegerOnly && _codes.TryGetValue(output, out Value? codes) ? codes : _real.TryGetValue(output, out Value? real) ? real : output);

    // Scale and zero point for callers, each by itself and as one text.
    private void Note(string side, string name, QuantParams p)
    {
        string scale = p.Scales[0].ToString("R", CultureInfo.InvariantCulture), zero = p.ZeroPoints[0].ToString(CultureInfo.InvariantCulture);
        _builder.Metadata($"dyadic.{side}.{name}.scale", scale);
        _builder.Metadata($"dyadic.{side}.{name}.zero_point", zero);
        _builder.Metadata($"dyadic.codes.{name}", $"{p.Storage.ToString().ToLowerInvariant()} scale={scale} zero={zero}");
    }
}
