using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression.Training;

/// <summary>One forward pass over a quantised graph on the tape: ops on the numbers that codes stand for, gradients straight through every rounding.</summary>
/// <param name="parts">What is trained.</param>
/// <param name="weights">The codes of weights and tables, by their Dequantize.</param>
/// <param name="codes">Those of activations by value, from the integer plan; null to take them from the numbers themselves.</param>
/// <param name="options">How it is trained.</param>
/// <param name="frozen">Whether ranges no longer follow what is seen.</param>
internal sealed class StraightPass(
    QuantizedParts parts, IReadOnlyDictionary<Node, Tensor> weights, IReadOnlyDictionary<Value, Tensor>? codes, QatOptions options, bool frozen)
{
    private readonly Dictionary<Value, Tensor> _real = [];         // of codes too: what they stand for

    public Tensor[] Run(Tensor[] inputs)
    {
        for (int i = 0; i < inputs.Length; i++) _real[parts.Graph.Inputs[i]] = parts.RealInput(i, inputs[i]);
        foreach (Node node in parts.Graph.Nodes) Run(node);
        return [.. parts.Graph.Outputs.Select(Read)];
    }

    private void Run(Node node)
    {
        if (parts.ScaleOf.TryGetValue(node, out TrainedScale? scale))
        {
            _real[node.Output] = node.Op is QuantizeLinear ? Quantised(node, scale) : scale.Stand(weights[node], parts.Trained[node.Inputs[0]]);
        }
        else if (node.Op is DequantizeLinear) _real[node.Output] = Read(node.Inputs[0]);      // of codes made above, or a bias
        else
        {
            Tensor[] outputs = Door.Run(node.Op, [.. node.Inputs.Select(Read)]);
            for (int i = 0; i < outputs.Length; i++) _real[node.Outputs[i]] = outputs[i];
        }
    }

    private Tensor Quantised(Node node, TrainedScale scale)
    {
        Tensor x = Read(node.Inputs[0]);
        if (scale.Range is not null && !frozen) scale.Observe(x, options.RangeMomentum);
        return scale.Stand(codes is null ? scale.Quantize(x) : codes[node.Output], x);
    }

    private Tensor Read(Value value) => parts.Trained.TryGetValue(value, out Tensor? parameter) ? parameter : value.Constant ?? _real[value];
}
