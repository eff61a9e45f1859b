using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Ops;

public sealed class EinsumTests
{
    private static readonly Dictionary<char, int> Sizes = new() { ['a'] = 2, ['b'] = 3, ['c'] = 4, ['d'] = 5, ['e'] = 2 };

    [Theory]
    [InlineData("a->a")]
    [InlineData("ab->ba")]
    [InlineData("ab->")]
    [InlineData("ab")]
    [InlineData("ba")]
    [InlineData("aa->a")]
    [InlineData("aba->b")]
    [InlineData("aaa->")]
    [InlineData("a,a->")]
    [InlineData("a,b->ab")]
    [InlineData("ab,bc->ac")]
    [InlineData("ab,bc")]
    [InlineData("abc,acd->abd")]
    [InlineData("abc,abc->c")]
    [InlineData("abcd,cbe->eda")]
    [InlineData("abc,cd,de->ace")]
    [InlineData("ab,ab,ab->a")]
    [InlineData("abc,db->ad")]
    [InlineData("ad,c,d->ca")]
    public void It_is_the_sum_over_all_indices(string equation)
    {
        string[] sides = equation.Split("->"), terms = sides[0].Split(',');
        Rng rng = new(1);
        Tensor[] operands = [.. terms.Select(t => Tensor.Uniform(Shape.Of([.. t.Select(c => Sizes[c])]), rng, -1, 1).Cast(DType.Float64))];
        string all = string.Concat(string.Concat(terms).Distinct().Order()), joined = string.Concat(terms);
        string result = sides.Length == 2 ? sides[1] : string.Concat(all.Where(c => joined.Count(x => x == c) == 1));
        double[] wanted = new double[result.Aggregate(1, (n, c) => n * Sizes[c])];
        for (int i = 0; i < all.Aggregate(1, (n, c) => n * Sizes[c]); i++)
        {
            Dictionary<char, int> at = [];
            int rest = i;
            foreach (char c in all) (at[c], rest) = (rest % Sizes[c], rest / Sizes[c]);
            double product = 1;
            for (int t = 0; t < terms.Length; t++) product *= operands[t].ToArray<double>()[Place(terms[t], at)];
            wanted[Place(result, at)] += product;
        }
        Tensor y = Tensor.Einsum(equation, operands);
        Assert.Equal(result.Select(c => Sizes[c]), y.Shape.ToArray());
        Assert.Equal(wanted, y.ToArray<double>(), (p, q) => Math.Abs(p - q) < 1e-12);
    }

    private static int Place(string labels, Dictionary<char, int> at) => labels.Aggregate(0, (place, c) => (place * Sizes[c]) + at[c]);

    [Fact]
    public void Dots_broadcast()
    {
        Tensor a = Tensor.Uniform(Shape.Of(2, 1, 3, 4), new Rng(1), -1, 1), b = Tensor.Uniform(Shape.Of(5, 4, 2), new Rng(2), -1, 1);
        Assert.Equal(a.MatMul(b).ToArray<float>(), Tensor.Einsum("...ij,...jk->...ik", a, b).ToArray<float>());
        Assert.Equal([3, 2, 5, 2], Tensor.Einsum("...ij,...jk->i...k", a, b).Shape.ToArray());
        Assert.Equal(a.Transpose(2, 3).ToArray<float>(), Tensor.Einsum("...ij->...ji", a).ToArray<float>());
    }

    [Fact]
    public void It_has_gradients()
    {
        Tensor a = Tensor.Uniform(Shape.Of(3, 4), new Rng(1), -1, 1), b = Tensor.Uniform(Shape.Of(4, 2), new Rng(2), -1, 1);
        (a.RequiresGrad, b.RequiresGrad) = (true, true);
        Tensor.Einsum("ij,jk->", a, b).Backward();
        Assert.Equal(b.Detach().ReduceSum([1]).Expand(Shape.Of(3, 4)).ToArray<float>(), a.Grad!.ToArray<float>(), (p, q) => Math.Abs(p - q) < 1e-5);
    }

    [Theory]
    [InlineData("ab->c", "axis 'c'")]
    [InlineData("ab->aa", "twice")]
    [InlineData("a->b->c", "2 arrows")]
    [InlineData("a1->a", "letters")]
    [InlineData("abc->a", "rank 2")]
    [InlineData("ab,b->a", "2 terms")]
    public void A_wrong_equation_is_named(string equation, string part) =>
        Assert.Contains(part, Assert.Throws<ArgumentException>(() => Tensor.Einsum(equation, Tensor.Ones(Shape.Of(2, 3)))).Message);
}
