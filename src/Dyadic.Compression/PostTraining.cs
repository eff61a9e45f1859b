using Dyadic.Compression.Calibration;
using Dyadic.Compression.Layers;
using Dyadic.Compression.Scopes;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Passes;
using Dyadic.Runtime;

namespace Dyadic.Compression;

/// <summary>Static post-training quantisation.</summary>
/// <remarks>docs/guides/quantise.md; Jacob et al. 2018, §3. Weights symmetric, one scale an output channel; activations with a zero point, one scale a tensor; bias in units of S_x·S_w.</remarks>
public static class PostTraining
{
    extension(Graph graph)
    {
        /// <summary>This graph on 8-bit integers, its ranges chosen from <paramref name="calibration"/>.</summary>
        /// <param name="config">How.</param>
        /// <param name="calibration">Batches for the graph's only input, read once and one at a time.</param>
        /// <inheritdoc cref="Quantize(Graph, QuantizeConfig, IEnumerable{IReadOnlyDictionary{string, Tensor}})"/>
        public QuantizeResult Quantize(QuantizeConfig config, IEnumerable<Tensor> calibration)
        {
            if (graph.Inputs.Count != 1)
                throw new CompressionException($"quantize: graph '{graph.Name}' has {graph.Inputs.Count} inputs. Pass calibration batches by name.");
            return graph.Quantize(config, calibration.Select(t => (IReadOnlyDictionary<string, Tensor>)new Dictionary<string, Tensor> { [graph.Inputs[0].Name] = t }));
        }

        /// <summary>This graph on 8-bit integers, its ranges chosen from <paramref name="calibration"/>.</summary>
        /// <param name="config">How.</param>
        /// <param name="calibration">Batches by input name, read once and one at a time. With <see cref="QuantizeConfig.Methods"/> they are kept.</param>
        /// <exception cref="CompressionException">There is no data, a value is not finite, or with <see cref="QuantizeConfig.IntegerOnly"/> a node has no integer form.</exception>
        public QuantizeResult Quantize(QuantizeConfig config, IEnumerable<IReadOnlyDictionary<string, Tensor>> calibration)
        {
            config.Check();
            Graph simple = graph.Simplified();
            long bytes = ReportBuilder.Bytes(simple);
            ScopedConfig scoped = new(simple, graph, config);
            QuantizePreview preview = Previews.Of(simple, scoped);
            List<string> notes = [.. preview.Warnings];
            MethodContext context = new(new(simple, calibration, config, keep: scoped.Methods.Count > 0), scoped, notes.Add);
            foreach (QuantizeMethod method in scoped.Methods) simple = method.Prepare(simple, context);
            QuantizationScope scope = scoped.Scope(simple);
            CalibrationRun run = CalibrationRun.Over(simple, scope.Values, context.Data);
            Dictionary<Value, QuantParams> parameters = Parameters(simple, scope, run, scoped);
            QdqWriter writer = new(simple, scope, parameters, scoped);
            Refinement work = new(simple, writer.Write(QuantizeMetadata.Of(simple, config, preview, run)), scope, writer, context);
            foreach (QuantizeMethod method in scoped.Methods) method.Refine(work.For(method));
            return Result(work.Result);

            QuantizeResult Result(Graph quantised)
            {
                ReportBuilder report = new(simple, quantised, writer.Read(quantised), writer, run, Lowered(quantised, run.Data, config));
                return new(quantised, report.Build(), [.. notes, .. writer.Warnings], config, bytes, ReportBuilder.Bytes(quantised), simple) { Again = Result };
            }
        }
    }

    /// <summary>The graph that is quantised: simplified, and with functions that arrive in several ops as one.</summary>
    internal static Graph Simplified(this Graph graph) => graph.Simplify().Apply(new FuseFunctions());

    // Each value's own range, or the parameters of the value that it only moves.
    private static Dictionary<Value, QuantParams> Parameters(Graph graph, QuantizationScope scope, CalibrationRun run, ScopedConfig scoped)
    {
        Dictionary<Value, QuantParams> result = [];
        bool integerOnly = scoped.Config.IntegerOnly;
        foreach (Value value in graph.Inputs.Concat(graph.Nodes.SelectMany(n => n.Outputs)).Where(scope.Values.Contains))
        {
            bool output = integerOnly && graph.Outputs.Contains(value), input = integerOnly && graph.Inputs.Contains(value);
            Node? producer = graph.ProducerOf(value);
            bool shared = producer is not null && QuantizationScope.SharesParameters(producer.Op) && !output;
            if (shared && result.TryGetValue(producer!.Inputs[0], out QuantParams? same)) result[value] = same;
            else if (producer is not null && scope.IsEmbedding(producer)) result[value] = WeightQuantizer.Table(producer.Inputs[0].Constant!);
            else if (scope.IsWide(value)) result[value] = Symmetric(run.Observed[value].Histogram.Min, run.Observed[value].Histogram.Max, 16);
            else
            {
                QuantizeConfig own = scoped.Of(value);
                bool symmetric = own.ActivationSymmetric && !input, signed = output || symmetric || (own.ActivationSigned && !input);
                (float min, float max) = Calibrators.Range(run.Observed[value], own, signed);
                result[value] = symmetric || (!output && min < 0 && scope.IsFactor(value)) ? Symmetric(min, max, 8) : QuantParams.Asymmetric(min, max, 8, signed);
            }
        }
        return result;
    }

    // Every code of the type is used, as QuantizeLinear does.
    private static QuantParams Symmetric(float min, float max, int bits) => new(bits, true, QuantParams.Symmetric(Math.Max(Math.Abs(min), Math.Abs(max)), bits).Scales[0], 0);

    // The plan of any batch, else that of one sample: positions in a text, say, have no batch.
    private static LoweringResult Lower(Graph graph, IReadOnlyDictionary<string, int> sizes)
    {
        try
        {
            return graph.Lower(new() { Sizes = sizes });
        }
        catch (PlanException)
        {
            return graph.Lower(new() { Sizes = sizes, Batch = 1 });      // its own message is the better one when this fails too
        }
    }

    private static IReadOnlyList<NodeReport> Lowered(Graph graph, CalibrationData data, QuantizeConfig config)
    {
        LoweringResult lowered = Lower(graph, data.Sizes);
        if (!config.IntegerOnly || lowered.Plan.IsInteger) return lowered.Nodes;
        string[] nodes = [.. lowered.Floats.Select(n => $"'{n.Node}' {n.Op}: {n.Reason}")];
        throw new CompressionException(
            $"quantize: {nodes.Length} nodes have no integer form: {string.Join("; ", nodes.Take(8))}{(nodes.Length > 8 ? "; …" : "")}. Remove them from the graph, or quantise without integer-only.", nodes);
    }
}
