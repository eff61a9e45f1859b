using Dyadic.Nn;
using Dyadic.Numerics;

namespace Dyadic.Core.Tests.Nn.Models;

public sealed class ImageNetworkTests
{
    // Counts of the published networks (classifier with bias): He et al.'s Table 6 says 0.27 M for 20 layers and 0.85 M for 56.
    [Fact]
    public void The_networks_have_the_parameters_of_the_published_ones()
    {
        Rng rng = new(1);
        Assert.Equal(269_722, ResNet.ForSmallImages(20, 3, 10, rng).ParameterCount());
        Assert.Equal(853_018, ResNet.ForSmallImages(56, 3, 10, rng).ParameterCount());
        Assert.Equal(11_689_512, ResNet.ResNet18(3, 1000, rng).ParameterCount());
        Assert.Equal(3_504_872, new MobileNetV2(3, 1000, rng).ParameterCount());
        Assert.Equal(77_754, NetworkCatalog.Find("resnet8").Create(Shape.Of(1, 28, 28), 10, rng).ParameterCount());
    }

    [Fact]
    public void Sizes_halve_as_the_papers_say()
    {
        Assert.Equal([1, 16, 32, 32], SizeAfter(ResNet.ForSmallImages(20, 3, 10, new Rng(1)), 32, "stage1"));
        Assert.Equal([1, 64, 8, 8], SizeAfter(ResNet.ForSmallImages(20, 3, 10, new Rng(1)), 32, "stage3"));
        Assert.Equal([1, 32, 2, 2], SizeAfter(ResNet.ResNet18(3, 10, new Rng(1), width: 4), 64, "stage4"));
        Assert.Equal([1, 1280, 2, 2], SizeAfter(new MobileNetV2(3, 10, new Rng(1), width: 0.25), 64, "last"));
        Assert.Equal([1, 1280, 4, 4], SizeAfter(new MobileNetV2(3, 10, new Rng(1), width: 0.25, largeImages: false), 32, "last"));
    }

    [Fact]
    public void The_padded_identity_keeps_every_other_pixel_between_zero_channels()
    {
        BasicBlock block = new(1, 3, 2, new Rng(1), Shortcut.PaddedIdentity);
        foreach ((_, Tensor parameter) in block.NamedParameters()) parameter.CopyFrom(Tensor.Zeros(parameter.Shape));   // F = 0
        Tensor y = block.Forward(Tensor.From<float>([1f, 2, 3, 4, 5, 6, 7, 8, 9], Shape.Of(1, 1, 3, 3)));
        Assert.Equal([0f, 0, 0, 0, 1, 3, 7, 9, 0, 0, 0, 0], y.ToArray<float>());
        Assert.Throws<ArgumentException>(() => new BasicBlock(4, 2, 1, new Rng(1), Shortcut.PaddedIdentity));
        Assert.Contains("6n + 2", Assert.Throws<ArgumentException>(() => ResNet.ForSmallImages(18, 3, 10, new Rng(1))).Message);
    }

    [Fact]
    public void The_inverted_residual_adds_its_input_where_shapes_agree()
    {
        Tensor x = Tensor.Uniform(Shape.Of(2, 4, 5, 5), new Rng(3));
        InvertedResidual same = new(4, 4, 1, 6, new Rng(1)), other = new(4, 6, 1, 6, new Rng(1));
        foreach (InvertedResidual block in (InvertedResidual[])[same, other])
            foreach ((_, Tensor parameter) in block.NamedParameters()) parameter.CopyFrom(Tensor.Zeros(parameter.Shape));
        Assert.Equal(x.ToArray<float>(), same.Forward(x).ToArray<float>());
        Assert.All(other.Forward(x).ToArray<float>(), v => Assert.Equal(0, v));
    }

    // The size behind a part: pooled planes have one value for each of its pixels, which the graph shows.
    private static int[] SizeAfter(Module module, int side, string part)
    {
        Dyadic.Ir.Graph graph = Dyadic.Ir.ModuleTracing.Trace(module, Shape.Of(3, side, side));
        Dyadic.Ir.Node last = graph.Nodes.Last(n => n.Name.StartsWith(part, StringComparison.Ordinal) && n.Outputs[0].Shape.Rank == 4);
        return last.Outputs[0].Shape.With(0, 1).ToArray();
    }
}
