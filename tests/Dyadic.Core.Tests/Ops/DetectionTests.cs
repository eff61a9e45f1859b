using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Core.Tests.Ops;

/// <summary>Reading planes at places, and choosing boxes: closed forms and properties.</summary>
public sealed class DetectionTests
{
    [Theory]
    [InlineData(ResizeMode.Nearest)]
    [InlineData(ResizeMode.Linear)]
    [InlineData(ResizeMode.Cubic)]
    public void The_grid_of_the_elements_themselves_gives_them_back(ResizeMode mode)
    {
        Tensor x = Tensor.Normal(Shape.Of(1, 2, 3, 5), new Rng(1));
        foreach (bool corners in (bool[])[false, true])
        {
            float Place(int i, int n) => corners ? (2f * i / (n - 1)) - 1 : (((2f * i) + 1) / n) - 1;
            float[] places = [.. Enumerable.Range(0, 15).SelectMany(p => (float[])[Place(p % 5, 5), Place(p / 5, 3)])];
            Tensor y = x.GridSample(Tensor.From(places, Shape.Of(1, 3, 5, 2)), new(mode, GridPadding.Border, corners));
            foreach ((float a, float b) in x.ToArray<float>().Zip(y.ToArray<float>())) Assert.InRange(Math.Abs(a - b), 0, 2e-6f);
        }
    }

    // Elements 0, 1, 2, 3 of one line, read at elements −5 … 8.
    [Theory]
    [InlineData(GridPadding.Zeros, false, new float[] { 0, 0, 0, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0, 0 })]
    [InlineData(GridPadding.Border, false, new float[] { 0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 3, 3, 3, 3 })]
    [InlineData(GridPadding.Reflection, false, new float[] { 3, 3, 2, 1, 0, 0, 1, 2, 3, 3, 2, 1, 0, 0 })]
    [InlineData(GridPadding.Reflection, true, new float[] { 1, 2, 3, 2, 1, 0, 1, 2, 3, 2, 1, 0, 1, 2 })]
    public void Beyond_the_edges_stands_what_the_padding_says(GridPadding padding, bool corners, float[] expected)
    {
        Tensor x = Tensor.From([0f, 1, 2, 3], Shape.Of(1, 1, 4));
        float[] places = [.. Enumerable.Range(-5, 14).Select(i => corners ? (2f * i / 3) - 1 : (((2f * i) + 1) / 4) - 1)];
        Tensor y = x.GridSample(Tensor.From(places, Shape.Of(1, places.Length, 1)), new(ResizeMode.Nearest, padding, corners));
        Assert.Equal(expected, y.ToArray<float>());
    }

    // The mean of a·i + b·j + c over points that lie evenly in a bin is its value in the middle.
    [Fact]
    public void A_bin_of_a_plane_that_rises_evenly_is_its_value_in_the_middle()
    {
        double[] plane = [.. Enumerable.Range(0, 80).Select(p => (0.3 * (p / 10)) - (0.7 * (p % 10)) + 2)];
        Tensor x = Tensor.From(plane, Shape.Of(1, 1, 8, 10)), region = Tensor.From([1.25, 0.5, 8, 6.5], Shape.Of(1, 4));
        foreach (int samples in (int[])[0, 1, 2, 5])
        {
            double[] y = x.RoiAlign(region, Tensor.Vector(0L), new(3, 4, samples)).ToArray<double>();
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 4; j++)
                {
                    double row = (0.5 + ((i + 0.5) * 6 / 3)) - 0.5, column = (1.25 + ((j + 0.5) * 6.75 / 4)) - 0.5;
                    Assert.InRange(Math.Abs(y[(i * 4) + j] - ((0.3 * row) - (0.7 * column) + 2)), 0, 1e-12);
                }
        }
    }

    [Fact]
    public void Regions_that_cannot_be_are_refused()
    {
        Tensor x = Tensor.Zeros(Shape.Of(1, 1, 4, 4));
        Assert.Contains("image 1, there are 1", Assert.Throws<ShapeException>(() => x.RoiAlign(Tensor.Zeros(Shape.Of(1, 4)), Tensor.Vector(1L), new(2, 2))).Message);
        Tensor huge = Tensor.From([0f, 0, 1e9f, 1e9f], Shape.Of(1, 4));
        Assert.Contains("at most 4096", Assert.Throws<Runtime.PlanException>(() => x.RoiAlign(huge, Tensor.Vector(0L), new(2, 2))).Message);
        Assert.Contains("as many p as s", Assert.Throws<ShapeException>(() => x.GridSample(Tensor.Zeros(Shape.Of(1, 2, 2, 3)))).Message);
    }

    // Chosen boxes do not overlap better ones; each that is left out overlaps a better one, or comes after the last that may be chosen.
    [Theory]
    [InlineData(0.5f, 100)]
    [InlineData(0.2f, 4)]
    [InlineData(0f, 3)]
    public void A_box_is_left_out_because_of_a_better_one_or_not_at_all(float overlap, int most)
    {
        Rng rng = new(4);
        const int Boxes = 40;
        float[] corners = [.. Enumerable.Range(0, 2 * Boxes).SelectMany(_ => (float[])[rng.NextSingle(), rng.NextSingle(), 1 + rng.NextSingle(), 1 + rng.NextSingle()])];
        float[] scores = [.. Enumerable.Range(0, 2 * 3 * Boxes).Select(_ => rng.NextSingle())];
        long[] chosen = Tensor.From(corners, Shape.Of(2, Boxes, 4)).NonMaxSuppression(Tensor.From(scores, Shape.Of(2, 3, Boxes)), most, overlap, 0.25f).ToArray<long>();
        Assert.Equal(chosen.Chunk(3).Select(c => (c[0] * 3) + c[1]).Order(), chosen.Chunk(3).Select(c => (c[0] * 3) + c[1]));
        for (int image = 0; image < 2; image++)
            for (int kind = 0; kind < 3; kind++)
            {
                int[] kept = [.. chosen.Chunk(3).Where(c => c[0] == image && c[1] == kind).Select(c => (int)c[2])];
                float Score(int b) => scores[(((image * 3) + kind) * Boxes) + b];
                Assert.True(kept.Length <= most);
                Assert.Equal(kept.OrderByDescending(Score), kept);
                for (int b = 0; b < Boxes; b++)
                {
                    bool blocked = kept.TakeWhile(k => k != b && Score(k) > Score(b)).Any(k => Overlap(image, k, b) > overlap);
                    bool late = kept.Length == most && Score(b) < Score(kept[^1]);
                    Assert.Equal(Score(b) > 0.25f && !blocked && !late, kept.Contains(b));
                }
            }

        double Overlap(int image, int a, int b)
        {
            ReadOnlySpan<float> p = corners.AsSpan(((image * Boxes) + a) * 4, 4), q = corners.AsSpan(((image * Boxes) + b) * 4, 4);
            float height = MathF.Min(p[2], q[2]) - MathF.Max(p[0], q[0]), width = MathF.Min(p[3], q[3]) - MathF.Max(p[1], q[1]);
            if (height <= 0 || width <= 0) return 0;
            float common = width * height;
            return common / (((p[3] - p[1]) * (p[2] - p[0])) + ((q[3] - q[1]) * (q[2] - q[0])) - common);
        }
    }

    [Fact]
    public void Boxes_with_equal_scores_come_in_their_order_and_empty_ones_overlap_nothing()
    {
        Tensor boxes = Tensor.From([0f, 0, 1, 1, 0, 0, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2], Shape.Of(1, 4, 4)), scores = Tensor.From([0.5f, 0.5f, 0.5f, 0.5f], Shape.Of(1, 1, 4));
        Assert.Equal([0L, 0, 0, 0, 0, 2, 0, 0, 3], boxes.NonMaxSuppression(scores, 10, 0.5f).ToArray<long>());
        Assert.Equal([0, 3], boxes.NonMaxSuppression(scores, 0, 0.5f).Shape.ToArray());
    }
}
