using Dyadic.Ir;

namespace Dyadic.Core.Tests.Ir;

public class NearNamesTests
{
    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("", "abc", 3)]
    [InlineData("conv", "conv", 0)]
    public void Distances_count_edits(string a, string b, int distance)
    {
        Assert.Equal(distance, NearNames.Distance(a, b));
        Assert.Equal(distance, NearNames.Distance(b, a));
    }

    [Theory]
    [InlineData("ffn", "encoder/3/ffn/MatMul", 0)]
    [InlineData("fnn", "encoder/3/ffn/MatMul", 1)]
    [InlineData("abc", "", 3)]
    [InlineData("", "abc", 0)]
    public void A_part_is_near_to_what_contains_it(string part, string text, int distance) => Assert.Equal(distance, NearNames.DistanceWithin(part, text));

    [Fact]
    public void The_nearest_come_first_short_ones_before_long_ones() =>
        Assert.Equal(["conv1", "block/conv1/bias", "pool"], NearNames.Nearest("conv1", ["pool", "block/conv1/bias", "conv1", "softmax_of_all"], 3));
}
