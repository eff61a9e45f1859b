using Dyadic.Lowering;
using Dyadic.Runtime;
using Dyadic.Testing;
using Xunit.Abstractions;

namespace Dyadic.Compression.Tests.EndToEnd;

/// <summary>What the embedded network gets right, in float32 and in integers, and what its integers weigh.</summary>
public class AccuracyTests(ITestOutputHelper output)
{
    [FixtureFact(Fixture.FashionMnist)]
    public void The_float_network_gets_at_least_92_5_percent_of_10_000_test_images()
    {
        double accuracy = FashionModel.Test.Accuracy(Scores(FashionModel.Test));
        output.WriteLine($"float {accuracy:P2} of {FashionModel.Test.Count}");
        Assert.Equal(10_000, FashionModel.Test.Count);
        Assert.InRange(accuracy, 0.925, 0.99);
    }

    [Fact]
    public void The_float_network_gets_at_least_92_5_percent_of_the_embedded_sample() =>
        Assert.InRange(FashionModel.Sample.Accuracy(Scores(FashionModel.Sample)), 0.925, 0.99);

    [FixtureFact(Fixture.FashionMnist)]
    public void Integers_stay_within_0_3_points_of_float_on_10_000_test_images()
    {
        FashionImages images = FashionModel.Test;
        double real = images.Accuracy(Scores(images)), integer = images.Accuracy(Codes(images));
        output.WriteLine($"float {real:P2}, integer {integer:P2}");
        Assert.InRange(integer, real - 0.003, 1);
    }

    [Fact]
    public void Integers_stay_close_to_float_on_the_embedded_sample()
    {
        FashionImages images = FashionModel.Sample;
        double real = images.Accuracy(Scores(images)), integer = images.Accuracy(Codes(images));
        Assert.True(integer >= real - 0.006, $"float {real:P2}, integer {integer:P2}");        // 12 images of 2,000
    }

    [Fact]
    public void The_integer_file_is_at_most_0_30_of_the_float_file()
    {
        long real = new FileInfo(FashionModel.Path).Length;
        output.WriteLine($"{FashionModel.IntegerFile.Length} of {real} bytes, {(double)FashionModel.IntegerFile.Length / real:F4}");
        Assert.InRange(FashionModel.IntegerFile.Length, 1, 0.295 * real);
        Assert.True(FashionModel.IntegerPlan.IsInteger);
    }

    [Theory, Trait("speed", "slow")]
    [InlineData("gptq+bias-correction")]
    [InlineData("adaround+bias-correction")]
    public void Weights_of_four_bits_keep_what_a_method_saves(string methods)
    {
        FashionImages images = FashionModel.Sample;
        double real = images.Accuracy(Scores(images)), nearest = Accuracy(new()), chosen = Accuracy(new QuantizeConfig().WithMethods(methods));
        output.WriteLine($"float {real:P2}, nearest {nearest:P2}, {methods} {chosen:P2}");
        Assert.InRange(chosen, real - 0.015, 1);
        Assert.True(chosen > nearest + 0.02, $"nearest {nearest:P2}, {methods} {chosen:P2}");

        double Accuracy(QuantizeConfig config)
        {
            QuantizeResult result = FashionModel.Quantize(config with { Bits = 4, IntegerOnly = true, CalibrationSamples = 256 });
            sbyte[] scores = new sbyte[images.Count * FashionModel.Classes];
            new Session(result.Graph.Compile()).Run<byte, sbyte>(images.Codes, scores);
            return images.Accuracy(scores);
        }
    }

    private static float[] Scores(FashionImages images)
    {
        float[] scores = new float[images.Count * FashionModel.Classes];
        new Session(FashionModel.FloatPlan).Run<float, float>(images.Reals(0, images.Count), scores);
        return scores;
    }

    private static sbyte[] Codes(FashionImages images)
    {
        sbyte[] scores = new sbyte[images.Count * FashionModel.Classes];
        new Session(FashionModel.IntegerPlan).Run<byte, sbyte>(images.Codes, scores);
        return scores;
    }
}
