using Dyadic.Arithmetics;
using Dyadic.Compression.Training;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Optim;
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

    // The plan of the graph as a file holds it.
    private static float[] Deployed(Graph graph, Tensor x, bool integerOnly)
    {
        Graph read = OnnxModel.Import(OnnxModel.ToBytes(graph)).Graph;
        Session session = new(read.Compile());
        if (!integerOnly) return session.Run([x])[0].ToArray<float>();
        Tensor codes = x.QuantizeLinear(Parameters(read, "input", read.Inputs[0].Name)), y = session.Run([codes])[0];
        Assert.True(session.Plan.IsInteger);
        QuantParams p = Parameters(read, "output", read.Outputs[0].Name);
        return y.DequantizeLinear(p.ScaleTensor(), p.ZeroPointTensor()).ToArray<float>();
    }

    private static QuantParams Parameters(Graph graph, string side, string name) => new(8, side == "output",
        float.Parse(graph.Metadata[$"dyadic.{side}.{name}.scale"], System.Globalization.CultureInfo.InvariantCulture),
        int.Parse(graph.Metadata[$"dyadic.{side}.{name}.zero_point"], System.Globalization.CultureInfo.InvariantCulture));

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
