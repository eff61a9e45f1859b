using Dyadic.Cli.Peers;
using Dyadic.Ir;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Compression.Tests;

/// <summary>Weights of at most 4 bits in the file: the same codes as in bytes, in half of the room.</summary>
public class FourBitWeightsTests
{
    public static TheoryData<string, int> Networks
    {
        get
        {
            TheoryData<string, int> data = [];
            foreach (string name in (string[])["dense", "image", "signal"])
                for (int bits = 2; bits <= 4; bits++) data.Add(name, bits);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void A_file_of_packed_weights_runs_to_the_codes_of_bytes(string name, int bits)
    {
        (Graph graph, Tensor data) = MethodGraphs.Make(name);
        QuantizeConfig config = new() { Bits = bits, IntegerOnly = true, Methods = [new Gptq(), new BiasCorrection()] };
        (QuantizeResult packed, QuantizeResult bytes) = (graph.Quantize(config, [data]), graph.Quantize(config with { Packed = false }, [data]));
        Assert.All(WeightsOf(packed.Graph), w => Assert.Equal(DType.Int4, w.Type));
        Assert.All(WeightsOf(bytes.Graph), w => Assert.Equal(DType.Int8, w.Type));
        Assert.Equal(WeightsOf(bytes.Graph).Select(Text), WeightsOf(packed.Graph).Select(w => Text(w.Cast(DType.Int8))));
        OnnxModel file = OnnxModel.Import(OnnxModel.ToBytes(packed.Graph));
        Assert.Equal(21, file.Opset);
        Assert.All(WeightsOf(file.Graph), w => Assert.Equal(DType.Int4, w.Type));
        Plan ours = file.Graph.Compile(), theirs = bytes.Graph.Compile();
        Assert.True(ours.IsInteger);
        byte[] x = data.QuantizeLinear(new(8, false, 1 / 160f, 80)).ToArray<byte>();
        sbyte[] a = new sbyte[24 * 5], b = new sbyte[a.Length], slow = new sbyte[a.Length];
        new Session(ours).Run<byte, sbyte>(x, a);
        new Session(theirs).Run<byte, sbyte>(x, b);
        ReferenceInterpreter.Run<byte, sbyte>(ours, x, slow);
        Assert.Equal(b, a);
        Assert.Equal(slow, a);
        Assert.True(packed.BytesInteger < bytes.BytesInteger);
    }

    [Fact]
    public void A_file_has_half_a_byte_for_each_weight()
    {
        GraphBuilder b = new("wide");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 255]));
        b.Output(b.Add("product", new MatMul(), x, b.Constant("w", Tensor.Normal(Shape.Of(255, 301), new Rng(1)))));
        Tensor data = Tensor.Normal(Shape.Of(8, 255), new Rng(2));
        QuantizeResult q = b.Build().Quantize(new() { Bits = 4 }, [data]);
        int codes = (255 * 301 + 1) / 2, scales = 301 * 4, zeros = 151;
        Assert.InRange(q.BytesInteger - codes - scales - zeros, 2 * 4 + 1, 2 * (4 + 1));      // what the input and the output have
        Assert.InRange(OnnxModel.ToBytes(q.Graph).Length, codes + scales, codes + scales + 2500);
    }

    [Fact]
    public void Rules_may_give_some_layers_four_bits_and_others_eight()
    {
        (Graph graph, Tensor data) = MethodGraphs.Make("dense");
        QuantizeResult q = graph.Quantize(new() { Rules = [new() { Match = "product2", Bits = 4 }] }, [data]);
        Assert.Equal([DType.Int8, DType.Int4, DType.Int8], WeightsOf(q.Graph).Select(w => w.Type));
        Assert.All(q.Layers.Where(l => l.Weight is not null), l => Assert.True(l.Weight!.SqnrDb > 10));
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void ONNX_Runtime_opens_the_file()
    {
        foreach (string name in (string[])["dense", "image"])
        {
            (Graph graph, Tensor data) = MethodGraphs.Make(name);
            QuantizeResult q = graph.Quantize(new() { Bits = 4 }, [data]);
            float[] expected = MethodGraphs.Run(q.Graph, data);
            foreach (PeerOptimization optimization in (PeerOptimization[])[PeerOptimization.Off, PeerOptimization.AllExact])
            {
                using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(OnnxModel.ToBytes(q.Graph), threads: 1, optimization);
                float[] theirs = session.Run(PeerTensor.Of<float>("x", Array.ConvertAll(data.Shape.ToArray(), d => (long)d), data.ToArray<float>()))[0].Values<float>().ToArray();
                float step = q.Layers[^1].Output!.Scale;
                Assert.True(expected.Zip(theirs, (p, r) => Math.Abs(p - r)).Max() <= 1.01f * step, $"{name} {optimization}");
            }
        }
    }

    private static IEnumerable<Tensor> WeightsOf(Graph graph) =>
        graph.Nodes.Where(n => n.Op is Conv or MatMul).Select(n => graph.ProducerOf(n.Inputs[1])!.Inputs[0].Constant!);

    private static string Text(Tensor codes) => string.Join(' ', codes.ToArray<sbyte>());
}
