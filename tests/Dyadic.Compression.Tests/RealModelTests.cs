using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Onnx;
using Dyadic.Passes;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Compression.Tests;

/// <summary>Models that others trained and quantised.</summary>
public class RealModelTests
{
    private const int Pixels = 3 * 32 * 32;

    [FixtureTheory(Fixture.ExternalData)]
    [InlineData("cifar10/resnet8_cifar10_qdq", "QuantizeLinear DequantizeLinear Softmax")]
    [InlineData("kws/kws_dscnn_qdq", "QuantizeLinear DequantizeLinear Softmax")]
    [InlineData("vision/vww_mobilenetv1_qdq", "QuantizeLinear DequantizeLinear Softmax")]
    public void Quantised_models_run_on_integers_from_the_first_quantisation_to_the_last(string model, string floats)
    {
        Graph graph = OnnxModel.Import(Path.Combine(Fixtures.ExternalData, "models", model + ".onnx")).Graph;
        LoweringResult lowered = graph.Lower();
        string[] left = [.. lowered.Floats.Select(f => f.Op).Distinct()];
        Assert.True(left.All(floats.Split(' ').Contains), string.Join('\n', lowered.Floats));
    }

    [FixtureFact(Fixture.ExternalData)]
    public void Weights_with_zero_points_need_nine_bits_and_run_in_integers()
    {
        Graph graph = OnnxModel.Import(Path.Combine(Fixtures.ExternalData, "models/imagenet/mobilenetv1_0.25_128_qdq.onnx")).Graph;
        Assert.DoesNotContain(graph.Lower().Floats, f => f.Op == "Conv");
    }

    [FixtureFact(Fixture.ExternalData), Trait("speed", "slow")]
    public void The_integer_plan_of_a_residual_network_keeps_its_accuracy()
    {
        Graph graph = OnnxModel.Import(Path.Combine(Fixtures.ExternalData, "models/cifar10/resnet8_cifar10_qdq.onnx")).Graph;
        Session session = new(graph.Compile());
        (float[] images, byte[] labels) = Cifar(1000);
        float[] scores = new float[10 * labels.Length];
        session.Run<float, float>(images, scores);
        int right = Enumerable.Range(0, labels.Length).Count(n => Top(scores.AsSpan(n * 10, 10)) == labels[n]);
        Assert.InRange(right, 850, 900);                                                    // 87.02 % on all 10,000
        float[] slow = new GraphInterpreter(graph).Run([Tensor.From(images.AsSpan(0, 40 * Pixels), Shape.Of(40, 3, 32, 32))])[0].ToArray<float>();
        Assert.True(Enumerable.Range(0, 40).Count(n => Top(slow.AsSpan(n * 10, 10)) == Top(scores.AsSpan(n * 10, 10))) >= 39);
    }

    [FixtureFact(Fixture.ExternalData), Trait("speed", "slow")]
    public void A_float_network_quantised_here_keeps_its_accuracy()
    {
        Graph graph = OnnxModel.Import(Path.Combine(Fixtures.ExternalData, "models/cifar10/resnet20_cifar10.onnx")).Graph;
        (float[] images, byte[] labels) = Cifar(300);
        float[] mean = [0.485f, 0.456f, 0.406f], deviation = [0.229f, 0.224f, 0.225f];
        for (int i = 0; i < images.Length; i++) images[i] = (images[i] / 255 - mean[i / 1024 % 3]) / deviation[i / 1024 % 3];
        Tensor calibration = Tensor.From(images.AsSpan(200 * Pixels), Shape.Of(100, 3, 32, 32));
        QuantizeResult q = graph.Quantize(new() { IntegerOnly = true, ReportSamples = 4 }, [calibration]);
        Plan plan = q.Graph.Compile(), real = graph.Simplify().Compile();
        Assert.True(plan.IsInteger);
        float[] expected = new float[2000];
        new Session(real).Run<float, float>(images.AsSpan(0, 200 * Pixels), expected);
        Numerics.QuantParams p = Parameters(q.Graph);
        byte[] codes = new byte[200 * Pixels];
        p.Quantize<byte>(images.AsSpan(0, codes.Length), codes);
        sbyte[] scores = new sbyte[2000];
        new Session(plan).Run<byte, sbyte>(codes, scores);
        int rightFloat = Enumerable.Range(0, 200).Count(n => Top(expected.AsSpan(n * 10, 10)) == labels[n]);
        int right = Enumerable.Range(0, 200).Count(n => Top<sbyte>(scores.AsSpan(n * 10, 10)) == labels[n]);
        Assert.True(rightFloat > 174 && right >= rightFloat - 3, $"{rightFloat} and {right} of 200");
    }

    private static Numerics.QuantParams Parameters(Graph graph)
    {
        string prefix = $"dyadic.input.{graph.Inputs[0].Name}.";
        float scale = float.Parse(graph.Metadata[prefix + "scale"], System.Globalization.CultureInfo.InvariantCulture);
        return new(8, false, scale, int.Parse(graph.Metadata[prefix + "zero_point"], System.Globalization.CultureInfo.InvariantCulture));
    }

    private static int Top<T>(Span<T> scores) where T : IComparable<T>
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++) if (scores[i].CompareTo(scores[best]) > 0) best = i;
        return best;
    }

    // Rows of 3,073 bytes: the label, then red, green and blue planes.
    private static (float[] Images, byte[] Labels) Cifar(int count)
    {
        byte[] rows = new byte[count * (Pixels + 1)];
        using (FileStream file = File.OpenRead(Path.Combine(Fixtures.ExternalData, "cifar10/test_batch.bin"))) file.ReadExactly(rows);
        float[] images = new float[count * Pixels];
        for (int i = 0; i < images.Length; i++) images[i] = rows[i / Pixels * (Pixels + 1) + 1 + i % Pixels];
        return (images, [.. Enumerable.Range(0, count).Select(n => rows[n * (Pixels + 1)])]);
    }
}
