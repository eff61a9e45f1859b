using Dyadic.Arithmetics;
using Dyadic.Core.Tests.Data;
using Dyadic.Data;
using Dyadic.Kernels;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Optim;

namespace Dyadic.Core.Tests.Arithmetics;

/// <summary>Networks with all their parts in integers: norms, embeddings, dropout, attention, recurrence, and every optimiser.</summary>
[Collection(nameof(GlobalMode))]
public class IntegerNetworkTests
{
    public static IEnumerable<object[]> All => from network in (string[])["resnet8", "encoder", "lstm"] from optimizer in (string[])["sgd", "nesterov", "adamw"] select new object[] { network, optimizer };

    [Theory, MemberData(nameof(All))]
    public void The_same_seed_gives_the_same_bytes_on_any_number_of_threads_and_after_a_checkpoint(string network, string optimizer)
    {
        byte[] whole = Trained(network, optimizer, stop: 0), again = Trained(network, optimizer, stop: 2);
        Assert.Equal(whole, again);
        ExecutionMode former = Door.Mode;
        try
        {
            foreach ((SimdWidth width, int threads) in new[] { (SimdWidth.V256, 1), (SimdWidth.V128, 2) })
            {
                Door.Mode = former with { Width = width, Threads = threads };
                Assert.Equal(whole, Trained(network, optimizer, stop: 0));
            }
        }
        finally
        {
            Door.Mode = former;
        }
    }

    // Twelve steps on one batch: of the way that float32's loss falls, int8's falls at least half.
    [Theory, MemberData(nameof(All))]
    public void The_loss_falls_as_in_float32(string network, string optimizer)
    {
        (double first, double plain) = Losses(Arithmetic.Float32);
        (_, double integer) = Losses(Arithmetic.Integer(8, seed: 5));
        Assert.InRange(plain, 0, 0.98 * first);
        Assert.InRange(integer, 0, (plain + first) / 2);

        (double First, double Last) Losses(Arithmetic arithmetic)
        {
            Module model = Network(network, dropout: 0);
            Optimizer update = Made(optimizer, model);
            (Tensor x, Tensor labels) = Batch(network, 0);
            double first = 0, last = 0;
            for (int step = 0; step < 12; step++)
            {
                last = Step(model, update, x, labels, arithmetic, step);
                if (step == 0) first = last;
            }
            return (first, last);
        }
    }

    // The mean over 24 seeds is as near to float32's gradient as 24 unbiased ones would be, V/24, but for a bias of second order: the noise passes through functions that bend.
    // And V falls by four a bit where these are smooth. A rectifier's slope jumps: a number that is rounded to 0 has none, which is a bias of less than the noise of one gradient.
    [Theory]
    [InlineData("resnet8", 1.5, 0.5)]
    [InlineData("encoder", 3.4, 2.0 / 24)]
    [InlineData("lstm", 3.4, 2.0 / 24)]
    public void Gradients_are_unbiased_and_their_variance_falls_with_the_bits(string network, double perBit, double share)
    {
        const int Seeds = 24;
        Module model = Network(network, dropout: 0);
        (Tensor x, Tensor labels) = Batch(network, 1);
        float[] exact = Gradient(Arithmetic.Float32);
        double norm = exact.Sum(v => (double)v * v);
        (double bias, double variance) = Statistics(12);
        Assert.InRange(variance, 0, 0.02);
        Assert.InRange(bias, 0, share * variance);
        (_, double fewer) = Statistics(10);
        Assert.InRange(Math.Sqrt(fewer / variance), perBit, 5);

        (double Bias, double Variance) Statistics(int bits)
        {
            double[] mean = new double[exact.Length];
            double variance = 0;
            for (ulong seed = 0; seed < Seeds; seed++)
            {
                float[] g = Gradient(Arithmetic.Integer(bits, seed));
                for (int i = 0; i < g.Length; i++)
                {
                    mean[i] += (double)g[i] / Seeds;
                    variance += ((double)g[i] - exact[i]) * ((double)g[i] - exact[i]) / Seeds / norm;
                }
            }
            return (mean.Select((m, i) => (m - exact[i]) * (m - exact[i])).Sum() / norm, variance);
        }

        float[] Gradient(Arithmetic arithmetic)
        {
            using IDisposable scope = Arithmetic.Use(arithmetic);
            model.ZeroGrad();
            Dyadic.Nn.Losses.CrossEntropy(model.Forward(x), labels).Backward();
            return [.. model.Parameters().SelectMany(p => p.Grad!.ToArray<float>())];
        }
    }

    // What is promised of second derivatives: they are those of the noisy forward pass, right to the noise of the bits.
    [Theory]
    [InlineData(16, 0.01)]
    [InlineData(12, 0.1)]
    public void A_hessian_vector_product_is_right_to_the_noise_of_the_bits(int bits, double bound)
    {
        Rng rng = new(9);
        Sequential model = new(new Linear(10, 24, rng.Split("a")), new Lambda(t => t.Gelu()), new LayerNorm(24), new Linear(24, 24, rng.Split("b")), new Lambda(t => t.Tanh()), new Linear(24, 4, rng.Split("c")));
        Tensor x = Tensor.Normal(Shape.Of(32, 10), rng.Split("x")), labels = Tensor.Vector<long>([.. Enumerable.Range(0, 32).Select(i => (long)(i % 4))]);
        Tensor[] parameters = model.Parameters(), direction = [.. parameters.Select((p, i) => Tensor.Normal(p.Shape, rng.Split(i)))];
        float[] exact = Product(Arithmetic.Float32);
        double error = Enumerable.Range(0, 8).Average(seed => Product(Arithmetic.Integer(bits, (ulong)seed)).Zip(exact).Sum(p => ((double)p.First - p.Second) * ((double)p.First - p.Second)));
        Assert.InRange(Math.Sqrt(error / exact.Sum(v => (double)v * v)), 1e-7, bound);

        float[] Product(Arithmetic arithmetic)
        {
            using IDisposable scope = Arithmetic.Use(arithmetic);
            return [.. Autograd.HessianVectorProduct(Dyadic.Nn.Losses.CrossEntropy(model.Forward(x), labels), parameters, direction).SelectMany(t => t.ToArray<float>())];
        }
    }

    // All bytes of model and optimiser after four steps; between step and step + 1 everything goes through a file where there is a stop.
    private static byte[] Trained(string network, string optimizer, int stop)
    {
        using Folder folder = new();
        Arithmetic arithmetic = Arithmetic.Integer(8, seed: 7);
        Module model = Network(network, dropout: 0.2f);
        Optimizer update = Made(optimizer, model);
        for (int step = 0; step < 4; step++)
        {
            if (stop > 0 && step == stop)
            {
                string path = folder.At("checkpoint.safetensors");
                SafeTensors.Write(path, State(model, update));
                IReadOnlyDictionary<string, Tensor> saved = SafeTensors.Read(path).Tensors;
                (arithmetic, model) = (Arithmetic.Integer(8, seed: 7), Network(network, dropout: 0.2f));
                model.LoadState(Group("model/"));
                update = Made(optimizer, model);
                update.LoadState(Group("update/"));

                Dictionary<string, Tensor> Group(string prefix) => saved.Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(s => s.Key[prefix.Length..], s => s.Value);
            }
            (Tensor x, Tensor labels) = Batch(network, step);
            Step(model, update, x, labels, arithmetic, step);
        }
        string end = folder.At("end.safetensors");
        SafeTensors.Write(end, State(model, update));
        return File.ReadAllBytes(end);
    }

    private static Dictionary<string, Tensor> State(Module model, Optimizer update) =>
        model.State().Select(s => ("model/" + s.Name, s.Tensor)).Concat(update.State().Select(s => ("update/" + s.Name, s.Tensor))).ToDictionary();

    private static double Step(Module model, Optimizer update, Tensor x, Tensor labels, Arithmetic arithmetic, int step)
    {
        arithmetic.BeginStep(step);
        using IDisposable scope = Arithmetic.Use(arithmetic);
        Tensor loss = Dyadic.Nn.Losses.CrossEntropy(model.Forward(x), labels);
        model.ZeroGrad();
        loss.Backward();
        update.Step();
        return loss.Item<float>();
    }

    private static Module Network(string name, float dropout)
    {
        Rng rng = new(3);
        return name switch
        {
            "resnet8" => ResNet.ForSmallImages(8, 3, 4, rng, width: 8),
            "encoder" => new Sequential(
                new Embedding(20, 16, rng.Split("tokens"), padding: 0), new LearnedPositions(12, 16, rng.Split("positions")), new Dyadic.Nn.Dropout(dropout, rng.Split("dropout")),
                new TransformerEncoder(new(16, 2, 32) { Dropout = dropout, AttentionDropout = dropout, HiddenDropout = dropout, Activation = Activation.Gelu }, rng.Split("encoder")),
                new Lambda(t => t.ReduceMean([1])), new Linear(16, 4, rng.Split("head"))),
            _ => new Sequential(
                new Embedding(20, 12, rng.Split("tokens")), new Lstm(12, 16, rng.Split("lstm"), layers: 2, dropout: dropout), new Lambda(t => t.Slice(1, 7, 8).Flatten(1)),
                new Linear(16, 4, rng.Split("head"))),
        };
    }

    private static Optimizer Made(string name, Module model) => name switch
    {
        "sgd" => new Sgd(model.NamedParameters(), 0.1, 0.9, 1e-4),
        "nesterov" => new Sgd(model.NamedParameters(), 0.1, 0.9, 1e-4, nesterov: true),
        _ => new AdamW(model.NamedParameters(), 0.01),
    };

    private static (Tensor X, Tensor Labels) Batch(string network, int step)
    {
        Rng rng = new Rng(4).Split(step);
        Tensor labels = Tensor.Vector<long>([.. Enumerable.Range(0, 8).Select(i => (long)(i % 4))]);
        return (network == "resnet8" ? Tensor.Normal(Shape.Of(8, 3, 16, 16), rng) : Tensor.From<long>([.. Enumerable.Range(0, 64).Select(_ => (long)rng.NextInt(20))], Shape.Of(8, 8)), labels);
    }
}
