using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Compression.Tests;

/// <summary>Weights of 2 to 4 bits as int4, two in a byte: the same results as of bytes, in files of half the size.</summary>
public class FourBitTests
{
    public static TheoryData<int, string?> Ways => new() { { 4, null }, { 3, "gptq+bias-correction" }, { 2, "weight-mse+gptq" } };

    [Theory, MemberData(nameof(Ways))]
    public void The_file_of_int4_computes_what_the_one_of_int8_does(int bits, string? methods)
    {
        foreach ((Graph graph, Tensor data) in (IEnumerable<(Graph, Tensor)>)[Encoder(), Convolutions()])
        {
            QuantizeConfig config = new() { Bits = bits, IntegerOnly = true, ReportSamples = 1 };
            if (methods is not null) config = config.WithMethods(methods);
            QuantizeResult four = graph.Quantize(config, [data]), eight = graph.Quantize(config with { Int4 = false }, [data]);
            byte[] small = OnnxModel.ToBytes(four.Graph), large = OnnxModel.ToBytes(eight.Graph);
            Assert.True(small.Length < large.Length);
            Graph read = OnnxModel.Import(small).Graph, text = TextRoundTrip.Of(four.Graph);
            Plan expected = OnnxModel.Import(large).Graph.Compile();
            Tensor codes = data.QuantizeLinear(CodesOf(four.Graph));
            sbyte[] y = new Session(expected).Run([codes])[0].ToArray<sbyte>();
            Assert.True(y.Distinct().Count() > 4);
            foreach (Graph given in (Graph[])[four.Graph, read, text])
            {
                Plan plan = given.Compile();
                Assert.True(plan.IsInteger);
                Assert.Equal(y, new Session(plan).Run([codes])[0].ToArray<sbyte>());
                Assert.Equal(y, plan.RunReference([codes])[0].ToArray<sbyte>());
            }
            Assert.Equal(new GraphInterpreter(eight.Graph).Run([codes])[0].ToArray<sbyte>(), new GraphInterpreter(read).Run([codes])[0].ToArray<sbyte>());
        }
    }

    [Fact]
    public void A_large_layer_takes_an_eighth_of_its_bytes_and_the_report_says_so()
    {
        Rng rng = new(3);
        GraphBuilder b = new("layer");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 769])), w = b.Constant("w", Tensor.Normal(Shape.Of(769, 257), rng.Split("w")));
        b.Output(b.Add("y", new Add(), b.Add("product", new MatMul(), x, w), b.Constant("b", Tensor.Normal(Shape.Of(257), rng.Split("b")))));
        Graph graph = b.Build();
        QuantizeResult q = graph.Quantize(new() { Bits = 4 }, [Tensor.Normal(Shape.Of(8, 769), rng.Split("x"))]);
        double file = OnnxModel.ToBytes(q.Graph).Length, real = OnnxModel.ToBytes(graph).Length;
        Assert.InRange(file / real, 0.125, 0.135);
        LayerReport product = q.Layers.Single(l => l.Op == "MatMul");
        // 769·257 codes and 257 zero points of half a byte, and as many scales of four.
        Assert.Equal(((769 * 257) + 1) / 2 + 129 + (4 * 257), product.BytesInteger);
        Assert.Equal(4 * 769 * 257, product.BytesFloat);
        Assert.InRange(q.BytesInteger, product.BytesInteger, 1.05 * product.BytesInteger);
        Assert.True(product.Weight!.SqnrDb > 10);
    }

    [Fact]
    public void Five_bits_are_stored_as_bytes()
    {
        (Graph graph, Tensor data) = Convolutions();
        Assert.Contains(graph.Quantize(new() { Bits = 4 }, [data]).Graph.Constants, c => c.Type.Type == DType.Int4);
        Assert.DoesNotContain(graph.Quantize(new() { Bits = 5 }, [data]).Graph.Constants, c => c.Type.Type == DType.Int4);
    }

    private static QuantParams CodesOf(Graph graph)
    {
        string name = graph.Inputs[0].Name;
        System.Globalization.CultureInfo culture = System.Globalization.CultureInfo.InvariantCulture;
        return new(8, false, float.Parse(graph.Metadata[$"dyadic.input.{name}.scale"], culture), int.Parse(graph.Metadata[$"dyadic.input.{name}.zero_point"], culture));
    }

    private static (Graph Graph, Tensor Data) Encoder()
    {
        Rng rng = new(4);
        TransformerEncoder net = new(new(20, 4, 36) { Layers = 1, Activation = Activation.Gelu }, rng);
        return (net.Trace([("input", new(DType.Float32, Shape.Of(5, 20)))], x => [net.Forward(x[0], null)], ["output"], "encoder"), Tensor.Normal(Shape.Of(12, 5, 20), rng.Split("data")));
    }

    private static (Graph Graph, Tensor Data) Convolutions()
    {
        Rng rng = new(5);
        GraphBuilder b = new("convolutions");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 3, 9, 9]));
        Value full = b.Add("full", new Conv([1, 1], [1, 1, 1, 1], [1, 1]), x, Weights("w1", 7, 3, 3, 3), Weights("b1", 7));
        Value each = b.Add("each", new Conv([2, 2], [1, 1, 1, 1], [1, 1], Groups: 7), b.Add("relu", new Ops.Relu(), full), Weights("w2", 7, 1, 3, 3), Weights("b2", 7));
        b.Output(b.Add("y", new MatMul(), b.Add("mean", new ReduceMean([2, 3], false), each), Weights("w3", 7, 5)));
        return (b.Build(), Tensor.Normal(Shape.Of(6, 3, 9, 9), rng.Split("data")));

        Value Weights(string name, params int[] dims) => b.Constant(name, Tensor.Normal(Shape.Of(dims), rng.Split(name)));
    }
}
