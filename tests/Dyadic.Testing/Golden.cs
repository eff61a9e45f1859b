using Xunit;

namespace Dyadic.Testing;

/// <summary>Texts that are compared with a file under tests/golden/, which <c>./check --accept</c> rewrites on purpose.</summary>
public static class Golden
{
    /// <summary>Fails when <paramref name="actual"/> differs from tests/golden/<paramref name="name"/>, naming the first line that does.</summary>
    public static void Check(string name, string actual)
    {
        string path = Repository.At("tests/golden/" + name);
        actual = actual.ReplaceLineEndings("\n");
        if (Repository.Accepts)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, actual);
            return;
        }
        Assert.True(File.Exists(path), $"tests/golden/{name} does not exist. Write it with ./check --accept and read it.");
        string expected = File.ReadAllText(path).ReplaceLineEndings("\n");
        if (expected != actual) Assert.Fail(Difference(name, expected.Split('\n'), actual.Split('\n')));
    }

    private static string Difference(string name, string[] expected, string[] actual)
    {
        string[] gone = [.. expected.Except(actual).Select(l => "- " + l)], added = [.. actual.Except(expected).Select(l => "+ " + l)];
        string lines = string.Join('\n', gone.Concat(added).Take(40));
        return $"tests/golden/{name} differs: {gone.Length} lines gone, {added.Length} new. If that is meant, run ./check --accept.\n{lines}";
    }
}
