using System.Runtime.CompilerServices;
using Dyadic.Compression.Calibration;
using Dyadic.Ir;
using Dyadic.Numerics;

namespace Dyadic.Compression.Tests.Calibration;

/// <summary>What calibration holds does not grow with the data.</summary>
public class CalibrationMemoryTests
{
    private const int Batches = 60, Size = 4;

    // Batches are dead as soon as the next but one is asked for, those of the report's samples excepted.
    [Theory]
    [InlineData(CalibrationMethod.MinMax)]
    [InlineData(CalibrationMethod.MovingAverage)]
    [InlineData(CalibrationMethod.Percentile)]
    [InlineData(CalibrationMethod.Mse)]
    [InlineData(CalibrationMethod.Entropy)]
    public void Batches_are_let_go(CalibrationMethod calibrator)
    {
        (Graph graph, _) = MethodGraphs.Make("image");
        List<WeakReference> given = [];
        int most = 0;
        graph.Quantize(new() { Calibrator = calibrator, ReportSamples = Size, CalibrationSamples = Batches * Size }, Stream(given, alive => most = Math.Max(most, alive)));
        Assert.Equal(Batches, given.Count);
        Assert.InRange(most, 1, 4);      // of the report, the last two and the one that is made
    }

    [Fact]
    public void A_histogram_has_a_ceiling()
    {
        Rng rng = new(3);
        Histogram histogram = new();
        for (int i = 0; i < 200; i++)
        {
            histogram.Add(Tensor.Normal(Shape.Of(500), rng, 0, MathF.Pow(10, i % 30 - 15)).ToArray<float>());
            Assert.True(histogram.Bins * (sizeof(long) + sizeof(double)) <= Histogram.MostBytes);
        }
        Assert.Equal(100_000, histogram.Count);
        Assert.Equal(65_536, Histogram.MostBytes);       // as the guide says
    }

    private static IEnumerable<IReadOnlyDictionary<string, Tensor>> Stream(List<WeakReference> given, Action<int> alive)
    {
        for (int i = 0; i < Batches; i++)
        {
            if (i % 10 == 9)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                GC.Collect();
                alive(given.Count(r => r.IsAlive));
            }
            yield return Make(given, (ulong)i);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Dictionary<string, Tensor> Make(List<WeakReference> given, ulong seed)
    {
        Tensor batch = Tensor.Uniform(Shape.Of(Size, 4, 7, 6), new Rng(seed));
        given.Add(new(batch));
        return new() { ["x"] = batch };
    }
}
