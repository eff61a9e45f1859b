using System.Globalization;
using Dyadic.Testing;

namespace Dyadic.Recipes.Tests;

/// <summary>Every recipe runs at its quick size, says the same twice, and finds what does not take training to see.</summary>
[Trait("speed", "slow")]
public class RecipeRunTests
{
    [FixtureFact(Fixture.FashionMnist)]
    public void Integer_training_learns_in_eight_bits_and_less_in_four()
    {
        RecipeResult result = Run("integer-training"), again = Run("integer-training");
        Assert.Equal(5, result.Claims.Count);
        double[] accuracy = [.. result.Tables[0].Rows.Select(r => double.Parse(r[1], CultureInfo.InvariantCulture))];
        Assert.InRange(accuracy[1], accuracy[0] - 5, accuracy[0] + 5);      // int8 beside float32
        Assert.True(accuracy[4] < accuracy[1]);                             // int4
        Assert.Equal(result.Tables[0].Rows.Select(r => (r[1], r[3])), again.Tables[0].Rows.Select(r => (r[1], r[3])));
    }

    [FixtureFact(Fixture.FashionMnist)]
    public void Each_bit_of_fine_tuning_divides_the_noise_of_gradients_by_four()
    {
        RecipeResult result = Run("integer-fine-tuning");
        Assert.Equal(6, result.Claims.Count);
        Assert.True(result.Claims[^1].Holds, result.Claims[^1].Ours);
        Assert.Equal(12, result.Tables[0].Rows.Count);
        Assert.Equal(["arithmetic", "same topic", "span", "images of new classes"], result.Tables[0].Columns);
    }

    [FixtureFact(Fixture.FashionMnist)]
    public void A_transformer_in_integers_answers_as_its_float_twin()
    {
        RecipeResult result = Run("i-bert"), again = Run("i-bert");
        Assert.Equal(8, result.Claims.Count);
        foreach (int claim in (int[])[0, 1]) Assert.True(result.Claims[claim].Holds, $"{result.Claims[claim].Statement}: {result.Claims[claim].Ours}");
        double[] accuracy = [.. result.Tables[0].Rows.Select(r => double.Parse(r[1], CultureInfo.InvariantCulture))];
        Assert.True(accuracy[0] > 40);
        Assert.All(accuracy[1..4], a => Assert.InRange(a, accuracy[0] - 3, accuracy[0] + 3));
        Assert.Equal(result.Tables[0].Rows.Select(r => r[1]), again.Tables[0].Rows.Select(r => r[1]));
    }

    [Fact]
    public void Numerical_stability_counts_the_digits_that_the_precision_leaves()
    {
        RecipeResult result = Run("numerical-stability");
        Assert.Equal(7, result.Claims.Count);
        foreach (int claim in (int[])[1, 2, 6]) Assert.True(result.Claims[claim].Holds, $"{result.Claims[claim].Statement}: {result.Claims[claim].Ours}");
    }

    private static RecipeResult Run(string name) => RecipeCatalog.Find(name).Run(new(quick: true));
}
