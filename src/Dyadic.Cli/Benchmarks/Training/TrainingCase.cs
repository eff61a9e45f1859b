using Dyadic.Nn;
using Dyadic.Numerics;
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

    /// <summary>All of them.</summary>
    public static IReadOnlyList<TrainingCase> All { get; } =
    [
        new("mlp", "784-256-10 with ReLU, 64 samples", Sgd,
            rng => new Sequential(new Linear(784, 256, rng.Split("hidden")), new Relu(), new Linear(256, Classes, rng.Split("head"))), Shape.Of(64, 784), Momentum),
        new("resnet20", "ResNet-20 for 3×32×32 images, 128 samples", Sgd, ResNet20, Shape.Of(128, 3, 32, 32), Momentum),
    ];

    /// <summary>Samples of a batch.</summary>
    public int Batch => Inputs[0].Size;

    /// <summary>A batch: standard normal inputs and uniform labels.</summary>
    public (Tensor Inputs, Tensor Labels) Data(Rng rng)
    {
        Rng labels = rng.Split("labels");
        return (Tensor.Normal(Inputs, rng.Split("inputs")), Tensor.Vector<long>([.. Enumerable.Range(0, Batch).Select(_ => (long)labels.NextInt(Classes))]));
    }

    private static Optimizer Momentum(Module network) => new Sgd(network.NamedParameters(), learningRate: 0.1, momentum: 0.9);

    // He et al. 2016, §4.2 with n = 3.
    private static Sequential ResNet20(Rng rng)
    {
        const int Width = 16, Blocks = 3;
        List<Module> layers = [new ConvBatchNorm(3, Width, 3, 1, rng.Split("stem")), new Relu()];
        int channels = Width;
        foreach (int outs in new[] { Width, 2 * Width, 4 * Width })
            for (int block = 0; block < Blocks; block++)
            {
                layers.Add(new BasicBlock(channels, outs, channels == outs ? 1 : 2, rng.Split($"{outs}.{block}")));
                channels = outs;
            }
        return new Sequential([.. layers, new GlobalAveragePool2D(), new Flatten(), new Linear(channels, Classes, rng.Split("head"))]);
    }
}
