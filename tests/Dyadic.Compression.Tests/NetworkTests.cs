using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Optim;
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

        Plan plan = again.Quantize(new() { IntegerOnly = true }, [x]).Graph.Compile();
        Assert.True(plan.IsInteger && plan.Batched);
        byte[] codes = x.Slice(0, 0, 2).QuantizeLinear(new(8, false, 1 / 255f, 0)).ToArray<byte>();
        sbyte[] fast = new sbyte[20], slow = new sbyte[20];
        new Session(plan).Run<byte, sbyte>(codes, fast);
        ReferenceInterpreter.Run<byte, sbyte>(plan, codes, slow);
        Assert.Equal(slow, fast);
        Assert.True(fast.Distinct().Count() > 4);
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
        double[] Doubles(Tensor t) => t.Cast(DType.Float64).ToArray<double>();
        Assert.InRange(Tolerance.Distance(Doubles(new GraphInterpreter(published).Run([x])[0]), Doubles(net.Forward(x))), 0, 1e-4);

        Queue<Tensor> Constants(string op, int input) => new(published.Nodes.Where(n => n.Op.Name == op).Select(n => n.Inputs[input].Constant!));
        Tensor? Head(Shape shape) => published.Constants.FirstOrDefault(c => c.Shape == shape)?.Constant;
    }
}
