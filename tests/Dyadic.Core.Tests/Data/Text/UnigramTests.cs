using Dyadic.Data;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Data.Text;

public sealed class UnigramTests
{
    private static Tokenizer Small(Folder folder)
    {
        File.WriteAllText(folder.At("pieces.tsv"), "\uFFFD\t0\n<s>\t0\n\u2581a\t-1\n\u2581\t-2\nb\t-1.5\nab\t-1\n\u2581ab\t-2.25\nc\t-3\n😀\t-4\n");
        return Tokenizer.ReadUnigram(folder.At("pieces.tsv"));
    }

    // Of all ways to cut, that of the largest sum; here by trying all of them.
    [Theory, InlineData("ab"), InlineData("abab"), InlineData("cab"), InlineData("abc"), InlineData("bb"), InlineData("cabbab")]
    public void The_best_of_all_cuts_is_found(string word)
    {
        using Folder folder = new();
        Tokenizer tokenizer = Small(folder);
        Dictionary<string, double> scores = new() { ["\u2581a"] = -1, ["\u2581"] = -2, ["b"] = -1.5, ["ab"] = -1, ["\u2581ab"] = -2.25, ["c"] = -3 };
        double Best(string rest) => rest.Length == 0 ? 0 : Enumerable.Range(1, rest.Length).Max(n => (scores.TryGetValue(rest[..n], out double s) ? s : n == 1 ? -14 : double.NegativeInfinity) + Best(rest[n..]));
        int[] ids = tokenizer.Encode(word).Ids;
        Assert.Equal(Best("\u2581" + word), ids.Sum(id => id == 0 ? -14 : scores[tokenizer.Token(id)]), 9);
    }

    [Fact]
    public void Unknown_characters_words_and_offsets()
    {
        using Folder folder = new();
        Tokenizer tokenizer = Small(folder);
        Assert.Equal([2, 3, 0, 3, 8, 4], tokenizer.Encode("a x  😀b").Ids);
        Assert.Equal([(0, 1), (2, 2), (2, 3), (5, 5), (5, 7), (7, 8)], tokenizer.Encode("a x  😀b").Offsets);
        Assert.Equal([3, 0, 0, 0], tokenizer.Encode("<s>").Ids);                  // a control symbol is no text
        Assert.Equal("a ab", tokenizer.Decode([2, 6]));
        Assert.Empty(tokenizer.Encode("  ").Ids);
        Assert.Throws<NotSupportedException>(() => TokenizerFile.Write(folder.At("tokenizer.json"), tokenizer));
        File.WriteAllText(folder.At("bad.tsv"), "a\t-1\nb\n");
        Assert.Contains("line 2", Assert.Throws<InvalidDataException>(() => Tokenizer.ReadUnigram(folder.At("bad.tsv"))).Message);
    }

    // The numbers that the model's authors' tokenizer gave.
    [FixtureFact(Fixture.ExternalData)]
    public void Published_numbers_of_2500_pairs_of_sentences()
    {
        string folder = Path.Combine(Fixtures.ExternalData, "text");
        Tokenizer tokenizer = Tokenizer.ReadUnigram(Path.Combine(folder, "use_lite_vocab.tsv"));
        string[][] texts = [.. File.ReadLines(Path.Combine(folder, "sick_CC-BY-NC-SA.tsv")).Skip(1).Take(2500).Select(l => l.Split('\t'))];
        string[][] ids = [.. File.ReadLines(Path.Combine(folder, "sick_use_ids_CC-BY-NC-SA.tsv")).Skip(1).Select(l => l.Split('\t'))];
        for (int i = 0; i < texts.Length; i++)
            for (int s = 1; s <= 2; s++) Assert.Equal(ids[i][s], string.Join(' ', tokenizer.Encode(texts[i][s]).Ids));
    }
}
