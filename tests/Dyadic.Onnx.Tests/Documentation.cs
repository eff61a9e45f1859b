using Dyadic.Testing;

namespace Dyadic.Onnx.Tests;

/// <summary>Parts of docs/onnx.md that tests write, between marks; <c>./check --accept</c> rewrites them.</summary>
internal static class Documentation
{
    /// <summary>Checks that the part of that name is the given text, or makes it so.</summary>
    public static void Check(string name, string text)
    {
        string begin = $"<!-- {name}: begin -->\n", end = $"<!-- {name}: end -->";
        string path = Repository.At("docs/onnx.md"), all = File.ReadAllText(path).ReplaceLineEndings("\n");
        int from = all.IndexOf(begin, StringComparison.Ordinal) + begin.Length, to = all.IndexOf(end, StringComparison.Ordinal);
        Assert.True(from >= begin.Length && to >= from, $"docs/onnx.md has lost the marks of '{name}'.");
        if (Repository.Accepts) File.WriteAllText(path, all[..from] + text + all[to..]);
        else Assert.Equal(text, all[from..to]);
    }
}
