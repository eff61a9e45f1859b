using Dyadic.Runs;

namespace Dyadic.Recipes.Proteins;

/// <summary>Sequences and the classes that they have, closed under ancestors.</summary>
/// <param name="Hierarchy">The classes.</param>
/// <param name="Sequences">One string of amino acids for each row.</param>
/// <param name="Labels">[N, C] of zeros and ones.</param>
internal sealed record ProteinSet(ClassHierarchy Hierarchy, IReadOnlyList<string> Sequences, float[] Labels)
{
    private const int Motif = 6, ShortestToy = 60, LongestToy = 120;

    public int Count => Sequences.Count;

    /// <summary>The first rows.</summary>
    public ProteinSet Take(int count) => this with { Sequences = [.. Sequences.Take(count)], Labels = Labels[..(Math.Min(count, Count) * Hierarchy.Count)] };

    /// <summary>
    /// Random sequences of 60 to 120 letters that hold the motifs of one to three of 24 classes, a letter of a motif mutated with probability 0.1. The classes
    /// form a tree: 4 roots, 8 children, 12 grandchildren.
    /// </summary>
    public static ProteinSet Toy(int count, Rng motifs, Rng rows)
    {
        ClassHierarchy tree = new(Enumerable.Range(0, 24).Select(c => c < 4 ? Array.Empty<int>() : [c < 12 ? c % 4 : 4 + c % 8]));
        string[] signs = [.. Enumerable.Range(0, tree.Count).Select(c => Random(motifs.Split(c), Motif))];
        string[] sequences = new string[count];
        float[] labels = new float[count * tree.Count];
        for (int i = 0; i < count; i++)
        {
            Rng rng = rows.Split(i);
            char[] letters = Random(rng, ShortestToy + rng.NextInt(LongestToy - ShortestToy + 1)).ToCharArray();
            int classes = 1 + rng.NextInt(3), room = letters.Length / classes;
            for (int k = 0; k < classes; k++)
            {
                int c = rng.NextInt(tree.Count), at = k * room + rng.NextInt(room - Motif + 1);
                for (int j = 0; j < Motif; j++) letters[at + j] = rng.NextSingle() < 0.1f ? AminoAcids.Letter(1 + rng.NextInt(AminoAcids.Count - 1)) : signs[c][j];
                labels[i * tree.Count + c] = 1;
            }
            sequences[i] = new(letters);
        }
        tree.Close(labels);
        return new(tree, sequences, labels);
    }

    /// <summary>Reads training and test rows of chain TAB sequence TAB comma-separated EC numbers; the classes are those of at least <paramref name="least"/> training rows.</summary>
    /// <exception cref="InvalidDataException">A row has not three columns.</exception>
    public static (ProteinSet Training, ProteinSet Test) Read(string training, string test, int least)
    {
        (string Sequence, HashSet<string> Classes)[] train = Rows(training), other = Rows(test);
        Dictionary<string, int> rows = [];
        foreach (string name in train.SelectMany(r => r.Classes)) rows[name] = rows.GetValueOrDefault(name) + 1;
        string[] names = [.. rows.Where(r => r.Value >= least).Select(r => r.Key).OrderBy(Depth).ThenBy(n => n, StringComparer.Ordinal)];
        ClassHierarchy hierarchy = new(names.Select(n => Parent(n) is { } parent ? [Array.IndexOf(names, parent)] : Array.Empty<int>()));
        return (Of(train), Of(other));

        ProteinSet Of((string Sequence, HashSet<string> Classes)[] set) =>
            new(hierarchy, [.. set.Select(r => r.Sequence)], [.. set.SelectMany(r => names.Select(n => r.Classes.Contains(n) ? 1f : 0f))]);
    }

    private static (string, HashSet<string>)[] Rows(string file) => [.. File.ReadLines(file).Select((line, i) =>
    {
        string[] cells = line.Split('\t');
        if (cells.Length != 3) throw new InvalidDataException($"'{file}' has {cells.Length} columns in line {i + 1}; chain, sequence and EC numbers are needed.");
        HashSet<string> classes = [];
        foreach (string number in cells[2].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            for (string? name = Clean(number); name is not null; name = Parent(name)) classes.Add(name);
        return (cells[1], classes);
    })];

    // 3.4.21.- is the class 3.4.21.
    private static string Clean(string number) => number.Replace(".-", "", StringComparison.Ordinal);

    private static string? Parent(string name) => name.LastIndexOf('.') is > 0 and var at ? name[..at] : null;

    private static int Depth(string name) => name.Count(c => c == '.');

    private static string Random(Rng rng, int length) => string.Create(length, rng, (letters, random) =>
    {
        for (int i = 0; i < letters.Length; i++) letters[i] = AminoAcids.Letter(1 + random.NextInt(AminoAcids.Count - 1));
    });
}
