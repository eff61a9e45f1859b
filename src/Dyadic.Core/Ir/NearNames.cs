namespace Dyadic.Ir;

/// <summary>How far apart two words are, to name what was perhaps meant.</summary>
public static class NearNames
{
    /// <summary>Insertions, deletions and substitutions that turn one word into the other.</summary>
    public static int Distance(string a, string b) => Rows(a, b, anywhere: false)[^1];

    /// <summary>The least <see cref="Distance"/> of <paramref name="part"/> from any stretch of <paramref name="text"/>; 0 when it is contained.</summary>
    public static int DistanceWithin(string part, string text) => Rows(part, text, anywhere: true).Min();

    /// <summary>Of <paramref name="names"/> the nearest to <paramref name="wrong"/>, or to a stretch of which it is nearest, at most <paramref name="count"/>.</summary>
    public static IReadOnlyList<string> Nearest(string wrong, IEnumerable<string> names, int count) =>
        [.. names.OrderBy(n => DistanceWithin(wrong, n)).ThenBy(n => Distance(wrong, n)).Take(count)];

    // The last row of the table of distances from all of a to beginnings of b; with anywhere the beginning of b costs nothing.
    private static int[] Rows(string a, string b, bool anywhere)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1).Select(j => anywhere ? 0 : j)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row;
    }
}
