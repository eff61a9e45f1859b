using Dyadic.Compression.Layers;
using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression.Training;

/// <summary>What can be trained in a quantised graph, and the graph with what was learnt.</summary>
internal sealed class QuantizedParts
{
    private readonly Dictionary<string, Tensor> _floats;
    private readonly List<TrainedScale> _scales = [], _weightScales = [];
    private readonly List<TrainedConstant> _constants = [];
    private readonly Dictionary<Value, TrainedScale> _inputs = [];        // of inputs that are codes

    private QuantizedParts(Graph graph, Graph? real)
    {
        Graph = graph;
        _floats = real?.Constants.Where(v => v.Type.Type == DType.Float32).DistinctBy(v => v.Name).ToDictionary(v => v.Name, v => v.Constant!) ?? [];
        foreach (Node node in graph.Nodes) Read(node);
        foreach (Node node in graph.Nodes) ReadFloats(node);
        if (_scales.Count == 0 && _weightScales.Count == 0) throw new CompressionException($"training: nothing in '{graph.Name}' is quantised. Quantise it first.");
        Trained = _constants.ToDictionary(c => c.Constant, c => c.Value);
    }

    /// <summary>The graph; every quantisation has constants of its own.</summary>
    public Graph Graph { get; }

    /// <summary>What is trained.</summary>
    public IReadOnlyList<TrainedConstant> Constants => _constants;

    /// <summary>The same by what stands in the graph.</summary>
    public IReadOnlyDictionary<Value, Tensor> Trained { get; }

    /// <summary>The scale of each Quantize, and of each Dequantize of weights.</summary>
    public Dictionary<Node, TrainedScale> ScaleOf { get; } = [];

    /// <summary>Scales of activations; those of inputs and outputs that are codes are a contract with callers and not among them.</summary>
    public IReadOnlyList<TrainedScale> Scales => _scales;

    /// <summary>Scales of weights and tables.</summary>
    public IReadOnlyList<TrainedScale> WeightScales => _weightScales;

    /// <summary>Both.</summary>
    public IEnumerable<TrainedScale> AllScales => _scales.Concat(_weightScales);

    /// <summary>Finds what can be trained.</summary>
    /// <param name="quantised">The graph.</param>
    /// <param name="real">The float graph that it was made of, or null.</param>
    public static QuantizedParts Of(Graph quantised, Graph? real)
    {
        Dictionary<(Node, int), Tensor> own = [];
        foreach (Node node in quantised.Nodes.Where(n => n.Op is QuantizeLinear or DequantizeLinear))
            for (int i = 0; i < 3; i++)
                if (node.Inputs[i].Constant is { } data) own[(node, i)] = data;
        return new(ConstantEdit.With(quantised, own), real);
    }

    /// <summary>The input as its reader sees it: what codes stand for, or itself.</summary>
    public Tensor RealInput(int index, Tensor given) => _inputs.TryGetValue(Graph.Inputs[index], out TrainedScale? s) ? s.Stand(CodeInput(index, given), AsFloat(given, s)) : given;

    /// <summary>The input as the integer plan takes it.</summary>
    public Tensor CodeInput(int index, Tensor given) => _inputs.TryGetValue(Graph.Inputs[index], out TrainedScale? s) && given.Type == DType.Float32 ? s.Quantize(given) : given;

    /// <summary>The output in real numbers.</summary>
    public Tensor RealOutput(int index, Tensor given) =>
        Graph.ProducerOf(Graph.Outputs[index]) is { Op: QuantizeLinear } q ? given.DequantizeLinear(ScaleOf[q].Scale, ScaleOf[q].Zero) : given;

    /// <summary>The graph with the numbers and scales of now.</summary>
    /// <param name="codes">The codes of weights and tables, by their Dequantize.</param>
    public Graph Deployed(IReadOnlyDictionary<Node, Tensor> codes)
    {
        Dictionary<Value, Tensor> changes = [];
        foreach ((Node node, TrainedScale scale) in ScaleOf) Write(changes, node, scale);
        foreach (Node node in Graph.Nodes.Where(n => n.Op is DequantizeLinear))
            if (Graph.ProducerOf(node.Inputs[0]) is { Op: QuantizeLinear } q) Write(changes, node, ScaleOf[q]);
        foreach (TrainedConstant c in _constants)
        {
            if (c.Product is { } product) WriteBias(changes, c, product);
            else changes[c.Constant] = c.Dequantize is null ? c.Value.Detach().Clone() : codes[c.Dequantize].Cast(c.Constant.Type.Type);
        }
        return ConstantEdit.With(Graph, changes);
    }

    private static void Write(Dictionary<Value, Tensor> changes, Node node, TrainedScale scale)
    {
        changes[node.Inputs[1]] = scale.Scale.Detach().Clone().Reshape(node.Inputs[1].Shape);
        changes[node.Inputs[2]] = scale.Zero.Cast(node.Inputs[2].Type.Type).Reshape(node.Inputs[2].Shape);
    }

    private static void WriteBias(Dictionary<Value, Tensor> changes, TrainedConstant c, ProductScales product)
    {
        (int[] codes, float[] scales) = WeightQuantizer.Bias(c.Value.ToArray<float>(), product.Input.Scale.Item<float>(), product.Weight.Parameters);
        Node node = c.Dequantize!;
        changes[c.Constant] = Tensor.From(codes, c.Constant.Shape);
        changes[node.Inputs[1]] = Tensor.Vector<float>(scales);
        changes[node.Inputs[2]] = Tensor.Vector<int>(new int[scales.Length]);
    }

    private void Read(Node node)
    {
        if (node.Op is QuantizeLinear) ReadQuantize(node);
        else if (node.Op is DequantizeLinear && node.Inputs[0].Constant is { } data) ReadConstant(node, data);
        else if (node.Op is DequantizeLinear) ReadDequantize(node);
        else if (node.Inputs.FirstOrDefault(v => Graph.ProducerOf(v)?.Op is QuantizeLinear) is { } codes)
            throw new CompressionException($"training: {node.Op.Name} '{node.Name}' reads the codes '{codes.Name}', not what they stand for. Write Dequantize before it and Quantize behind it.");
    }

    // The parameters of what only moves are those of what is moved, and stay so.
    private void ReadQuantize(Node node)
    {
        QuantParams p = ParametersOf(node);
        if (Origin(node.Inputs[0]) is { } origin && Same(ScaleOf[origin].Parameters, p))
        {
            ScaleOf[node] = ScaleOf[origin];
            return;
        }
        TrainedScale scale = ScaleOf[node] = new(node.Inputs[0].Name, p, p.QMin, p.QMax);
        if (!Graph.Outputs.Contains(node.Output)) _scales.Add(scale);
    }

    private void ReadDequantize(Node node)
    {
        if (Graph.ProducerOf(node.Inputs[0]) is { Op: QuantizeLinear }) return;
        if (!Graph.Inputs.Contains(node.Inputs[0]))
            throw new CompressionException($"training: '{node.Name}' dequantises '{node.Inputs[0].Name}', which is neither quantised before nor an input.");
        QuantParams p = ParametersOf(node);
        _inputs[node.Inputs[0]] = new(node.Inputs[0].Name, p, p.QMin, p.QMax);
    }

    private void ReadConstant(Node node, Tensor data)
    {
        Tensor codes = data.Cast(DType.Int32);
        if (data.Type == DType.Int32)
        {
            if (ProductOf(node) is { } scales) _constants.Add(new(node.Inputs[0].Name, node.Inputs[0], Bias(node, data), node, null, scales));
            return;
        }
        QuantParams p = ParametersOf(node);
        int most = p.IsSymmetric && p.Signed ? LevelsOf(codes.ToArray<int>()) : p.QMax;
        TrainedScale scale = ScaleOf[node] = new(node.Inputs[0].Name, p, p.IsSymmetric && p.Signed ? -most : p.QMin, most);
        _weightScales.Add(scale);
        _constants.Add(new(node.Inputs[0].Name, node.Inputs[0], Master(node, codes, scale), node, scale));
    }

    // What no codes stand for: the scale and shift of layer normalisation, and biases that were left in floating point.
    private void ReadFloats(Node node)
    {
        IEnumerable<Value> values = node.Op switch
        {
            LayerNormalization => node.Inputs.Skip(1),
            Conv or MatMul => node.Inputs.Skip(1),
            _ => [],
        };
        foreach (Value v in values.Where(v => v is { IsConstant: true, Type.Type: DType.Float32 } && _constants.TrueForAll(c => c.Constant != v)))
            _constants.Add(new(v.Name, v, v.Constant!.Clone()));
    }

    // Where the numbers of the float graph give the codes, they; else what the codes stand for.
    private Tensor Master(Node node, Tensor codes, TrainedScale scale)
    {
        Tensor stands = node.Inputs[0].Constant!.DequantizeLinear(node.Inputs[1].Constant!, node.Inputs[2].Constant!, ((DequantizeLinear)node.Op).Axis);
        if (!_floats.TryGetValue(node.Inputs[0].Name, out Tensor? real) || real.Shape != stands.Shape) return stands;
        float[] w = real.ToArray<float>(), rounded = stands.ToArray<float>();
        int[] given = codes.ToArray<int>(), found = scale.Quantize(real).Cast(DType.Int32).ToArray<int>();
        for (int i = 0; i < w.Length; i++) w[i] = found[i] == given[i] ? w[i] : rounded[i];
        return Tensor.From(w, real.Shape);
    }

    private static Tensor Bias(Node node, Tensor data) => data.DequantizeLinear(node.Inputs[1].Constant!, node.Inputs[2].Constant!, ((DequantizeLinear)node.Op).Axis);

    // The product that a bias belongs to: the convolution that reads it, or the one whose result it is added to.
    private ProductScales? ProductOf(Node bias)
    {
        foreach (Node reader in Graph.ConsumersOf(bias.Output))
        {
            Node? product = reader.Op is Conv or MatMul ? reader : reader.Op is Add ? reader.Inputs.Select(Graph.ProducerOf).FirstOrDefault(p => p?.Op is MatMul or Conv) : null;
            if (product is not null && InputScale(product.Inputs[0]) is { } input && Graph.ProducerOf(product.Inputs[1]) is { } weight && ScaleOf.TryGetValue(weight, out TrainedScale? w)) return new(input, w);
        }
        return null;
    }

    private TrainedScale? InputScale(Value real)
    {
        if (Graph.ProducerOf(real) is not { Op: DequantizeLinear } node) return null;
        return Graph.ProducerOf(node.Inputs[0]) is { } q ? ScaleOf.GetValueOrDefault(q) : _inputs.GetValueOrDefault(node.Inputs[0]);
    }

    // The Quantize or table whose values this one only moves.
    private Node? Origin(Value real)
    {
        while (Graph.ProducerOf(real) is { } node)
        {
            if (node.Op is DequantizeLinear) return node.Inputs[0].IsConstant ? ScaleOf.ContainsKey(node) ? node : null : Graph.ProducerOf(node.Inputs[0]);
            if (!QuantizationScope.SharesParameters(node.Op) && node.Op is not Gather) return null;
            real = node.Inputs[0];
        }
        return null;
    }

    private static bool Same(QuantParams a, QuantParams b) => a.IsPerTensor && b.IsPerTensor && a.Signed == b.Signed && a.Bits == b.Bits && a.Scales[0] == b.Scales[0] && a.ZeroPoints[0] == b.ZeroPoints[0];

    private static QuantParams ParametersOf(Node node)
    {
        if (node.Inputs[1].Constant is not { } scale || node.Inputs[2].Constant is not { } zero || node.Op is QuantizeLinear { Block: > 0 } or DequantizeLinear { Block: > 0 })
            throw new CompressionException($"training: the scale of '{node.Name}' is computed or in blocks. Scales that are constants, one a tensor or a channel, can be trained.");
        return QuantizationTensors.Read(scale, zero, node.Op is QuantizeLinear q ? q.Axis : ((DequantizeLinear)node.Op).Axis);
    }

    // 2ᵇ⁻¹ − 1 of the fewest bits that hold the codes: the greatest weight of a channel has the greatest code.
    private static int LevelsOf(int[] codes)
    {
        int most = codes.Length == 0 ? 1 : codes.Max(Math.Abs), levels = 1;
        while (levels < most) levels = 2 * levels + 1;
        return Math.Min(levels, 127);
    }

    private static Tensor AsFloat(Tensor given, TrainedScale s) => given.Type == DType.Float32 ? given : given.DequantizeLinear(s.Scale, s.Zero);
}
