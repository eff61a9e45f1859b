using Dyadic.Arithmetics;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Ops;

/// <summary>What only happens in training: values that stay channels-last, gradients summed in place and given back.</summary>
public sealed class TrainingPathTests
{
    [Fact]
    public void Batch_norm_channels_last_is_batch_norm()
    {
        Rng rng = new(5);
        Tensor last = Leaf(Tensor.Normal(Shape.Of(4, 5, 6, 19), rng).FromPixels()), first = Leaf(last.Contiguous().Detach());
        Tensor scale = Leaf(Tensor.Uniform(Shape.Of(19), rng.Split("s"), 0.5f, 2)), bias = Leaf(Tensor.Uniform(Shape.Of(19), rng.Split("b"), -1, 1)), weights = Tensor.Normal(last.Shape, rng.Split("w"));
        Tensor?[] expected = Run(first), gradients = Run(last);
        for (int i = 0; i < expected.Length; i++) Close(expected[i]!, gradients[i]!, 1e-5f);

        Tensor?[] Run(Tensor x)
        {
            (Tensor y, Tensor mean, Tensor variance) = x.BatchNormalizationTraining(scale, bias);
            return [y, mean, variance, .. Autograd.Gradient([(y * weights).ReduceSum()], [x, scale, bias])];
        }
    }

    [Fact]
    public void A_convolution_on_the_tape_stays_channels_last_and_has_the_bits_of_one_off_it()
    {
        Rng rng = new(6);
        Tensor x = Tensor.Normal(Shape.Of(3, 5, 9, 7), rng.Split("x")), w = Leaf(Tensor.Normal(Shape.Of(6, 5, 3, 3), rng.Split("w")));
        Tensor y = x.Conv(w, pads: [1, 1, 1, 1]), z = y.Relu() + y;
        Assert.True(y.IsChannelsLast && z.IsChannelsLast);
        using (Autograd.NoGrad())
        {
            Tensor off = x.Conv(w, pads: [1, 1, 1, 1]);
            Assert.True(off.IsContiguous);
            Assert.Equal(off.ToArray<float>(), y.ToArray<float>());
            Assert.Equal((off.Relu() + off).ToArray<float>(), z.ToArray<float>());
        }
        Assert.Equal(y.ToArray<float>(), y.ToPixels(Door.Mode).FromPixels().ToArray<float>());
    }

    [Fact]
    public void Gradients_of_a_network_do_not_depend_on_threads_and_equal_those_made_of_tensor_ops()
    {
        Rng rng = new(7);
        ResNet network = ResNet.ForSmallImages(8, 3, 10, rng, width: 16, shortcut: Shortcut.Projection);
        Tensor x = Tensor.Normal(Shape.Of(5, 3, 12, 12), rng.Split("x")), labels = Tensor.Vector<long>(1, 2, 3, 4, 5);
        Tensor[] parameters = network.Parameters();
        Kernels.ExecutionMode former = Door.Mode;
        try
        {
            float[][] one = Backward(1), two = Backward(2);
            for (int i = 0; i < parameters.Length; i++) Assert.Equal(one[i], two[i]);
            Tensor?[] composed = Autograd.Gradient([Losses.CrossEntropy(network.Forward(x), labels)], parameters, createGraph: true);
            for (int i = 0; i < parameters.Length; i++) Close(composed[i]!, Tensor.From(one[i], parameters[i].Shape), 1e-3f);
        }
        finally
        {
            Door.Mode = former;
        }

        float[][] Backward(int threads)
        {
            Door.Mode = former with { Threads = threads };
            foreach (Tensor p in parameters) p.Grad = null;
            Losses.CrossEntropy(network.Forward(x), labels).Backward();
            return [.. parameters.Select(p => p.Grad!.ToArray<float>())];
        }
    }

    // y = (x + x)·x + reshape(x)·2 + x, weighted: gradients that share memory and meet in every way.
    [Fact]
    public void Gradients_that_share_memory_are_summed_rightly()
    {
        Rng rng = new(8);
        Tensor x = Leaf(Tensor.Normal(Shape.Of(4, 6), rng)), seed = Tensor.Normal(Shape.Of(4, 6), rng.Split("seed"));
        float[] before = seed.ToArray<float>();
        Tensor h = x + 0.0, y = ((h + h) * h) + (h.Reshape(Shape.Of(6, 4)).Reshape(Shape.Of(4, 6)) * 2.0) + h + h;
        y.Backward(seed);
        float[] g = x.Grad!.ToArray<float>(), v = x.ToArray<float>();
        for (int i = 0; i < g.Length; i++) Assert.Equal(before[i] * ((4 * v[i]) + 4), g[i], 1e-4f);       // d/dx 2x² + 4x
        Assert.Equal(before, seed.ToArray<float>());
    }

    [Fact]
    public void The_gradient_of_a_linear_layer_lies_as_its_weights()
    {
        Rng rng = new(9);
        Tensor x = Tensor.Normal(Shape.Of(3, 8, 20), rng.Split("x")), w = Leaf(Tensor.Normal(Shape.Of(32, 20), rng.Split("w")));
        Tensor seed = Tensor.Normal(Shape.Of(3, 8, 32), rng.Split("s"));
        Tensor gradient = Autograd.Gradient([x.Linear(w)], [w], outputGradients: [seed])[0]!;
        Assert.True(gradient.IsContiguous);
        Tensor expected = seed.Reshape(Shape.Of(24, 32)).Transpose().MatMul(x.Reshape(Shape.Of(24, 20)));
        Close(expected, gradient, 1e-5f);
    }

    private static Tensor Leaf(Tensor x)
    {
        x.RequiresGrad = true;
        return x;
    }

    private static void Close(Tensor expected, Tensor actual, float tolerance)
    {
        float[] e = expected.ToArray<float>(), a = actual.ToArray<float>();
        float scale = Math.Max(1, e.Max(Math.Abs));
        for (int i = 0; i < e.Length; i++) Assert.InRange(a[i], e[i] - (tolerance * scale), e[i] + (tolerance * scale));
    }
}
