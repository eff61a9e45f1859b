using Dyadic.Arithmetics;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Nn;

/// <summary>The networks compute in every arithmetic: outputs stay near those of float32, and every parameter gets a finite gradient.</summary>
public sealed class NetworkArithmeticTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            TheoryData<string, string> cases = [];
            foreach (string network in (string[])["resnet20", "mobilenetv2", "encoder", "padded", "lstm", "gru", "bert", "vit"])
                foreach (string arithmetic in (string[])["int16", "int12", "e8m14", "mca:16:rr"]) cases.Add(network, arithmetic);
            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void A_network_computes_in_it(string network, string arithmetic)
    {
        double[] exact = Outputs(network, "float32", out _), actual = Outputs(network, arithmetic, out Module module);
        double error = Math.Sqrt(exact.Zip(actual, (a, b) => (a - b) * (a - b)).Sum() / exact.Sum(a => a * a));
        // Unrelated outputs are 1.4 apart. Twelve bits through the 50 normalised layers of MobileNetV2, over few values each, are the worst case.
        Assert.InRange(error, 0, arithmetic == "int12" ? 0.3 : 0.1);
        foreach ((string name, Tensor parameter) in module.NamedParameters())
        {
            if (parameter.Grad is null) Assert.StartsWith("pooler", name);
            else Assert.All(parameter.Grad.Cast(DType.Float32).ToArray<float>(), g => Assert.True(float.IsFinite(g), name));
        }
    }

    private static double[] Outputs(string network, string arithmetic, out Module module)
    {
        Rng rng = new(1);
        TransformerOptions options = new(8, 2, 16) { Layers = 2, Dropout = 0, AttentionDropout = 0, HiddenDropout = 0 };
        Tensor Normal(params int[] dims) => Tensor.Normal(Shape.Of(dims), rng.Split("x"));
        TransformerEncoder encoder = new(options, rng);
        (module, Func<Tensor> forward) = network switch
        {
            "resnet20" => Of(ResNet.ForSmallImages(20, 3, 4, rng, width: 4), Normal(8, 3, 16, 16)),
            "mobilenetv2" => Of(new MobileNetV2(3, 4, rng, width: 0.1, largeImages: false), Normal(8, 3, 16, 16)),
            "lstm" => Of(new Lstm(3, 4, rng, layers: 2, bidirectional: true), Normal(2, 4, 3)),
            "gru" => Of(new Gru(3, 4, rng), Normal(2, 4, 3)),
            "bert" => Of(new Bert(BertOptions.Of(10, 8, 2, 2, positions: 4, dropout: 0), rng), Tensor.From<long>([1, 2, 3, 4, 9, 8, 7, 6], Shape.Of(2, 4))),
            "vit" => Of(new VitForClassification(new() { ImageSize = 4, Patch = 2, Encoder = options with { PreNorm = true } }, 3, rng), Normal(2, 3, 4, 4)),
            "encoder" => Of(encoder, Normal(2, 4, 8)),
            _ => ((Module)encoder, () => encoder.Forward(Normal(2, 4, 8), AttentionMask.OfKeys(Tensor.From<long>([1, 1, 1, 0, 1, 1, 0, 0], Shape.Of(2, 4))), causal: true)),
        };
        using IDisposable use = Arithmetic.Use(Arithmetic.Parse(arithmetic));
        Tensor y = forward();
        (y * Tensor.Normal(y.Shape, rng.Split("dy"))).ReduceSum().Backward();
        return y.Cast(DType.Float64).ToArray<double>();

        static (Module, Func<Tensor>) Of(Module module, Tensor x) => (module, () => module.Forward(x));
    }
}
