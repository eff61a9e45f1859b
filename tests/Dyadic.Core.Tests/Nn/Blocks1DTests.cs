using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Nn;

public sealed class Blocks1DTests
{
    [Fact]
    public void A_sequence_is_an_image_of_one_row_to_the_blocks()
    {
        // The same weights: a 3-tap filter along the sequence is the middle row of a 3×3 filter along an image of height 1.
        BasicBlock line = new(2, 4, 2, new Rng(1), rank: 1), plane = new(2, 4, 2, new Rng(1));
        foreach (((_, Tensor a), (_, Tensor b)) in line.State().Zip(plane.State()))
        {
            if (a.Rank == 3 && a.Shape[2] == 3) b.CopyFrom(a.Unsqueeze(2).Pad([0, 0, 1, 0, 0, 0, 1, 0]));
            else b.CopyFrom(a.Rank == 3 ? a.Unsqueeze(2) : a);
        }
        Tensor x = Tensor.Normal(Shape.Of(3, 2, 10), new Rng(2));
        float[] actual = line.Forward(x).ToArray<float>(), expected = plane.Forward(x.Unsqueeze(2)).ToArray<float>();
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-5f));
    }

    [Fact]
    public void A_block_convolves_normalises_and_pools()
    {
        ConvBlock1D block = new(3, 8, 5, new Rng(1), pool: 2);
        Tensor y = block.Forward(Tensor.Normal(Shape.Of(2, 3, 12), new Rng(2)));
        Assert.Equal([2, 8, 6], y.Shape);
        Assert.All(y.ToArray<float>(), v => Assert.True(v >= 0));
        Assert.Equal([2, 8, 4], new ConvBlock1D(3, 8, 3, new Rng(1), stride: 3).Forward(Tensor.Zeros(Shape.Of(2, 3, 12))).Shape);
    }

    [Fact]
    public void A_filter_bank_finds_its_pattern_anywhere()
    {
        FilterBank1D bank = new(1, 1, [2, 3], new Rng(1), relu: false);
        Tensor[] filters = [.. bank.NamedParameters().Where(p => p.Tensor.Rank == 3).Select(p => p.Tensor)];
        filters[0].CopyFrom(Tensor.From<float>([1f, -1], Shape.Of(1, 1, 2)));
        filters[1].CopyFrom(Tensor.From<float>([1f, 2, 1], Shape.Of(1, 1, 3)));
        Tensor y = bank.Forward(Tensor.From<float>([0f, 1, 3, 2, 0, -5], Shape.Of(1, 1, 6)));
        Assert.Equal([5f, 9], y.ToArray<float>());                      // 0 − (−5); 1 + 2·3 + 2
        Assert.Throws<ShapeException>(() => bank.Forward(Tensor.Zeros(Shape.Of(1, 1, 2))));
        Assert.Throws<ArgumentException>(() => new FilterBank1D(1, 1, [], new Rng(1)));
    }
}
