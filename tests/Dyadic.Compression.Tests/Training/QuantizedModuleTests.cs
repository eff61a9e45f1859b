using Dyadic.Arithmetics;
using Dyadic.Compression.Training;
using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Lowering;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Optim;
using Dyadic.Runs;
using Dyadic.Runtime;

namespace Dyadic.Compression.Tests.Training;

/// <summary>Training of quantised networks: what is trained is what is deployed.</summary>
public class QuantizedModuleTests
{
    public static TheoryData<string, bool> Deployments => new()
    {
        { "resnet", false }, { "resnet", true }, { "mobilenet", true }, { "vit", false }, { "vit", true },
    };

    [Theory, MemberData(nameof(Deployments))]
    public void Logits_in_training_are_those_of_the_deployed_plan_bit_for_bit(string name, bool integerOnly)
    {
        (Graph graph, Tensor x, Tensor labels) = Network(name);
        QuantizeResult result = graph.Quantize(new() { Bits = name == "vit" ? 4 : 8, IntegerOnly = integerOnly, ReportSamples = 0 }, [x]);
        QuantizedModule model = QuantizedModule.Of(result, new() { LearnOffsets = true });
        AdamW optimizer = new(model.NamedParameters(), 1e-3);
        for (int step = 0; step < 3; step++)
        {
            Tensor logits = model.Forward(x);
            Assert.Equal(Deployed(model.ToGraph(), x, integerOnly), logits.ToArray<float>());
            model.ZeroGrad();
            Losses.CrossEntropy(logits, labels).Backward();
            Assert.All(model.NamedParameters(), p => Assert.True(p.Tensor.Grad is not null, $"'{p.Name}' has no gradient"));
            optimizer.Step();
        }
        float[] trained = model.Forward(x).ToArray<float>();
        model.Eval();
        Assert.Equal(trained, model.Forward(x).ToArray<float>());
        Assert.NotEqual(trained, Deployed(result.Graph, x, integerOnly));
    }

    // Without learnt scales the module is the quantisation that it was made of, codes of GPTQ included.
    [Theory, InlineData(""), InlineData("gptq+bias-correction")]
    public void It_begins_with_the_graph_that_it_was_made_of(string methods)
    {
        (Graph graph, Tensor x, _) = Network("vit");
        QuantizeConfig config = new() { Bits = 4, ReportSamples = 0 };
        QuantizeResult result = graph.Quantize(methods == "" ? config : config.WithMethods(methods), [x]);
        QuantizedModule model = QuantizedModule.Of(result, new() { Ranges = RangeTraining.Frozen, LearnWeightScales = methods != "" });
        Assert.Equal(result.Graph.Nodes.Select(n => n.Name), model.ToGraph().Nodes.Select(n => n.Name));
        if (methods == "") Assert.Equal(Deployed(result.Graph, x, false), Deployed(model.ToGraph(), x, false));
        Assert.Equal(WeightCodes(result.Graph), WeightCodes(model.ToGraph()));
    }

    [Theory, InlineData(RangeTraining.Frozen), InlineData(RangeTraining.MovingAverage), InlineData(RangeTraining.Learned)]
    public void Training_lowers_the_loss_of_coarse_weights(RangeTraining ranges)
    {
        (Graph graph, Tensor x, Tensor labels) = Network("resnet");
        QuantizeResult result = graph.Quantize(new() { Bits = 2, ReportSamples = 0 }, [x]);
        QuantizedModule model = QuantizedModule.Of(result, new() { Ranges = ranges });
        AdamW optimizer = new(model.NamedParameters(), 5e-3, weightDecay: 0);
        float[] losses = new float[24];
        for (int step = 0; step < losses.Length; step++)
        {
            Tensor loss = Losses.CrossEntropy(model.Forward(x), labels);
            model.ZeroGrad();
            loss.Backward();
            optimizer.Step();
            losses[step] = loss.Item<float>();
        }
        Assert.True(losses[^1] < 0.9 * losses[0], string.Join(' ', losses));
        if (ranges != RangeTraining.Learned) Assert.DoesNotContain(model.NamedParameters(), p => p.Name.StartsWith("input", StringComparison.Ordinal));
    }

    [Fact]
    public void Moving_averages_follow_what_is_seen_until_they_are_frozen()
    {
        (Graph graph, Tensor x, _) = Network("resnet");
        QuantizedModule model = QuantizedModule.Of(graph.Quantize(new() { ReportSamples = 0 }, [x]), new() { Ranges = RangeTraining.MovingAverage, RangeMomentum = 0.5 });
        float[] Range() => model.NamedBuffers().First(b => b.Name.StartsWith("input", StringComparison.Ordinal)).Tensor.ToArray<float>();
        float before = Range()[1];
        model.Forward(x * 3f);
        Assert.Equal(0.5f * before + 0.5f * 3 * x.ToArray<float>().Max(), Range()[1], 1e-4f);
        model.FreezeRanges();
        float[] frozen = Range();
        model.Forward(x * 9f);
        Assert.Equal(frozen, Range());
    }

    // The same seed gives the same bytes for 1 and 2 threads, and after a stop.
    [Fact]
    public void A_run_is_a_function_of_its_seed_whatever_the_threads_and_stops()
    {
        (Graph graph, Tensor x, Tensor labels) = Network("resnet");
        TensorDataset data = new(x, Array.ConvertAll(labels.ToArray<long>(), l => (int)l));
        QuantizeResult result = graph.Quantize(new() { Bits = 4, ReportSamples = 0 }, [x]);
        TrainingOptions training = QuantizedTraining.Defaults with { Epochs = 3, BatchSize = 4 };
        QatOptions options = new() { DistillShare = 0.5 };
        string One(int threads, int stopAt)
        {
            ExecutionMode former = Door.Mode;
            Door.Mode = former with { Threads = threads };
            DirectoryInfo folder = Directory.CreateTempSubdirectory();
            try
            {
                using CancellationTokenSource stop = new();
                if (stopAt > 0) Assert.Throws<OperationCanceledException>(() => result.Train(data, training, options, RunFolder.At(folder.FullName), p => { if (p.Step == stopAt) stop.Cancel(); }, stop.Token));
                return result.Train(data, training, options, RunFolder.At(folder.FullName)).Graph.TextHash();
            }
            finally
            {
                Door.Mode = former;
                folder.Delete(recursive: true);
            }
        }
        string expected = One(1, 0);
        Assert.Equal(expected, One(2, 0));
        Assert.Equal(expected, One(1, 4));
        Assert.NotEqual(result.Graph.TextHash(), expected);
    }

    [Fact]
    public void A_trained_result_has_a_report_of_its_own()
    {
        (Graph graph, Tensor x, Tensor labels) = Network("resnet");
        QuantizeResult result = graph.Quantize(new() { Bits = 3 }, [x]), trained = result.Train(new TensorDataset(x, Array.ConvertAll(labels.ToArray<long>(), l => (int)l)), QuantizedTraining.Defaults with { BatchSize = 4 });
        Assert.Equal(result.Layers.Select(l => (l.Node, l.Executed)), trained.Layers.Select(l => (l.Node, l.Executed)));
        Assert.Contains(result.Layers.Zip(trained.Layers), p => p.First.Weight is { } w && w.ScaleMax != p.Second.Weight!.ScaleMax);
        Assert.Contains(result.Layers.Zip(trained.Layers), p => p.First.Output is { } o && o.Scale != p.Second.Output!.Scale);
    }

    [Fact]
    public void What_cannot_be_trained_is_said()
    {
        (Graph graph, Tensor x, _) = Network("resnet");
        Assert.Contains("nothing", Assert.Throws<CompressionException>(() => new QuantizedModule(graph)).Message, StringComparison.Ordinal);
        Assert.Contains("momentum", Assert.Throws<CompressionException>(() => new QuantizedModule(graph, new() { RangeMomentum = 1 })).Message, StringComparison.Ordinal);
        Assert.Contains("offsets", Assert.Throws<CompressionException>(() => new QuantizedModule(graph, new() { Ranges = RangeTraining.Frozen, LearnOffsets = true })).Message, StringComparison.Ordinal);
        Assert.Contains("0 to 1", Assert.Throws<CompressionException>(() => new QuantizedModule(graph, new() { DistillShare = 2 })).Message, StringComparison.Ordinal);
        Assert.Throws<ShapeException>(() => new QuantizedModule(graph.Quantize(new() { ReportSamples = 0 }, [x]).Graph).Forward((Tensor[])[x, x]));
    }

    private static int[] WeightCodes(Graph graph) =>
        [.. graph.Nodes.Where(n => n.Op is DequantizeLinear && n.Inputs[0].IsConstant && n.Inputs[0].Type.Type != DType.Int32).SelectMany(n => n.Inputs[0].Constant!.Cast(DType.Int32).ToArray<int>())];

    // The plan of the graph as a file holds it.
    private static float[] Deployed(Graph graph, Tensor x, bool integerOnly)
    {
        Graph read = OnnxModel.Import(OnnxModel.ToBytes(graph)).Graph;
        Session session = new(read.Compile());
        if (!integerOnly) return session.Run([x])[0].ToArray<float>();
        Tensor codes = x.QuantizeLinear(MethodGraphs.Codes(read, "input", read.Inputs[0].Name)), y = session.Run([codes])[0];
        Assert.True(session.Plan.IsInteger);
        QuantParams p = MethodGraphs.Codes(read, "output", read.Outputs[0].Name);
        return y.DequantizeLinear(p.ScaleTensor(), p.ZeroPointTensor()).ToArray<float>();
    }

    private static (Graph Graph, Tensor X, Tensor Labels) Network(string name)
    {
        Rng rng = new(3);
        (Module net, Shape sample) = name switch
        {
            "resnet" => ((Module)ResNet.ForSmallImages(8, 3, 10, rng, width: 8), Shape.Of(3, 16, 16)),
            "mobilenet" => (new MobileNetV2(3, 10, rng, width: 0.25, largeImages: false), Shape.Of(3, 32, 32)),
            _ => (new VitForClassification(new() { ImageSize = 8, Patch = 4, Channels = 1, Encoder = new(16, 2, 32) { Layers = 2, Activation = Activation.Gelu, PreNorm = true } }, 10, rng), Shape.Of(1, 8, 8)),
        };
        Tensor x = Tensor.Uniform(Shape.Create([12, .. sample.Span]), rng.Split("x")), labels = Tensor.From<long>([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1], Shape.Of(12));
        return (net.Trace(sample, name), x, labels);
    }
}
