using Dyadic.Data;
using Dyadic.Numerics;
using Dyadic.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Dyadic.Core.Tests.Data.Text;

public sealed class TextDatasetTests
{
    private static readonly TextColumns Named = new("text", "category");

    [Theory]
    [InlineData("a,b\nc,d", "a|b;c|d")]
    [InlineData("a,b\r\nc,d\r\n", "a|b;c|d")]
    [InlineData("a,b\rc,d", "a|b;c|d")]
    [InlineData("\"a,\"\"b\"\"\",c\n\n\"x\r\ny\",", "a,\"b\"|c;x\r\ny|")]
    [InlineData("\"\"\na,", ";a|")]
    [InlineData(",\n", "|")]
    [InlineData("a\"b,c", "a\"b|c")]
    [InlineData("", "")]
    public void Quotes_and_line_ends_are_those_of_RFC_4180(string text, string expected) =>
        Assert.Equal(expected, string.Join(';', new DelimitedText(new StringReader(text), ',', quotes: true).Records().Select(r => string.Join('|', r.Fields))));

    [Fact]
    public void What_is_written_by_the_rules_is_read_back() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonEmptyArray<NonNull<string>[]>>(), records =>
        {
            string[][] rows = [.. records.Get.Where(r => r.Length > 0).Select(r => r.Select(f => f.Get).ToArray())];
            string text = string.Join("\r\n", rows.Select(r => string.Join(',', r.Select(f => $"\"{f.Replace("\"", "\"\"", StringComparison.Ordinal)}\""))));
            string[][] read = [.. new DelimitedText(new StringReader(text), ',', quotes: true).Records().Select(r => r.Fields)];
            return read.Length == rows.Length && read.Zip(rows).All(p => p.First.SequenceEqual(p.Second));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_three_formats_give_the_same_data()
    {
        using Folder folder = new();
        File.WriteAllText(folder.At("a.csv"), "category,text\nyes,\"a, b\"\nno,c\n");
        File.WriteAllText(folder.At("a.tsv"), "category\ttext\nyes\ta, b\nno\tc\n");
        File.WriteAllText(folder.At("a.jsonl"), "{\"category\":\"yes\",\"text\":\"a, b\"}\n\n{\"text\":\"c\",\"category\":\"no\",\"more\":[1]}\n");
        foreach (string name in folder.Names)
        {
            TextDataset data = TextDataset.Read(folder.At(name), Named);
            Assert.Equal([new("a, b", null, 1), new("c", null, 0)], data.Samples);
            Assert.Equal(["no", "yes"], data.Classes);
        }
    }

    [Fact]
    public void Columns_have_numbers_where_no_header_names_them_and_classes_may_be_given()
    {
        using Folder folder = new();
        File.WriteAllText(folder.At("a.tsv"), "10\tx\ty\n9\tz\t\"w\n");
        TextDataset data = TextDataset.Read(folder.At("a.tsv"), new("1", "0", Pair: "2", Header: false));
        Assert.Equal([new("x", "y", 1), new("z", "\"w", 0)], data.Samples);
        Assert.Equal(["9", "10"], data.Classes);                                      // numbers in their order
        Assert.Equal([2, 0], TextDataset.Read(folder.At("a.tsv"), new("1", "0", Header: false), ["9", "1", "10"]).Samples.Select(s => s.Label));
        Assert.Equal([-1, -1], TextDataset.Read(folder.At("a.tsv"), new("1", null, Header: false)).Samples.Select(s => s.Label));
        Assert.Contains("'10'", Assert.Throws<InvalidDataException>(() => TextDataset.Read(folder.At("a.tsv"), new("1", "0", Header: false), ["9"])).Message);
    }

    [Theory]
    [InlineData("a.csv", "text,category\n\"a,b\n", "line 2")]
    [InlineData("a.csv", "text,category\n\"a\"b,c\n", "'b'")]
    [InlineData("a.csv", "text,category\na,b,c\n", "3 fields")]
    [InlineData("a.csv", "text,kind\na,b\n", "'category'")]
    [InlineData("a.jsonl", "{\"text\":\"a\",\"category\":\"b\"}\n[1]\n", "line 2")]
    [InlineData("a.jsonl", "{\"text\":", "")]
    [InlineData("a.xlsx", "", ".xlsx")]
    public void Malformed_files_are_refused_by_name_and_line(string name, string content, string says)
    {
        using Folder folder = new();
        File.WriteAllText(folder.At(name), content);
        string message = Assert.Throws<InvalidDataException>(() => TextDataset.Read(folder.At(name), Named)).Message;
        Assert.Contains(name, message);
        Assert.Contains(says, message);
    }

    [Fact]
    public void Batches_are_as_wide_as_their_longest_text_and_do_not_depend_on_the_workers()
    {
        Tokenizer tokenizer = Tokenizer.WordPiece(new Vocabulary(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a"]));
        TextDataset data = new([.. Enumerable.Range(0, 10).Select(i => new TextSample(string.Join(' ', Enumerable.Repeat("a", i)), null, i))], []);
        TextBatch[] plain = [.. new TextLoader(data, tokenizer, 4, maxLength: 8).Epoch(0)];
        Assert.Equal([5, 8, 8], plain.Select(b => b.Tokens.Ids.Shape[1].Size));
        Assert.Equal([4L, 5, 6, 7], plain[1].Labels.ToArray<long>());
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)Math.Min(i + 2, 8)), plain.SelectMany(b => b.Tokens.Present.ToArray<long>().Chunk(b.Tokens.Present.Shape[1])).Select(row => row.Sum()));

        TextBatch[][] shuffled = [.. ((int[])[0, 1, 3]).Select(w => new TextLoader(data, tokenizer, 3, 8, new Rng(1), workers: w).Epoch(2).ToArray())];
        Assert.Equal(3, shuffled[0].Length);
        foreach (TextBatch[] other in shuffled[1..])
            Assert.Equal(shuffled[0].SelectMany(b => b.Labels.ToArray<long>()), other.SelectMany(b => b.Labels.ToArray<long>()));
        Assert.Throws<ArgumentException>(() => new TextLoader(new([], []), tokenizer, 1, 8));
    }

    [FixtureFact(Fixture.ExternalData)]
    public void The_published_sets_are_read_whole()
    {
        string At(string name) => Path.Combine(Fixtures.ExternalData, "text", name);
        TextDataset train = TextDataset.Read(At("banking77_train.csv"), Named), test = TextDataset.Read(At("banking77_test.csv"), Named, train.Classes);
        Assert.Equal((10_003, 3_080, 77), (train.Samples.Count, test.Samples.Count, train.Classes.Count));
        Assert.All(((int[])[0, 76]), label => Assert.Equal(40, test.Samples.Count(s => s.Label == label)));
        TextDataset polarity = TextDataset.Read(At("sentence_polarity_dev.tsv"), new("1", "0", Header: false));
        Assert.Equal((1_066, 2), (polarity.Samples.Count, polarity.Classes.Count));
    }
}
