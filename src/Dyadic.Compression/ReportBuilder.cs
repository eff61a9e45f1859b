using Dyadic.Compression.Calibration;
using Dyadic.Compression.Insight;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Ops;

namespace Dyadic.Compression;

/// <summary>Compares the float graph with the quantised one, layer by layer.</summary>
internal sealed class ReportBuilder(
    Graph simple, Graph quantised, IReadOnlyDictionary<Value, QuantParams> parameters, QdqWriter writer, CalibrationRun run, IReadOnlyList<NodeReport> executed)
{
    private const int Bins = 64, FourBits = 4;
    private readonly Dictionary<Value, ValueStatistics> _errors = [];

    /// <summary>Bytes of all constants, as a file holds them.</summary>
    public static long Bytes(Graph graph) => graph.Constants.Sum(BytesOf);

    public IReadOnlyList<LayerReport> Build()
    {
        foreach (Tensor[] batch in run.Data.Samples) Compare(batch);
        return [.. simple.Nodes.Select(Report)];
    }

    private LayerReport Report(Node node)
    {
        NodeReport? done = executed.FirstOrDefault(e => e.Node == node.Name);
        return new()
        {
            Node = node.Name,
            Op = node.Op.Name,
            Executed = done?.Executed ?? "folded",
            Kernel = done?.Kernel,
            Reason = done?.Reason,
            Weight = writer.Weights.TryGetValue(node, out QuantParams? p) ? Weight(node, p) : null,
            Output = node.Outputs.FirstOrDefault(parameters.ContainsKey) is { } output ? Activation(output) : null,
            BytesFloat = node.Inputs.Where(v => v.IsConstant).Sum(BytesOf),
            BytesInteger = Written(node) is { } written ? written.Inputs.Sum(ConstantBytes) : 0,
        };
    }

    private Node? Written(Node node) => quantised.Nodes.FirstOrDefault(n => n.Name == writer.Written[node].Name);

    private WeightReport Weight(Node node, QuantParams p)
    {
        int side = node.Op is Gather ? 0 : 1;
        Tensor data = node.Inputs[side].Constant!;
        return Weight(data, quantised.ProducerOf(Written(node)!.Inputs[side])!.Inputs[0].Constant!, p) with { FourBitSqnrDb = side == 1 ? WeightQuantizer.SqnrDb(data, node.Op is Conv ? 0 : 1, FourBits) : null };
    }

    private static WeightReport Weight(Tensor data, Tensor codes, QuantParams p)
    {
        Histogram histogram = new();
        histogram.Add(data.ToArray<float>());
        ValueStatistics error = ValueStatistics.Of(data, codes.Cast(p.Storage).DequantizeLinear(p));
        return new(histogram.Min, histogram.Max, p.Scales.Min(), p.Scales.Max(), error.MeanSquaredError, error.SqnrDb, histogram.Resample(Bins));
    }

    private ActivationReport Activation(Value value)
    {
        Histogram histogram = run.Observed[value].Histogram;
        QuantParams p = parameters[value];
        ValueStatistics? compared = _errors.GetValueOrDefault(value);
        return new(histogram.Min, histogram.Max, p.Scales[0], p.ZeroPoints[0], compared?.MeanSquaredError ?? 0, compared?.SqnrDb, histogram.Resample(Bins))
        {
            Cosine = compared?.Cosine, CodesMin = ((double)p.QMin - p.ZeroPoints[0]) * p.Scales[0], CodesMax = ((double)p.QMax - p.ZeroPoints[0]) * p.Scales[0], Saturated = ActivationInsight.Saturated(histogram, p, p.QMin, p.QMax), Tail = ActivationInsight.Tail(histogram), Outliers = compared?.Outliers ?? [],
        };
    }

    // Both graphs on one batch; the quantised values are read off as they are computed.
    private void Compare(Tensor[] batch)
    {
        Dictionary<Value, Tensor> expected = [];
        Tensor[] given = writer.InputsOf(batch);
        Dictionary<Value, Value> wanted = [];
        foreach (Value value in parameters.Keys)
            if (!simple.Inputs.Contains(value)) wanted[writer.CodesOf(value)] = value;
        using (Autograd.NoGrad())
        {
            new GraphInterpreter(simple).Run(batch, (v, t) =>
            {
                if (parameters.ContainsKey(v)) expected[v] = t;
            });
            new GraphInterpreter(quantised).Run(given, (v, t) =>
            {
                if (wanted.TryGetValue(v, out Value? original)) Add(original, expected[original], t.DequantizeLinear(parameters[original]).ToArray<float>());
            });
        }
    }

    private void Add(Value value, Tensor expected, float[] actual)
    {
        if (!_errors.TryGetValue(value, out ValueStatistics? statistics)) _errors[value] = statistics = new(ChannelAxis(value, expected));
        statistics.Add(expected, actual);
    }

    // Images have channels on axis 1, everything else on the last one.
    private int? ChannelAxis(Value value, Tensor expected)
    {
        if (expected.Rank < 2) return null;
        Node? node = simple.ProducerOf(value);
        while (node is { Op: not (Conv or MatMul or LayerNormalization), Inputs.Count: > 0 } && node.Inputs[0].Shape.Rank == value.Shape.Rank && simple.ProducerOf(node.Inputs[0]) is { } before) node = before;
        return node?.Op is Conv || expected.Rank == 4 ? 1 : expected.Rank - 1;
    }

    private long ConstantBytes(Value value)
    {
        if (value.IsConstant) return BytesOf(value);
        return quantised.ProducerOf(value) is { Op: DequantizeLinear, Inputs: [{ IsConstant: true }, ..] } node ? node.Inputs.Sum(BytesOf) : 0;
    }

    private static long BytesOf(Value value) => value.Type.Type.PackedBytes(value.Constant!.Length);
}
