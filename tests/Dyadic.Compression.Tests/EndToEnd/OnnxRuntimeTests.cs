using System.Globalization;
using Dyadic.Cli.Peers;
using Dyadic.Lowering;
using Dyadic.Onnx;
using Dyadic.Runtime;
using Dyadic.Testing;
using Xunit.Abstractions;

namespace Dyadic.Compression.Tests.EndToEnd;

/// <summary>What ONNX Runtime makes of the exported files.</summary>
public class OnnxRuntimeTests(ITestOutputHelper output)
{
    private const int Batch = 250;

    [FixtureTheory(Fixture.OnnxRuntime)]
    [InlineData(PeerOptimization.Off)]
    [InlineData(PeerOptimization.All)]
    public void The_float_file_gives_the_same_scores(PeerOptimization optimization)
    {
        const int count = 512;
        float[] images = FashionModel.Sample.Reals(0, count), ours = new float[count * FashionModel.Classes];
        new Session(FashionModel.FloatPlan).Run<float, float>(images, ours);
        float[] theirs = Theirs<float, float>(OnnxModel.ToBytes(FashionModel.Float), optimization, images);
        float most = ours.Zip(theirs, (a, b) => Math.Abs(a - b)).Max();
        output.WriteLine($"{optimization}: largest difference {most}");
        Assert.InRange(most, 0, 1e-4f);
    }

    // Its integer kernels, with products that do not saturate, are what the strict bound is for. Its default on processors without VNNI sums pairs
    // of products in 16 bits: 75 % of the codes differ there, by up to 29 units. Without optimisation it computes in float32, whose sums fall on the
    // other side of a tie now and then: 0.15 % to 0.4 % differ, as the calibrated scales fall, while our codes are those of the exact values (ExactValueTests).
    public static TheoryData<PeerOptimization, double> Bounds => new() { { PeerOptimization.AllExact, 0.001 }, { PeerOptimization.Off, 0.005 } };

    [Trait("speed", "slow")]
    [FixtureTheory(Fixture.OnnxRuntime), MemberData(nameof(Bounds))]
    public void The_integer_file_gives_the_same_codes(PeerOptimization optimization, double mostDiffering)
    {
        FashionImages images = FashionModel.Images;
        sbyte[] ours = new sbyte[images.Count * FashionModel.Classes];
        new Session(FashionModel.IntegerPlan).Run<byte, sbyte>(images.Codes, ours);
        sbyte[] theirs = Theirs<byte, sbyte>(FashionModel.IntegerFile, optimization, images.Codes);
        Compare(optimization, mostDiffering, images, ours, theirs, (a, b) => Math.Abs(a - b));
    }

    [Trait("speed", "slow")]
    [FixtureTheory(Fixture.OnnxRuntime), MemberData(nameof(Bounds))]
    public void The_file_with_float_inputs_and_outputs_gives_the_same_codes(PeerOptimization optimization, double mostDiffering)
    {
        FashionImages images = FashionModel.Images;
        float[] reals = images.Reals(0, images.Count), ours = new float[images.Count * FashionModel.Classes];
        byte[] file = OnnxModel.ToBytes(FashionModel.Mixed);
        new Session(OnnxModel.Import(file).Graph.Compile()).Run<float, float>(reals, ours);
        float[] theirs = Theirs<float, float>(file, optimization, reals);
        float unit = ours.Concat(theirs).Where(v => v != 0).Min(Math.Abs);                     // scores are multiples of the output's scale
        Compare(optimization, mostDiffering, images, ours, theirs, (a, b) => (int)MathF.Round(Math.Abs(a - b) / unit));
    }

    [FixtureFact(Fixture.OnnxRuntime)]
    public void Every_optimisation_opens_the_integer_file()
    {
        foreach (PeerOptimization optimization in Enum.GetValues<PeerOptimization>())
            Assert.Equal(20, Theirs<byte, sbyte>(FashionModel.IntegerFile, optimization, FashionModel.Sample.Codes[..(2 * FashionModel.Pixels)]).Length);
    }

    private void Compare<T>(PeerOptimization optimization, double mostDiffering, FashionImages images, T[] ours, T[] theirs, Func<T, T, int> units)
        where T : IComparable<T>
    {
        int[] apart = [.. ours.Zip(theirs, units)];
        double differ = (double)apart.Count(d => d != 0) / apart.Length;
        double same = (double)Enumerable.Range(0, images.Count).Count(i => FashionImages.Top<T>(ours, i) == FashionImages.Top<T>(theirs, i)) / images.Count;
        string figures = string.Create(CultureInfo.InvariantCulture,
            $"{optimization}: same top-1 {same:P3} of {images.Count}, largest difference {apart.Max()} units, {differ:P4} of values differ, accuracy {images.Accuracy(ours):P2} and {images.Accuracy(theirs):P2}");
        output.WriteLine(figures);
        Assert.True(same >= 0.999 && apart.Max() <= 1 && differ < mostDiffering, figures);
    }

    private static TOut[] Theirs<TIn, TOut>(byte[] file, PeerOptimization optimization, TIn[] images) where TIn : unmanaged where TOut : unmanaged
    {
        using OnnxRuntimeSession session = Fixtures.OnnxRuntime.OpenSession(file, threads: 2, optimization);
        int count = images.Length / FashionModel.Pixels;
        List<TOut> scores = new(count * FashionModel.Classes);
        for (int first = 0; first < count; first += Batch)
        {
            int n = Math.Min(Batch, count - first);
            PeerTensor[] y = session.Run(PeerTensor.Of<TIn>(session.Inputs[0].Name, [n, 1, 28, 28], images.AsSpan(first * FashionModel.Pixels, n * FashionModel.Pixels)));
            scores.AddRange(y[0].Values<TOut>());
        }
        return [.. scores];
    }
}
