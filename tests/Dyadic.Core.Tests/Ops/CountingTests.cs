using Dyadic.Arithmetics;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Ops;

/// <summary>Ops whose sizes depend on the data, against plain loops.</summary>
public sealed class CountingTests
{
    [Fact]
    public void NonZero_lists_the_places_in_row_major_order()
    {
        Rng rng = new(1);
        int[] values = [.. Enumerable.Range(0, 3 * 4 * 5).Select(_ => rng.NextInt(3))];
        Tensor x = Tensor.From(values, Shape.Of(3, 4, 5));
        long[] wanted = [.. Enumerable.Range(0, 3).SelectMany(axis => Enumerable.Range(0, values.Length).Where(i => values[i] != 0).Select(i => (long)(axis == 0 ? i / 20 : axis == 1 ? i / 5 % 4 : i % 5)))];
        Tensor places = x.NonZero();
        Assert.Equal(wanted, places.ToArray<long>());
        Assert.Equal([3, wanted.Length / 3], places.Shape.ToArray());
        Assert.Equal([1, 0], Tensor.Zeros(Shape.Of(4)).NonZero().Shape.ToArray());
        Assert.Equal([0, 1], Tensor.Scalar(3).NonZero().Shape.ToArray());
        Assert.Equal(2, Tensor.Vector(0f, float.NaN, -1f, -0f).NonZero().Length);
    }

    [Fact]
    public void Compress_keeps_what_a_condition_names()
    {
        Tensor x = Tensor.From<int>([1, 2, 3, 4, 5, 6], Shape.Of(2, 3)), some = Tensor.From([true, false, true], Shape.Of(3));
        Assert.Equal([1, 3, 4, 6], x.Compress(some, 1).ToArray<int>());
        Assert.Equal([1, 3, 4, 6], x.Compress(some, -1).ToArray<int>());
        Assert.Equal([1, 3], x.Compress(some).ToArray<int>());
        Assert.Equal([4, 5, 6], x.Compress(Tensor.From([false, true], Shape.Of(2)), 0).ToArray<int>());
        Assert.Equal([2, 0], x.Compress(Tensor.From([false], Shape.Of(1)), 1).Shape.ToArray());
        Assert.Contains("3 conditions", Assert.Throws<ShapeException>(() => x.Compress(some, 0)).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Unique_elements_are_those_of_a_dictionary(bool sorted)
    {
        Rng rng = new(2);
        long[] values = [.. Enumerable.Range(0, 200).Select(_ => rng.NextInt(40) - 20L + (1L << 60))];      // beyond what float64 tells apart
        (Tensor y, Tensor first, Tensor inverse, Tensor counts) = Tensor.Vector(values).Unique(sorted: sorted);
        long[] wanted = [.. values.Distinct()];
        if (sorted) Array.Sort(wanted);
        Assert.Equal(wanted, y.ToArray<long>());
        Assert.Equal(wanted.Select(v => (long)Array.IndexOf(values, v)), first.ToArray<long>());
        Assert.Equal(values, inverse.ToArray<long>().Select(i => wanted[i]));
        Assert.Equal(wanted.Select(v => (long)values.Count(x => x == v)), counts.ToArray<long>());
    }

    [Fact]
    public void Unique_rows_and_columns()
    {
        Tensor x = Tensor.From<float>([2, 1, 1, 2, 3, 1, 2, 1, 1], Shape.Of(3, 3));
        Assert.Equal([2f, 1, 1, 2, 3, 1], x.Unique(0).Values.ToArray<float>());
        Assert.Equal([0L, 1, 0], x.Unique(0).Inverse.ToArray<long>());
        Assert.Equal([1f, 1, 2, 1, 3, 2, 1, 1, 2], x.Unique(1).Values.ToArray<float>());
        Assert.Equal([2L, 1, 0], x.Unique(1).First.ToArray<long>());
    }

    [Fact]
    public void The_best_of_many_are_those_of_a_sort()
    {
        Rng rng = new(3);
        foreach (int n in (int[])[1, 2, 7, 64, 500])
        {
            float[] values = [.. Enumerable.Range(0, n).Select(_ => (float)rng.NextInt(n / 2 + 1))];     // with ties
            foreach (int k in (int[])[0, 1, n / 2, n])
            {
                foreach (bool largest in (bool[])[true, false])
                {
                    int[] order = [.. largest ? Enumerable.Range(0, n).OrderByDescending(i => values[i]) : Enumerable.Range(0, n).OrderBy(i => values[i])];
                    (Tensor best, Tensor places) = Tensor.Vector(values).TopK(k, 0, largest);
                    Assert.Equal(order[..k].Select(i => (long)i), places.ToArray<long>());
                    Assert.Equal(order[..k].Select(i => values[i]), best.ToArray<float>());
                }
            }
        }
        Assert.Equal([1L, 3, 0], Tensor.Vector(1f, float.NaN, 0f, float.PositiveInfinity).TopK(3).Indices.ToArray<long>());
        Assert.Contains("no 5 elements", Assert.Throws<ShapeException>(() => Tensor.Vector(1f, 2f).TopK(5)).Message);
    }

    [Fact]
    public void A_range_ends_before_its_limit()
    {
        Assert.Equal([1, 4, 7], Of(1, 10, 3).ToArray<int>());
        Assert.Equal([10, 6], Of(10, 4, -4).ToArray<int>());
        Assert.Empty(Of(3, 3, 1).ToArray<int>());
        Assert.Empty(Of(3, 9, -1).ToArray<int>());
        Assert.Equal([0f, 0.5f, 1f], Door.Run(new Arange("n"), Tensor.Scalar(0), Tensor.Scalar(1.25), Tensor.Scalar(0.5))[0].ToArray<float>());
        Assert.Throws<ShapeException>(() => Of(0, 10, 0));

        static Tensor Of(int start, int limit, int delta) => Door.Run(new Arange("n"), Int(start), Int(limit), Int(delta))[0];
        static Tensor Int(int value) => Tensor.From([value], Shape.Scalar);
    }

    [Fact]
    public void A_determinant_is_the_sum_over_permutations()
    {
        Tensor x = Tensor.Uniform(Shape.Of(5, 3, 3), new Rng(4), -2, 2);
        float[] a = x.ToArray<float>(), det = x.Det().ToArray<float>();
        for (int i = 0; i < 5; i++)
        {
            double At(int r, int c) => a[(i * 9) + (r * 3) + c];
            double wanted = (At(0, 0) * ((At(1, 1) * At(2, 2)) - (At(1, 2) * At(2, 1)))) - (At(0, 1) * ((At(1, 0) * At(2, 2)) - (At(1, 2) * At(2, 0))))
                + (At(0, 2) * ((At(1, 0) * At(2, 1)) - (At(1, 1) * At(2, 0))));
            Assert.Equal(wanted, det[i], 1e-5);
        }
        Assert.Equal(0, Tensor.From<double>([1, 2, 2, 4], Shape.Of(2, 2)).Det().Item<double>());
        Assert.Equal(1, Tensor.Zeros(Shape.Of(0, 0), DType.Float64).Det().Item<double>());
    }

    [Fact]
    public void N_grams_are_counted_with_gaps()
    {
        // Single items 5 and 6; pairs 5-6 and 6-5. In 5 6 5 7 6: 5 twice, 6 twice; 5-6 at no gap once, at gap 1 none … (5,7,6: once), 6-5 once.
        NGramCount op = new([5, 6, 5, 6, 6, 5], [0, 2], [0, 1, 2, 4], 1, 2, 1);
        Tensor x = Tensor.From<long>([5, 6, 5, 7, 6], Shape.Of(5));
        Assert.Equal([2f, 2, 2, 0, 1], x.Apply(op).ToArray<float>());
        Assert.Equal([2f, 2, 1, 0, 1], x.Apply(op with { MaxSkip = 0 }).ToArray<float>());
        Assert.Equal([0f, 0, 2, 0, 1], x.Apply(op with { MinLength = 2 }).ToArray<float>());
        Assert.Equal([1, 5], x.Reshape(1, 5).Apply(op).Shape.ToArray());
    }
}
