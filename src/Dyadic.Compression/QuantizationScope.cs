using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression;

/// <summary>Which values of a graph are quantised: what ops with an integer form read and write, except between an op and the clamp or bias that its step includes.</summary>
internal sealed class QuantizationScope
{
    private readonly Graph _graph;
    private readonly HashSet<string> _excluded;

    public QuantizationScope(Graph graph, IEnumerable<string> excluded)
    {
        (_graph, _excluded) = (graph, [.. excluded]);
        foreach (Node node in graph.Nodes.Where(HasIntegerForm))
        {
            foreach (Value v in node.Inputs) Include(v);
            if (node.Op is not ArgMax && !IsFused(node)) Include(node.Output);
        }
    }

    /// <summary>The values that get a Quantize and a Dequantize.</summary>
    public HashSet<Value> Values { get; } = [];

    /// <summary>True for nodes that lowering can turn into integer steps when their inputs and outputs are quantised.</summary>
    public bool HasIntegerForm(Node node)
    {
        if (_excluded.Contains(node.Name) || node.Inputs.Count == 0 || node.Inputs[0].Type.Type != DType.Float32) return false;
        return node.Op switch
        {
            Conv => HasConstants(node),
            MatMul => node.Inputs[1] is { IsConstant: true, Shape.Rank: 2 } && !node.Inputs[0].IsConstant,
            Add when ProductOf(node) is not null => true,
            ComparisonOp => false,
            BinaryOp => node.Inputs.Any(v => v.IsConstant)
                ? node.Inputs.Any(v => v.Constant is { Length: 1 } && node.Inputs.Any(o => !o.IsConstant && o.Shape == node.Output.Shape))
                : node.Op is Add or Mul && node.Inputs[0].Shape == node.Inputs[1].Shape,
            MaxPool or AveragePool or GlobalAveragePool => true,
            ReduceMean mean => mean.Axes.Count > 0 && !mean.Axes.Any(a => a == 0 || a == -node.Inputs[0].Shape.Rank),
            Concat => node.Inputs.All(v => !v.IsConstant),
            UnaryOp or ReshapeOp or Identity or Transpose or Slice or ArgMax => !node.Inputs[0].IsConstant,
            Pad pad => pad is { Mode: Runtime.Steps.Data.PadMode.Constant, Value: 0 } && !node.Inputs[0].IsConstant,
            _ => false,
        };
    }

    /// <summary>The product and the constant that an Add puts together, or null.</summary>
    public (Node Product, Value Bias)? ProductOf(Node add)
    {
        if (add.Op is not Add) return null;
        for (int side = 0; side < 2; side++)
        {
            Value bias = add.Inputs[1 - side];
            if (bias.Constant is not null && _graph.ProducerOf(add.Inputs[side]) is { Op: MatMul } product && HasIntegerForm(product)
                && HasOneReader(product.Output) && bias.Shape.Length == product.Inputs[1].Shape[1] && bias.Shape.Rank > 0 && bias.Shape.Length == bias.Shape[-1])
                return (product, bias);
        }
        return null;
    }

    /// <summary>True for ops whose result has the parameters of its input: the codes are moved or chosen, not computed.</summary>
    public static bool SharesParameters(Op op) => op is MaxPool or ReshapeOp or Identity or Transpose or Slice or Pad;

    // The step of a product includes the bias behind it; that of a sum, product or pool includes Relu and Clip.
    private bool IsFused(Node node)
    {
        if (!HasOneReader(node.Output)) return false;
        Node reader = _graph.ConsumersOf(node.Output).Single();
        if (_excluded.Contains(reader.Name)) return false;
        if (node.Op is MatMul && ProductOf(reader) is { } p && p.Product == node) return true;
        bool computes = node.Op is Conv or MatMul or Add or Mul or AveragePool or GlobalAveragePool or ReduceMean or Concat or MaxPool;
        return reader.Op is Relu or Clip && computes && (node.Op is not (Add or Mul) || ProductOf(node) is not null || node.Inputs.All(v => !v.IsConstant));
    }

    private void Include(Value value)
    {
        if (value.IsConstant || value.Type.Type != DType.Float32) return;
        if (_graph.ProducerOf(value) is { } producer && HasIntegerForm(producer) && IsFused(producer)) return;
        Values.Add(value);
    }

    private static bool HasConstants(Node node) => !node.Inputs[0].IsConstant && node.Inputs.Skip(1).All(v => v.IsConstant);

    private bool HasOneReader(Value value) => !_graph.Outputs.Contains(value) && _graph.ConsumersOf(value).Count() == 1;
}
