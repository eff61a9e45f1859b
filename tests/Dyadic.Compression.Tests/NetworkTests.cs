using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Optim;
using Dyadic.Passes;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Compression.Tests;

/// <summary>The built-in image networks on the whole way: a training step, ONNX and back, integers from end to end.</summary>
public class NetworkTests
{
    public static TheoryData<string> Networks => ["resnet20", "resnet18", "mobilenetv2"];

    [Theory, MemberData(nameof(Networks))]
    public void A_network_trains_exports_and_runs_on_integers_alone(string name)
    {
        Rng rng = new(2);
        Module net = name switch
        {
            "resnet20" => ResNet.ForSmallImages(20, 3, 10, rng, width: 8),
            "resnet18" => ResNet.ResNet18(3, 10, rng, largeImages: true, width: 8),
            _ => new MobileNetV2(3, 10, rng, width: 0.25, largeImages: false),
        };
        Tensor x = Tensor.Uniform(Shape.Of(8, 3, 32, 32), rng.Split("x")), labels = Tensor.From<long>([0, 1, 2, 3, 4, 5, 6, 7], Shape.Of(8));
        Sgd optimizer = new(net.NamedParameters(), 0.01);
        float Step()
        {
            Tensor loss = Losses.CrossEntropy(net.Forward(x), labels);
            net.ZeroGrad();
            loss.Backward();
            optimizer.Step();
            return loss.Item<float>();
        }
        float first = Step();
        for (int i = 0; i < 4; i++) Step();
        Assert.True(Step() < first);

        Graph graph = net.Trace(Shape.Of(3, 32, 32), name), again = OnnxModel.Import(OnnxModel.ToBytes(graph)).Graph;
        net.Eval();
        float[] expected = net.Forward(x).ToArray<float>();
        Assert.Equal(expected, new GraphInterpreter(again).Run([x])[0].ToArray<float>());

        Graph quantised = again.Quantize(new() { IntegerOnly = true }, [x]).Graph;
        Tensor inputCodes = x.Slice(0, 0, 2).QuantizeLinear(new(8, false, 1 / 255f, 0));
        Assert.Null(TextRoundTrip.Change(graph, [x]));
        Assert.Null(TextRoundTrip.Change(quantised, [inputCodes]));
        Plan plan = quantised.Compile();
        Assert.True(plan.IsInteger && plan.Batched);
        byte[] codes = inputCodes.ToArray<byte>();
        sbyte[] fast = new sbyte[20], slow = new sbyte[20];
        new Session(plan).Run<byte, sbyte>(codes, fast);
        ReferenceInterpreter.Run<byte, sbyte>(plan, codes, slow);
        Assert.Equal(slow, fast);
        Assert.True(fast.Distinct().Count() > 4);
    }

    public static TheoryData<string> Sequences => ["vit", "encoder", "causal", "lstm", "gru"];

    [Theory, MemberData(nameof(Sequences))]
    public void A_sequence_network_exports_and_compiles(string name)
    {
        Rng rng = new(2);
        TransformerOptions encoder = new(8, 2, 16) { Layers = 2, Activation = Activation.Gelu };
        TransformerEncoder causal = new(encoder, rng);
        (Module net, Shape sample) = name switch
        {
            "vit" => (new VitForClassification(new() { ImageSize = 8, Patch = 4, Encoder = encoder with { PreNorm = true } }, 3, rng), Shape.Of(3, 8, 8)),
            "lstm" => (new Lstm(8, 4, rng, layers: 2, bidirectional: true), Shape.Of(5, 8)),
            "gru" => (new Gru(8, 4, rng), Shape.Of(5, 8)),
            "encoder" => (new TransformerEncoder(encoder, rng), Shape.Of(5, 8)),
            _ => ((Module)causal, Shape.Of(5, 8)),
        };
        Tensor Forward(Tensor x) => name == "causal" ? causal.Forward(x, null, causal: true) : net.Forward(x);
        Graph graph = net.Trace([("input", new(DType.Float32, sample))], x => [Forward(x[0])], ["output"], name);
        Graph again = OnnxModel.Import(OnnxModel.ToBytes(graph)).Graph;
        net.Eval();
        Tensor x = Tensor.Normal(Shape.Of([4, .. sample.ToArray()]), rng.Split("x")), y = Forward(x);
        Assert.InRange(Tolerance.Distance(Doubles(y), Doubles(new GraphInterpreter(again).Run([x])[0])), 0, 1e-5);
        float[] compiled = new float[y.Length];
        new Session(again.Simplify().Compile()).Run<float, float>(x.ToArray<float>(), compiled);
        Assert.InRange(Tolerance.Distance(Doubles(y), Array.ConvertAll(compiled, v => (double)v)), 0, 1e-5);
    }

    [Fact]
    public void A_text_encoder_exports_with_its_three_inputs()
    {
        BertForClassification net = new(BertOptions.Of(vocabulary: 20, features: 8, heads: 2, layers: 2, positions: 8), 3, new Rng(1));
        TensorType row = new(DType.Int64, Shape.Of(6));
        Graph graph = net.Trace([("input_ids", row), ("attention_mask", row), ("token_type_ids", row)], x => [net.Forward(x[0], x[1], x[2])], ["logits"], "bert");
        Graph again = OnnxModel.Import(OnnxModel.ToBytes(graph)).Graph;
        Assert.Equal(["input_ids", "attention_mask", "token_type_ids"], again.Inputs.Select(i => i.Name));
        Tensor ids = Tensor.From<long>([.. Enumerable.Range(0, 24).Select(i => i * 7L % 20)], Shape.Of(4, 6));
        Tensor present = Tensor.From<long>([.. Enumerable.Range(0, 24).Select(i => i % 6 <= i / 6 + 1 ? 1L : 0)], Shape.Of(4, 6));
        Tensor types = Tensor.From<long>([.. Enumerable.Range(0, 24).Select(i => i % 6 / 3L)], Shape.Of(4, 6));
        net.Eval();
        Assert.InRange(Tolerance.Distance(Doubles(net.Forward(ids, present, types)), Doubles(new GraphInterpreter(again).Run([ids, present, types])[0])), 0, 1e-5);
        Assert.Contains(graph.Nodes, n => n.Name == "bert.encoder.1.attention.query.MatMul");
    }

    [FixtureFact(Fixture.ExternalData)]
    public void ResNet_20_with_published_weights_is_the_published_network()
    {
        Graph published = OnnxModel.Import(Path.Combine(Fixtures.ExternalData, "models/cifar10/resnet20_cifar10.onnx")).Graph;
        ResNet net = ResNet.ForSmallImages(20, 3, 10, new Rng(1));
        // Both list their layers from the first to the last.
        Queue<Tensor> filters = Constants("Conv", 1), scales = Constants("BatchNormalization", 1), shifts = Constants("BatchNormalization", 2),
            means = Constants("BatchNormalization", 3), variances = Constants("BatchNormalization", 4);
        foreach ((string path, Tensor tensor) in net.State())
        {
            if (path == "head.weight") tensor.CopyFrom(Head([10, 64]) ?? Head([64, 10])!.Transpose());
            else if (path == "head.bias") tensor.CopyFrom(Head([10])!);
            else if (path.EndsWith("conv.weight", StringComparison.Ordinal)) tensor.CopyFrom(filters.Dequeue());
            else if (path.EndsWith("weight", StringComparison.Ordinal)) tensor.CopyFrom(scales.Dequeue());
            else if (path.EndsWith("bias", StringComparison.Ordinal)) tensor.CopyFrom(shifts.Dequeue());
            else tensor.CopyFrom((path.EndsWith("mean", StringComparison.Ordinal) ? means : variances).Dequeue());
        }
        Tensor x = Tensor.Normal(Shape.Of(2, 3, 32, 32), new Rng(3));
        net.Eval();
        Assert.InRange(Tolerance.Distance(Doubles(new GraphInterpreter(published).Run([x])[0]), Doubles(net.Forward(x))), 0, 1e-4);

        Queue<Tensor> Constants(string op, int input) => new(published.Nodes.Where(n => n.Op.Name == op).Select(n => n.Inputs[input].Constant!));
        Tensor? Head(Shape shape) => published.Constants.FirstOrDefault(c => c.Shape == shape)?.Constant;
    }

    private static double[] Doubles(Tensor t) => t.Cast(DType.Float64).ToArray<double>();
}
