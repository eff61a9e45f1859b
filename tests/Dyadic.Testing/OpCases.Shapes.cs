namespace Dyadic.Testing;

public static partial class OpCases
{
    private static partial IEnumerable<OpCase> Shapes()
    {
        yield break;
    }
}
