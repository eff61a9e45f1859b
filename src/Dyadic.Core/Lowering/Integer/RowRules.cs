using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Lowering;

/// <summary>What transformers do between their products: sums, softmax and layer normalisation, of codes of 8 or 16 bits; equations (16)–(18) of docs/equations/lowering.md.</summary>
internal static class RowRules
{
    private const int MostTerms = 8;

    /// <summary>Dequantize of each term → Add, as often as wanted (→ Relu, Clip) → Quantize; constants are terms too.</summary>
    public static StepGroup? Sum(QuantizedPatterns patterns, QuantizedTail tail, Node node)
    {
        List<Node> fused = [];
        List<Term> terms = [];
        if (!Collect(patterns, node.Output, node.Output, terms, fused) || terms.TrueForAll(t => t.IsConstant)) return null;
        IntWideSum step = new([.. terms.Select(t => DyadicScale.Nearest(t.Scale / tail.Scale))], [.. terms.Select(t => t.Format)], tail.Format);
        return new([.. terms.Select(t => t.Codes)], [new(step, tail.Format.Type, patterns.Bound.DimsOf(node.Output))], step, [.. fused.Distinct(), .. tail.Clamps]);
    }

    /// <summary>Dequantize (→ Add of a mask, or Where by one) → Softmax along the last axis → Quantize.</summary>
    public static StepGroup? Softmax(QuantizedPatterns patterns, QuantizedTail tail, Node node, Softmax softmax)
    {
        Shape shape = patterns.Bound.TypeOf(node.Output).Shape;
        if (shape.Axis(softmax.Axis, "Softmax") != shape.Rank - 1) return patterns.Choice.Refuse(node, $"softmax along axis {softmax.Axis} of {shape} has no integer form; the last axis has");
        SoftmaxInput? input = MaskRules.Find(patterns, node.Inputs[0]);
        Value scores = input?.Scores ?? node.Inputs[0];
        if (patterns.WideCodes(scores) is not { } x) return patterns.Choice.Refuse(node, $"its input '{scores.Name}' is not quantised");
        if (Fitting(patterns, node, () => new IntSoftmax(SoftmaxCodes.Of(x.Scale, tail.Scale), x.Format, tail.Format, input?.Mask(x.Scale))) is not { } step) return null;
        return new(input is null ? [x.Codes] : [x.Codes, input.Bytes], [new(step, tail.Format.Type, patterns.Bound.DimsOf(node.Output))], step, [x.Dequantize, .. input?.Fused ?? [], node, .. tail.Clamps]);
    }

    /// <summary>Dequantize → LayerNormalization along the last axis with constant gain and offset (→ Relu, Clip) → Quantize.</summary>
    public static StepGroup? LayerNorm(QuantizedPatterns patterns, QuantizedTail tail, Node node, LayerNormalization norm)
    {
        Shape shape = patterns.Bound.TypeOf(node.Output).Shape;
        if (shape.Axis(norm.Axis, "LayerNormalization") != shape.Rank - 1) return patterns.Choice.Refuse(node, $"layer normalisation from axis {norm.Axis} of {shape} on has no integer form; along the last axis it has");
        if (!node.Inputs.Skip(1).All(patterns.Bound.Fixed.Contains)) return patterns.Choice.Refuse(node, "its gain or offset is no constant");
        if (patterns.WideCodes(node.Inputs[0]) is not { } x) return patterns.Choice.Refuse(node, $"its input '{node.Inputs[0].Name}' is not quantised");
        double[] gain = patterns.Bound.Fixed.DoublesOf(node.Inputs[1]), offset = node.Inputs.Count > 2 ? patterns.Bound.Fixed.DoublesOf(node.Inputs[2]) : new double[gain.Length];
        if (Fitting(patterns, node, () => new IntLayerNorm(LayerNormCodes.Of(x.Scale, x.Format.IsWide, gain, offset, norm.Epsilon, tail.Scale), x.Format, tail.Format)) is not { } step) return null;
        return new([x.Codes], [new(step, tail.Format.Type, patterns.Bound.DimsOf(node.Output))], step, [x.Dequantize, node, .. tail.Clamps]);
    }

    // Where the scales are too coarse or too far apart for an integer function, the node stays in floating point.
    private static T? Fitting<T>(QuantizedPatterns patterns, Node node, Func<T> make) where T : class
    {
        try
        {
            return make();
        }
        catch (PrecisionException e)
        {
            patterns.Choice.Refuse(node, e.Message);
            return null;
        }
    }

    private static bool Collect(QuantizedPatterns patterns, Value value, Value sum, List<Term> terms, List<Node> fused)
    {
        if (patterns.WideCodes(value) is { } x)
        {
            fused.Add(x.Dequantize);
            Shape term = patterns.Bound.TypeOf(x.Codes).Shape, whole = patterns.Bound.TypeOf(sum).Shape;
            return Admit(new(x.Codes, x.Scale, x.Format), terms) && (patterns.Bound.Batched ? term == whole : Repeats(term, whole));      // a batch is a size of one here
        }
        if (patterns.Bound.Fixed.Contains(value)) return Repeats(patterns.Bound.TypeOf(value).Shape, patterns.Bound.TypeOf(sum).Shape) && Admit(Constant(patterns, value), terms);
        Node? add = value == sum ? patterns.Graph.ProducerOf(value) : patterns.Bound.SoleProducer(value);
        if (add is not { Op: Add }) return false;
        fused.Add(add);
        return add.Inputs.All(v => Collect(patterns, v, sum, terms, fused));
    }

    private static bool Admit(Term term, List<Term> terms)
    {
        terms.Add(term);
        return terms.Count <= MostTerms;
    }

    // As long as the sum, or its last dimensions: such a term repeats.
    private static bool Repeats(Shape term, Shape sum)
    {
        int lead = 0;
        while (lead < term.Rank && term[lead] == 1) lead++;
        return term.Rank - lead <= sum.Rank && term.Span[lead..].SequenceEqual(sum.Span[(sum.Rank - term.Rank + lead)..]);
    }

    // A real constant as codes of 16 bits.
    private static Term Constant(QuantizedPatterns patterns, Value value)
    {
        double[] reals = patterns.Bound.Fixed.DoublesOf(value);
        double most = reals.Max(Math.Abs), scale = most > 0 ? most / short.MaxValue : 1;
        Tensor codes = Tensor.From(Array.ConvertAll(reals, r => (short)Math.Round(r / scale, MidpointRounding.ToEven)), patterns.Bound.TypeOf(value).Shape);
        return new(Value.Of(value.Name + "_codes", codes), scale, IntFormat.Full(DType.Int16));
    }

    private sealed record Term(Value Codes, double Scale, IntFormat Format)
    {
        public bool IsConstant => Codes.IsConstant;
    }
}
