namespace Dyadic.Testing;

public static partial class OpCases
{
    private static partial IEnumerable<OpCase> Elementwise()
    {
        yield return new(new Dyadic.Ops.Add(), rng => [Uniform(rng, -2, 2, 3, 4), Uniform(rng, -2, 2, 3, 4)]);
    }
}
