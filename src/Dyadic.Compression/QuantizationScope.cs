using Dyadic.Ir;
using Dyadic.Ops;

namespace Dyadic.Compression;

/// <summary>Which values of a graph are quantised: what ops with an integer form read and write, except between an op and the clamp or bias that its step includes.</summary>
internal sealed class QuantizationScope
{
    private readonly Graph _graph;
    private readonly HashSet<string> _excluded;
    private readonly bool _wide;
    private readonly Dictionary<Value, bool> _isWide = [];

    public QuantizationScope(Graph graph, IEnumerable<string> excluded, bool wide)
    {
        (_graph, _excluded, _wide) = (graph, [.. excluded], wide);
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
        if (_excluded.Contains(node.Name) || node.Inputs.Count == 0) return false;
        if (node.Op is Where) return IsMask(node);
        if (node.Inputs[0].Type.Type != DType.Float32) return false;
        if (IsEmbedding(node)) return true;
        return node.Op switch
        {
            Conv => HasConstants(node),
            MatMul => !node.Inputs[0].IsConstant && (!node.Inputs[1].IsConstant || node.Inputs[1].Shape.Rank == 2),
            Add when ProductOf(node) is not null || IsMask(node) || AddsRows(node) => true,
            ComparisonOp => false,
            Softmax softmax => IsLast(softmax.Axis, node) && !node.Inputs[0].IsConstant,
            LayerNormalization norm => IsLast(norm.Axis, node) && HasConstants(node),
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

    /// <summary>True for a table of constants and indices into its first axis: the table is quantised like weights, per tensor.</summary>
    public bool IsEmbedding(Node node) =>
        node.Op is Gather { Axis: 0 } && node.Inputs[0] is { IsConstant: true, Shape.Rank: > 1 } && !node.Inputs[1].IsConstant && !_excluded.Contains(node.Name);

    /// <summary>True for values of 16 bits: what softmax and layer normalisation read, and the sums in front of them, where nothing else reads it.</summary>
    public bool IsWide(Value value)
    {
        if (!_wide || _graph.Outputs.Contains(value) || _graph.ProducerOf(value) is not { } producer || !CanMakeWide(producer)) return false;
        if (_isWide.TryGetValue(value, out bool known)) return known;
        Node[] readers = [.. _graph.ConsumersOf(value)];
        return _isWide[value] = readers.Length > 0 && Array.TrueForAll(readers, r => ReadsWide(r, value));
    }

    /// <summary>True for factors of products of two activations, also by way of movements: symmetric codes spare their kernels the zero points.</summary>
    public bool IsFactor(Value value) => _graph.ConsumersOf(value).Any(r => IsProduct(r) || (SharesParameters(r.Op) && r.Outputs.Any(IsFactor)));

    private bool CanMakeWide(Node producer) => HasIntegerForm(producer) && producer.Op switch
    {
        MatMul or Add => true,
        Mul or Div => ScaledProduct(producer),
        _ => false,
    };

    private bool ReadsWide(Node reader, Value value) => HasIntegerForm(reader) && reader.Op switch
    {
        Softmax or LayerNormalization => true,
        Add or Where when IsMask(reader) => reader.Output.Shape == value.Shape,
        Add => ProductOf(reader) is null && IsWide(reader.Output),
        _ => false,
    };

    // The step of a product includes the bias behind it, or a factor; that of a softmax the mask in front of it; that of a sum further sums; that of a sum, product or pool Relu and Clip.
    private bool IsFused(Node node)
    {
        if (!HasOneReader(node.Output)) return false;
        Node reader = _graph.ConsumersOf(node.Output).Single();
        if (_excluded.Contains(reader.Name)) return false;
        if (node.Op is MatMul && (ProductOf(reader)?.Product == node || (IsProduct(node) && ScaledProduct(reader)))) return true;
        if (IsMask(node)) return true;
        if (node.Op is Add && ProductOf(node) is null && reader.Op is Add && HasIntegerForm(reader) && ProductOf(reader) is null && IsWide(reader.Output)) return true;
        bool computes = node.Op is Conv or MatMul or Add or Mul or AveragePool or GlobalAveragePool or ReduceMean or Concat or MaxPool;
        return reader.Op is Relu or Clip && computes && (node.Op is not (Add or Mul) || ProductOf(node) is not null || node.Inputs.All(v => !v.IsConstant));
    }

    private bool IsProduct(Node node) => node.Op is MatMul && !node.Inputs[0].IsConstant && !node.Inputs[1].IsConstant && HasIntegerForm(node);

    // A product of activations times or divided by a positive constant.
    private bool ScaledProduct(Node node)
    {
        int side = node.Op is Mul && node.Inputs[0].IsConstant ? 1 : 0;
        return node.Op is Mul or Div && node.Inputs[1 - side].Constant is { Length: 1 } factor && factor.Cast(DType.Float32).ToArray<float>()[0] > 0
            && _graph.ProducerOf(node.Inputs[side]) is { } product && IsProduct(product) && HasOneReader(product.Output) && !_excluded.Contains(node.Name);
    }

    // Scores of a product, and what is added to them or put in their place before a softmax, and before nothing else.
    private bool IsMask(Node node)
    {
        if (node.Op is not (Add or Where) || !HasOneReader(node.Output) || _graph.ConsumersOf(node.Output).Single() is not { Op: Softmax softmax } reader || !IsLast(softmax.Axis, reader)) return false;
        if (_excluded.Contains(reader.Name) || _excluded.Contains(node.Name)) return false;
        Value[] scores = [.. node.Inputs.Where(v => v.Shape == node.Output.Shape && _graph.ProducerOf(v) is { } p && (IsProduct(p) || ScaledProduct(p)))];
        return scores.Length == 1 && (node.Op is Add || node.Inputs.Skip(1).Any(v => v != scores[0] && v.Constant is { Length: 1 }));
    }

    // A constant for the last axes, as positions are.
    private static bool AddsRows(Node add)
    {
        for (int side = 0; side < 2; side++)
        {
            Shape y = add.Output.Shape, row = add.Inputs[side].Shape;
            int lead = 0;
            while (lead < row.Rank && row[lead] == 1) lead++;
            if (add.Inputs[side].IsConstant && row.Length > 1 && row.Rank <= y.Rank && !add.Inputs[1 - side].IsConstant && add.Inputs[1 - side].Shape == y
                && row.Span[lead..].SequenceEqual(y.Span[(y.Rank - row.Rank + lead)..])) return true;
        }
        return false;
    }

    private static bool IsLast(int axis, Node node) => axis == -1 || axis == node.Inputs[0].Shape.Rank - 1;

    private void Include(Value value)
    {
        if (value.IsConstant || value.Type.Type != DType.Float32) return;
        if (_graph.ProducerOf(value) is { } producer && HasIntegerForm(producer) && IsFused(producer)) return;
        Values.Add(value);
    }

    private static bool HasConstants(Node node) => !node.Inputs[0].IsConstant && node.Inputs.Skip(1).All(v => v.IsConstant);

    private bool HasOneReader(Value value) => !_graph.Outputs.Contains(value) && _graph.ConsumersOf(value).Count() == 1;
}
