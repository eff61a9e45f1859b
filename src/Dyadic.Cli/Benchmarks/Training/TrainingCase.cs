using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Optim;

namespace Dyadic.Cli.Benchmarks.Training;

/// <summary>A network with a batch of random data and an optimiser: what a step of <c>bench train</c> trains.</summary>
/// <param name="Name">The name, which the peer's script knows too.</param>
/// <param name="Summary">Network and batch in words.</param>
/// <param name="Optimizer">The optimiser in words.</param>
/// <param name="Make">Makes the network.</param>
/// <param name="Inputs">Shape of a batch.</param>
/// <param name="Optimize">Makes the optimiser.</param>
internal sealed record TrainingCase(string Name, string Summary, string Optimizer, Func<Rng, Module> Make, Shape Inputs, Func<Module, Optimizer> Optimize)
{
    private const int Classes = 10;
    private const string Sgd = "SGD, rate 0.1, momentum 0.9";

    private const string Adam = "Adam, rate 0.001";
    private static readonly TransformerOptions Encoder = new(256, 4, 1024) { Layers = 4, Dropout = 0, AttentionDropout = 0, HiddenDropout = 0, Activation = Activation.Gelu };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TrainingCase> All { get; } =
    [
        new("mlp", "784-256-10 with ReLU, 64 samples", Sgd,
            rng => new Sequential(new Linear(784, 256, rng.Split("hidden")), new Nn.Relu(), new Linear(256, Classes, rng.Split("head"))), Shape.Of(64, 784), Momentum),
        new("resnet20", "ResNet-20 for 3×32×32 images, projections where shapes change, 128 samples", Sgd,
            rng => ResNet.ForSmallImages(20, 3, Classes, rng, shortcut: Shortcut.Projection), Shape.Of(128, 3, 32, 32), Momentum),
        new("encoder", "transformer encoder of 4 layers, d = 256, 4 heads, inner 1024, GELU, no dropout; 16 sequences of 128 vectors, their mean classified", Adam,
            rng => new Sequential(new TransformerEncoder(Encoder, rng.Split("encoder")), new Lambda(x => x.ReduceMean([1])), new Linear(Encoder.Features, Classes, rng.Split("head"))),
            Shape.Of(16, 128, Encoder.Features), AdaptiveMoments),
        new("lstm", "LSTM of 2 layers of 128; 32 sequences of 50 vectors of 128, the last state classified", Adam,
            rng => new Sequential(new Lstm(128, 128, rng.Split("lstm"), layers: 2), new Lambda(x => x.Select(1, x.Shape[1].Size - 1)), new Linear(128, Classes, rng.Split("head"))),
            Shape.Of(32, 50, 128), AdaptiveMoments),
    ];

    /// <summary>Samples of a batch.</summary>
    public int Batch => Inputs[0].Size;

    /// <summary>A batch: standard normal inputs and uniform labels.</summary>
    public (Tensor Inputs, Tensor Labels) Data(Rng rng)
    {
        Rng labels = rng.Split("labels");
        return (Tensor.Normal(Inputs, rng.Split("inputs")), Tensor.Vector<long>([.. Enumerable.Range(0, Batch).Select(_ => (long)labels.NextInt(Classes))]));
    }

    private static Optimizer Momentum(Module network) => new Optim.Sgd(network.NamedParameters(), learningRate: 0.1, momentum: 0.9);

    private static Optimizer AdaptiveMoments(Module network) => new Optim.Adam(network.NamedParameters(), learningRate: 1e-3);
}
