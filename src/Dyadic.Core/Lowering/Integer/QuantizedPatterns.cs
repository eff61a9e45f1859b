using System.Numerics;
using System.Numerics.Tensors;
using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Ops;

namespace Dyadic.Lowering;

/// <summary>Reads quantisation out of a graph: what is given by codes, what ends in codes, and which weights are integers.</summary>
internal sealed class QuantizedPatterns(BoundGraph bound, GroupChoice choice)
{
    public BoundGraph Bound => bound;

    public Graph Graph => bound.Graph;

    public GroupChoice Choice => choice;

    /// <summary>The codes that stand for <paramref name="real"/>, or null when it is not the result of a dequantisation of 8-bit codes per tensor.</summary>
    public QuantizedInput? Codes(Value real) => WideCodes(real) is { Format.IsWide: false } codes ? codes : null;

    /// <summary>The same of 8 or 16 bits.</summary>
    public QuantizedInput? WideCodes(Value real)
    {
        if (Graph.ProducerOf(real) is not { Op: DequantizeLinear dequantize } node || node.Inputs[0].IsConstant) return null;
        if (Parameters(node, dequantize.Axis) is not { IsPerTensor: true } p || !IsActivation(p)) return null;
        (int lo, int hi) = RangeOf(node.Inputs[0], p.Storage);
        return new(node.Inputs[0], p.Scales[0], new(p.Storage, p.ZeroPoints[0], lo, hi), node);
    }

    /// <summary>The clamps and the op before a quantisation to 8 or signed 16 bits per tensor, or null when it is of another kind.</summary>
    public QuantizedTail? Tail(Node quantize)
    {
        if (Parameters(quantize, ((QuantizeLinear)quantize.Op).Axis) is not { IsPerTensor: true } p || !IsActivation(p)) return null;
        (int lo, int hi) = (p.QMin, p.QMax);
        List<Node> clamps = [];
        Value head = quantize.Inputs[0];
        for (; Graph.ProducerOf(head) is { Op: Relu or Clip } clamp; head = clamp.Inputs[0])
        {
            // Quantising is monotone: Q(min(max(x, a), b)) = min(max(Q(x), Q(a)), Q(b)). The clamp nearest to Q has the last word.
            (double a, double b) = clamp.Op is Clip c ? (c.Low ?? double.NegativeInfinity, c.High ?? double.PositiveInfinity) : (0, double.PositiveInfinity);
            (int low, int high) = (p.Quantize((float)a), p.Quantize((float)b));
            (lo, hi) = (Math.Clamp(low, lo, hi), Math.Clamp(high, lo, hi));
            clamps.Add(clamp);
        }
        return new(quantize, head, p.Scales[0], new(p.Storage, p.ZeroPoints[0], lo, hi), clamps);
    }

    /// <summary>Integer weights along output channels of <paramref name="axis"/>; null with a refusal when they are anything else.</summary>
    public QuantizedWeight? Weight(Node reader, Value value, int axis)
    {
        if (Graph.ProducerOf(value) is not { Op: DequantizeLinear dequantize } node || node.Inputs[0].Constant is not { } given)
            return Refuse(reader, $"its weights '{value.Name}' are not quantised constants");
        if (Parameters(node, dequantize.Axis, fourBits: true) is not { } p || !IsByte(p))
            return Refuse(reader, $"its weights '{value.Name}' are not of 4 or 8 bits with a scale for each output or for all");
        Tensor data = QuantizationTensors.Bytes(given);
        int count = data.Shape[axis], inner = 1;
        if (!p.IsPerTensor && data.Shape.Axis(p.Axis!.Value, "weights") != axis) return Refuse(reader, $"the scales of its weights '{value.Name}' are along axis {p.Axis}, not {axis}");
        for (int d = axis + 1; d < data.Rank; d++) inner *= data.Shape[d];
        double[] scales = [.. Enumerable.Range(0, count).Select(c => (double)p.Scales[p.IsPerTensor ? 0 : c])];
        if (data.Type == DType.Int8 && p.ZeroPoints.All(z => z == 0)) return new(WeightCodes.Of(data.ToContiguous().AsMemory<sbyte>(), count, byColumns: axis == 1), scales, node);
        short[] codes = data.Type == DType.Int8 ? Widened(data.ToArray<sbyte>()) : Widened(data.ToArray<byte>());
        Subtract(codes, p.ZeroPoints, inner, p.IsPerTensor ? 1 : count);
        return new(WeightCodes.Of(codes, count, byColumns: axis == 1), scales, node);
    }

    /// <summary>A constant bias in units of S_x·S_w: ⌊b/(S_x·S_w)⌉ in float64, or the given codes where their scale is that already; null when it is no constant.</summary>
    public int[]? Bias(Value value, double scale, double[] weightScales)
    {
        int count = weightScales.Length;
        if (value.Constant is { } real) return real.Length == count ? Rounded(Doubles(real), scale, weightScales) : null;
        if (Graph.ProducerOf(value) is not { Op: DequantizeLinear dequantize } node || node.Inputs[0].Constant is not { } data || data.Length != count) return null;
        if (Parameters(node, dequantize.Axis) is not { } p || p.ZeroPoints.Any(z => z != 0)) return null;
        int[] codes = QuantizationTensors.CodesOf(data);
        double[] values = new double[count];
        for (int c = 0; c < count; c++)
        {
            double given = p.Scales[p.IsPerTensor ? 0 : c], wanted = scale * weightScales[c];
            values[c] = codes[c] * (Math.Abs(given - wanted) <= wanted * 1e-6 ? wanted : given);
        }
        return Rounded(values, scale, weightScales);
    }

    /// <summary>The parameters of a quantisation or dequantisation whose scale and zero point are constants, without blocks; else null.</summary>
    /// <param name="node">The node.</param>
    /// <param name="axis">Its axis.</param>
    /// <param name="fourBits">Whether integers of 4 bits are taken, as bytes, beside those of 8 and more.</param>
    public static QuantParams? Parameters(Node node, int axis, bool fourBits = false) =>
        node.Inputs[1].Constant is { } scale && node.Inputs[2].Constant is { } zero && (!zero.Type.IsStored() || (fourBits && zero.Type.IsFourBits()))
            && node.Op is not (QuantizeLinear { Block: > 0 } or DequantizeLinear { Block: > 0 }) ? QuantizationTensors.Read(scale, zero, axis) : null;

    /// <summary>The elements of a constant as doubles.</summary>
    public static double[] Doubles(Tensor data) => data.Type == DType.Float64 ? data.ToArray<double>() : Array.ConvertAll(data.Cast(DType.Float32).ToArray<float>(), x => (double)x);

    private static short[] Widened<T>(ReadOnlySpan<T> bytes) where T : unmanaged, IBinaryInteger<T>
    {
        short[] wide = new short[bytes.Length];
        TensorPrimitives.ConvertTruncating(bytes, wide.AsSpan());
        return wide;
    }

    private static void Subtract(short[] codes, IReadOnlyList<int> zeroPoints, int inner, int count)
    {
        if (count == 1) inner = codes.Length;
        for (int i = 0; i < codes.Length; i += inner)
        {
            Span<short> run = codes.AsSpan(i, inner);
            TensorPrimitives.Subtract(run, (short)zeroPoints[i / inner % count], run);
        }
    }

    private static int[] Rounded(double[] values, double scale, double[] weightScales)
    {
        int[] bias = new int[values.Length];
        for (int c = 0; c < bias.Length; c++) bias[c] = int.CreateSaturating(Math.Round(values[c] / (scale * weightScales[c]), MidpointRounding.ToEven));
        return bias;
    }

    // What is known of codes: a clamp before their quantisation bounds them, and moving elements does not change them.
    private (int Lo, int Hi) RangeOf(Value codes, DType type)
    {
        while (Graph.ProducerOf(codes) is { } node && MovementOps.KeepsRange(node.Op)) codes = node.Inputs[0];
        IntFormat full = IntFormat.Full(type);
        if (Graph.ProducerOf(codes) is not { Op: QuantizeLinear } quantize || Tail(quantize) is not { } tail) return (full.Lo, full.Hi);
        return (tail.Format.Lo, tail.Format.Hi);
    }

    private QuantizedWeight? Refuse(Node reader, string reason)
    {
        choice.Refuse(reader, reason);
        return null;
    }

    private static bool IsActivation(QuantParams p) => IsByte(p) || p.Storage == DType.Int16;

    private static bool IsByte(QuantParams p) => p.Storage is DType.Int8 or DType.UInt8;
}
