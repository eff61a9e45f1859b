using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Lowering;

/// <summary>
/// Any element-wise function of one quantised value, however many ops it is written in, as a table of 256 codes: each is dequantised, sent through
/// the ops in float64, and quantised; equation (7) of docs/equations/lowering.md.
/// </summary>
internal static class LookupRule
{
    private const int MostNodes = 64;

    public static StepGroup? Match(QuantizedPatterns patterns, QuantizedTail tail, Node producer)
    {
        Value head = tail.Quantize.Inputs[0];
        List<Node> cone = [];
        HashSet<Value> sources = [];
        if (!Collect(patterns, head, cone, sources, []) || sources.Count != 1) return null;
        Value source = sources.Single();
        if (patterns.Codes(source) is not { } x) return patterns.Choice.Refuse(producer, $"its input '{source.Name}' is not quantised to 8 bits");
        if (patterns.Bound.TypeOf(head).Shape != patterns.Bound.TypeOf(source).Shape) return null;
        IntFormat to = tail.Format with { Lo = IntFormat.Full(tail.Format.Type).Lo, Hi = IntFormat.Full(tail.Format.Type).Hi };
        IntLookup step = new(Table(cone, source, head, x, tail.Scale, to), cone[^1].Op.Name.ToLowerInvariant());
        return new([x.Codes], [new(step, to.Type, patterns.Bound.DimsOf(x.Codes))], step, [x.Dequantize, .. cone]);
    }

    // The element-wise nodes between the dequantised values and `value`, in topological order; false where something else comes between.
    private static bool Collect(QuantizedPatterns patterns, Value value, List<Node> cone, HashSet<Value> sources, HashSet<Value> seen)
    {
        if (!seen.Add(value)) return true;
        if (value.IsConstant) return value.Constant!.Length == 1;
        if (patterns.Graph.ProducerOf(value) is not { } node) return false;
        if (node.Op is DequantizeLinear) return sources.Add(value);
        if (node.Op is not (UnaryOp or BinaryOp) || node.Op is ComparisonOp || cone.Count >= MostNodes) return false;
        foreach (Value input in node.Inputs)
            if (!Collect(patterns, input, cone, sources, seen)) return false;
        cone.Add(node);
        return true;
    }

    private static byte[] Table(List<Node> cone, Value source, Value head, QuantizedInput x, double scale, IntFormat to)
    {
        double[] reals = new double[256];
        for (int bits = 0; bits < 256; bits++) reals[bits] = (x.Format.Read((byte)bits) - x.Format.Zero) * x.Scale;
        Dictionary<Value, Tensor> values = new() { [source] = Tensor.Vector<double>(reals) };
        using (GradMode.Set(false))
        {
            foreach (Node node in cone)
                values[node.Output] = Door.Run(node.Op, [.. node.Inputs.Select(v => values.TryGetValue(v, out Tensor? t) ? t : Scalar(v.Constant!))])[0];
        }
        double[] results = values[head].ToArray<double>();
        return Array.ConvertAll(results, y => IntFormat.Write(Quantize(y, scale, to)));                       // (7)
    }

    private static int Quantize(double y, double scale, IntFormat to)
    {
        double quotient = Math.Round(y / scale, MidpointRounding.ToEven);
        return double.IsNaN(quotient) ? to.Zero : (int)Math.Clamp(quotient + to.Zero, to.Lo, to.Hi);
    }

    private static Tensor Scalar(Tensor constant) => Tensor.Scalar(QuantizedPatterns.Doubles(constant)[0], DType.Float64);
}
