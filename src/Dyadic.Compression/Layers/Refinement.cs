using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression.Layers;

/// <summary>A quantised graph beside its float graph, whose codes of weights and biases methods change.</summary>
internal sealed class Refinement
{
    private readonly Dictionary<Value, Tensor> _changes;
    private readonly Func<Tensor[], Tensor[]> _given;

    /// <summary>Nothing is changed yet.</summary>
    /// <param name="simple">The float graph.</param>
    /// <param name="quantised">What <paramref name="writer"/> made of it.</param>
    /// <param name="scope">Its layers.</param>
    /// <param name="writer">Knows which node became which.</param>
    /// <param name="context">The data and the configuration.</param>
    public Refinement(Graph simple, Graph quantised, QuantizationScope scope, QdqWriter writer, MethodContext context)
    {
        (Float, Quantised, Context, _given, _changes) = (simple, quantised, context, writer.InputsOf, []);
        Layers = [.. WeightLayer.In(simple, scope).Select(l => QuantizedLayer.Of(l, quantised, writer))];
    }

    private Refinement(Refinement whole, IReadOnlyList<QuantizedLayer> layers) =>
        (Float, Quantised, Context, _given, _changes, Layers) = (whole.Float, whole.Quantised, whole.Context, whole._given, whole._changes, layers);

    /// <summary>The same with only the layers on which <paramref name="method"/> works; changes are shared.</summary>
    public Refinement For(QuantizeMethod method) => new(this, [.. Layers.Where(l => Context.Scoped.Uses(l.Float.Node, method))]);

    /// <summary>The float graph.</summary>
    public Graph Float { get; }

    /// <summary>The quantised graph as it was written.</summary>
    public Graph Quantised { get; }

    /// <summary>The data, the configuration, and who hears of notes.</summary>
    public MethodContext Context { get; }

    /// <summary>The layers, in the order in which they run.</summary>
    public IReadOnlyList<QuantizedLayer> Layers { get; }

    /// <summary>The quantised graph with all changes made.</summary>
    public Graph Result => _changes.Count == 0 ? Quantised : ConstantEdit.With(Quantised, _changes);

    /// <summary>The quantised graph at its start, over the calibration data; changes made on the way are seen by the layers ahead.</summary>
    public BatchWalk WalkQuantised() => new(Quantised, Context.Data.Batches().Select(_given), _changes);

    /// <summary>The float graph at its start, over the calibration data.</summary>
    public BatchWalk WalkFloat() => new(Float, Context.Data.Batches(), new Dictionary<Value, Tensor>());

    /// <summary>The data of a constant of the quantised graph as it is now.</summary>
    public Tensor Data(Value constant) => _changes.GetValueOrDefault(constant, constant.Constant!);

    /// <summary>Gives a constant of the quantised graph other data, in its type.</summary>
    public void Change(Value constant, Tensor data) => _changes[constant] = data.Cast(constant.Type.Type);
}

/// <summary>A layer with what stands for it in the quantised graph.</summary>
/// <param name="Float">The layer.</param>
/// <param name="Node">Its Conv or MatMul there.</param>
/// <param name="Last">The node there that gives its output, bias included.</param>
/// <param name="Codes">The codes of weights.</param>
/// <param name="BiasCodes">The codes of the bias, or null.</param>
/// <param name="BiasScales">S_x·S_w by channel, or one; empty without a bias.</param>
/// <param name="Scales">S_w by channel.</param>
internal sealed record QuantizedLayer(WeightLayer Float, Node Node, Node Last, Value Codes, Value? BiasCodes, float[] BiasScales, float[] Scales)
{
    /// <summary>The layer in <paramref name="quantised"/>.</summary>
    public static QuantizedLayer Of(WeightLayer layer, Graph quantised, QdqWriter writer)
    {
        Node node = writer.Written[layer.Node], last = writer.Written[layer.Last];
        Node? bias = layer.Bias is null ? null : quantised.ProducerOf(layer.Sum is null ? node.Inputs[2] : last.Inputs[layer.Sum.Inputs[0] == layer.Bias ? 0 : 1]);
        QuantParams weights = writer.Weights[layer.Node];
        float[] scales = [.. Enumerable.Range(0, layer.Channels).Select(c => weights.Scales[weights.IsPerTensor ? 0 : c])];
        return new(layer, node, last, quantised.ProducerOf(node.Inputs[1])!.Inputs[0], bias?.Inputs[0], bias?.Inputs[1].Constant!.ToArray<float>() ?? [], scales);
    }
}
