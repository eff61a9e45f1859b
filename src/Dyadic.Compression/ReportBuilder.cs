using Dyadic.Compression.Calibration;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Ops;

namespace Dyadic.Compression;

/// <summary>Compares the float graph with the quantised one, layer by layer.</summary>
internal sealed class ReportBuilder(
    Graph simple, Graph quantised, IReadOnlyDictionary<Value, QuantParams> parameters, QdqWriter writer, CalibrationRun run, IReadOnlyList<NodeReport> executed)
{
    private const int Bins = 64;
    private readonly Dictionary<Value, (double Signal, double Noise, long Count)> _errors = [];

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
        return Weight(node.Inputs[side].Constant!, quantised.ProducerOf(Written(node)!.Inputs[side])!.Inputs[0].Constant!, p);
    }

    private static WeightReport Weight(Tensor data, Tensor codes, QuantParams p)
    {
        float[] w = data.ToArray<float>(), back = codes.Cast(p.Storage).DequantizeLinear(p).ToArray<float>();
        Histogram histogram = new();
        histogram.Add(w);
        (double signal, double noise) = (0, 0);
        for (int i = 0; i < w.Length; i++) (signal, noise) = (signal + (double)w[i] * w[i], noise + ((double)w[i] - back[i]) * ((double)w[i] - back[i]));
        return new(histogram.Min, histogram.Max, p.Scales.Min(), p.Scales.Max(), noise / w.Length, Decibels(signal, noise), histogram.Resample(Bins));
    }

    private ActivationReport Activation(Value value)
    {
        Histogram histogram = run.Observed[value].Histogram;
        QuantParams p = parameters[value];
        bool compared = _errors.TryGetValue(value, out (double Signal, double Noise, long Count) e);
        return new(
            histogram.Min, histogram.Max, p.Scales[0], p.ZeroPoints[0], compared ? e.Noise / e.Count : 0, compared ? Decibels(e.Signal, e.Noise) : null,
            histogram.Resample(Bins));
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
                if (wanted.TryGetValue(v, out Value? original)) Add(original, expected[original].ToArray<float>(), t.DequantizeLinear(parameters[original]).ToArray<float>());
            });
        }
    }

    private void Add(Value value, float[] expected, float[] actual)
    {
        (double signal, double noise, long count) = _errors.GetValueOrDefault(value);
        for (int i = 0; i < expected.Length; i++)
        {
            double d = (double)expected[i] - actual[i];
            (signal, noise) = (signal + (double)expected[i] * expected[i], noise + d * d);
        }
        _errors[value] = (signal, noise, count + expected.Length);
    }

    private long ConstantBytes(Value value)
    {
        if (value.IsConstant) return BytesOf(value);
        return quantised.ProducerOf(value) is { Op: DequantizeLinear, Inputs: [{ IsConstant: true }, ..] } node ? node.Inputs.Sum(BytesOf) : 0;
    }

    private static long BytesOf(Value value) => value.Type.Type.PackedBytes(value.Constant!.Length);

    private static double Decibels(double signal, double noise) => noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(signal / noise);
}
