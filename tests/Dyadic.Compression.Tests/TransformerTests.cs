using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Compression.Tests;

/// <summary>Transformers from end to end on integers: traced, exported and imported again as other tools would write them.</summary>
public class TransformerTests
{
    private static readonly TransformerOptions Encoder = new(32, 4, 64) { Layers = 2, Activation = Activation.Gelu };

    public static TheoryData<string, int> Networks => new() { { "post-norm", 20 }, { "pre-norm", 20 }, { "causal", 20 }, { "vit", 20 } };

    [Theory, MemberData(nameof(Networks))]
    public void A_network_runs_on_integers_alone_close_to_the_real_one(string name, double decibels)
    {
        Rng rng = new(3);
        (Module net, Shape sample) = name switch
        {
            "vit" => (new VitForClassification(new() { ImageSize = 8, Patch = 4, Encoder = Encoder with { PreNorm = true } }, 10, rng), Shape.Of(3, 8, 8)),
            _ => ((Module)new TransformerEncoder(Encoder with { PreNorm = name == "pre-norm" }, rng), Shape.Of(9, 32)),
        };
        Graph graph = net.Trace([("input", new(DType.Float32, sample))], x => [net is TransformerEncoder e ? e.Forward(x[0], null, causal: name == "causal") : net.Forward(x[0])], ["output"], name);
        foreach (Graph given in (Graph[])[graph, OnnxModel.Import(OnnxModel.ToBytes(graph)).Graph])
        {
            Tensor data = Tensor.Normal(Shape.Create([24, .. sample.Span]), rng.Split("data"));
            QuantizeResult real = given.Quantize(new() { ReportSamples = 4 }, [data]);
            LoweringResult lowered = real.Graph.Lower();
            Assert.True(lowered.Floats.Select(f => f.Op).All(op => op is "QuantizeLinear" or "DequantizeLinear") && lowered.Floats.Count() == 2, string.Join('\n', lowered.Floats));
            float[] expected = new GraphInterpreter(given).Run([data])[0].ToArray<float>(), actual = new float[expected.Length];
            new Session(lowered.Plan).Run<float, float>(data.ToArray<float>(), actual);
            double signal = expected.Sum(v => (double)v * v), noise = expected.Zip(actual, (a, b) => ((double)a - b) * ((double)a - b)).Sum();
            Assert.True(10 * Math.Log10(signal / noise) > decibels, $"{10 * Math.Log10(signal / noise):f1} dB");

            Plan plan = given.Quantize(new() { IntegerOnly = true, ReportSamples = 1 }, [data]).Graph.Compile();
            Assert.True(plan.IsInteger && plan.Batched);
            Assert.Contains(plan.Nodes, n => n.Step is IntWideSum);
            Assert.Contains(plan.Nodes, n => n.Step is IntLayerNorm);
            byte[] codes = new byte[2 * sample.Length];
            for (int i = 0; i < codes.Length; i++) codes[i] = (byte)rng.NextInt(256);
            sbyte[] fast = new sbyte[2 * expected.Length / 24], slow = new sbyte[fast.Length];
            new Session(plan).Run<byte, sbyte>(codes, fast);
            ReferenceInterpreter.Run<byte, sbyte>(plan, codes, slow);
            Assert.Equal(slow, fast);
            Assert.True(fast.Distinct().Count() > 4);
        }
    }

    // From token ids and the mask of a tokeniser to logits.
    [Fact]
    public void A_classifier_of_text_runs_on_integers_alone()
    {
        Rng rng = new(5);
        BertForClassification net = new(BertOptions.Of(50, features: 32, heads: 4, layers: 2, positions: 12, dropout: 0), 3, rng);
        net.Eval();
        Graph graph = net.Trace([("ids", new(DType.Int64, Shape.Of(12))), ("present", new(DType.Int64, Shape.Of(12)))], x => [net.Forward(x[0], x[1])], ["logits"], "bert");
        long[] ids = [.. Enumerable.Range(0, 40 * 12).Select(_ => (long)rng.NextInt(1, 50))], present = [.. Enumerable.Range(0, 40 * 12).Select(i => i % 12 < 4 + (i / 12 % 8) ? 1L : 0)];
        Dictionary<string, Tensor> data = new() { ["ids"] = Tensor.From(ids, Shape.Of(40, 12)), ["present"] = Tensor.From(present, Shape.Of(40, 12)) };
        foreach (Graph given in (Graph[])[graph, OnnxModel.Import(OnnxModel.ToBytes(graph)).Graph])
        {
            QuantizeResult q = given.Quantize(new() { IntegerOnly = true, ReportSamples = 2 }, [data]);
            Plan plan = q.Graph.Compile();
            Assert.True(plan.IsInteger && plan.Batched);
            Tensor[] inputs = [data["ids"], data["present"]];
            sbyte[] fast = new Session(plan).Run(inputs)[0].ToArray<sbyte>(), slow = plan.RunReference(inputs)[0].ToArray<sbyte>();
            Assert.Equal(slow, fast);
            float scale = float.Parse(q.Graph.Metadata["dyadic.output.logits.scale"], System.Globalization.CultureInfo.InvariantCulture);
            int zero = int.Parse(q.Graph.Metadata["dyadic.output.logits.zero_point"], System.Globalization.CultureInfo.InvariantCulture);
            float[] real = new GraphInterpreter(given).Run(inputs)[0].ToArray<float>();
            double signal = real.Sum(v => (double)v * v), noise = real.Zip(fast, (a, b) => Math.Pow(a - ((b - zero) * scale), 2)).Sum();
            Assert.True(10 * Math.Log10(signal / noise) > 20, $"{10 * Math.Log10(signal / noise):f1} dB");
        }
    }
}
