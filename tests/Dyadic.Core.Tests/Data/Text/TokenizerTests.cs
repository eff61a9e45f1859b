using System.Text;
using Dyadic.Data;
using Dyadic.Numerics;
using Dyadic.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace Dyadic.Core.Tests.Data.Text;

public sealed class TokenizerTests
{
    private static readonly Vocabulary Small = new(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##aff", "##able", "##a", "want", "##ed", "runn", "##ing", ",", "cafe", "the", "中", "$"]);

    private static readonly Tokenizer Bert = Tokenizer.WordPiece(Small);

    // The published example of WordPiece: "UNwanted,running" is un ##want ##ed , runn ##ing where the pieces exist.
    [Theory]
    [InlineData("unaffable", "un ##aff ##able")]
    [InlineData("UNaffable  running", "un ##aff ##able runn ##ing")]
    [InlineData("wanted,the\tcafé", "want ##ed , the cafe")]
    [InlineData("a中the", "[UNK] 中 the")]
    [InlineData("the$the", "the $ the")]
    [InlineData("un\u0000aff\u200Dable\uFFFD", "un ##aff ##able")]                       // control and format characters vanish
    [InlineData("unwanted", "[UNK]")]                                                    // un, then no piece ##w…: the whole word is unknown
    [InlineData("una", "un ##a")]
    [InlineData("[MASK] the", "[MASK] the")]
    [InlineData("", "")]
    public void Word_pieces_are_the_longest_from_the_left(string text, string tokens) => Assert.Equal(tokens, string.Join(' ', Names(Bert, text)));

    [Fact]
    public void A_word_of_more_than_a_hundred_characters_is_unknown()
    {
        Assert.Equal(99, Bert.Encode("un" + new string('a', 98), special: false).Ids.Length);             // un and 98 times ##a
        Assert.Equal([1], Bert.Encode("un" + new string('a', 99), special: false).Ids);
    }

    [Fact]
    public void Cased_text_keeps_letters_and_accents()
    {
        Tokenizer cased = Tokenizer.WordPiece(new Vocabulary(["[UNK]", "[CLS]", "[SEP]", "É", "##t"]), lowercase: false);
        Assert.Equal("É ##t [UNK]", string.Join(' ', Names(cased, "Ét ét")));
    }

    [Theory]
    [InlineData("ÀÉÎõüÇñ", "aeioucn")]
    [InlineData("İstanbul Ångström", "istanbul angstrom")]
    [InlineData("e\u0301 ǖ ệ ά Й", "e u e α и")]
    [InlineData("각", "\u1100\u1161\u11A8")]                                             // a syllable falls into its letters
    [InlineData("ß æ ø ł", "ß æ ø ł")]                                                   // no decomposition
    public void Accents_go(string text, string expected) =>
        Assert.Equal(expected, TextNormalizer.Bert.Normalize(text));

    [Fact]
    public void Two_texts_have_two_types_and_special_tokens_between()
    {
        TokenizedText one = Bert.Encode("the wanted"), two = Bert.Encode("the", "wanted ,");
        Assert.Equal([2, 15, 9, 10, 3], one.Ids);
        Assert.Equal([0, 0, 0, 0, 0], one.Types);
        Assert.Equal([2, 15, 3, 9, 10, 13, 3], two.Ids);
        Assert.Equal([0, 0, 0, 1, 1, 1, 1], two.Types);
        Assert.Equal([(0, 0), (0, 3), (4, 8), (8, 10), (0, 0)], one.Offsets);
    }

    [Fact]
    public void Offsets_point_into_the_text_as_it_was_given()
    {
        const string text = "  Cafe\u0301,\u0007 中UNaffable";
        TokenizedText t = Bert.Encode(text, special: false);
        Assert.Equal(["Cafe\u0301", ",", "中", "UN", "aff", "able"], t.Offsets.Select(o => text[o.Start..o.End]));
    }

    [Fact]
    public void Truncation_takes_from_the_longer_text_and_padding_is_masked()
    {
        Assert.Equal([2, 15, 15, 3], Bert.Encode("the the the the", maxLength: 4).Ids);
        Assert.Equal([2, 15, 15, 3, 9, 3], Bert.Encode("the the the the the", "want", maxLength: 6).Ids);
        Assert.Equal([2, 15, 3, 15, 3], Bert.Encode("the the the", "the the the", maxLength: 5).Ids);
        Assert.Throws<ArgumentException>(() => Bert.Encode("the", "the", maxLength: 2));
        TokenBatch batch = Bert.EncodeBatch(["the", "the wanted"]);
        Assert.Equal([2L, 15, 3, 0, 0, 2, 15, 9, 10, 3], batch.Ids.ToArray<long>());
        Assert.Equal([1L, 1, 1, 0, 0, 1, 1, 1, 1, 1], batch.Present.ToArray<long>());
        Assert.Equal([2, 5], batch.Types.Shape);
        Assert.Equal([0, 1], Bert.EncodeBatch((string[])[]).Ids.Shape);
    }

    [Fact]
    public void Decoding_joins_pieces_and_leaves_out_special_tokens()
    {
        Assert.Equal("unaffable, the", Bert.Decode(Bert.Encode("UNaffable , the").Ids));
        Assert.Equal("[CLS] the [SEP]", Bert.Decode(Bert.Encode("the").Ids, special: true));
        Assert.Throws<ArgumentOutOfRangeException>(() => Bert.Decode([99]));
        Assert.Throws<ArgumentException>(() => Tokenizer.WordPiece(new Vocabulary(["a"])));
    }

    [Theory]
    [InlineData("Hello world", "Hello| world")]
    [InlineData("I'll've  it's", "I|'ll|'ve| | it|'s")]
    [InlineData("a\n\n b12 c!?", "a|\n\n| b|12| c|!?")]
    [InlineData("x   ", "x|   ")]
    [InlineData("x \n y", "x| \n| y")]
    [InlineData("'Twas _a", "'|Twas| _|a")]
    [InlineData("日本語 ½ 𝔘𝔫 🙂", "日本語| ½| 𝔘𝔫| 🙂")]
    public void The_pattern_of_GPT_2_cuts_and_loses_nothing(string text, string expected)
    {
        List<(int Start, int End)> words = [];
        new ByteLevelPreTokenizer(addPrefixSpace: false).Split(text, words);
        Assert.Equal(expected, string.Join('|', words.Select(w => text[w.Start..w.End])));
    }

    // The pattern itself, where .NET's classes of characters are those of the pattern: in the first plane.
    [Fact]
    public void The_scanner_of_GPT_2_is_its_regular_expression() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int[]>(), seeds =>
        {
            string alphabet = "ab'tsreldvm 12\n\t!.é½日 ";
            string text = string.Concat(seeds.Select(s => alphabet[(int)((uint)s % (uint)alphabet.Length)]));
            List<(int Start, int End)> words = [];
            new ByteLevelPreTokenizer(addPrefixSpace: false).Split(text, words);
            string[] expected = [.. System.Text.RegularExpressions.Regex.Matches(text, @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+").Select(m => m.Value)];
            return words.Select(w => text[w.Start..w.End]).SequenceEqual(expected);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Merges_apply_by_rank_wherever_they_are()
    {
        string[] bytes = [.. ByteAlphabet.All.Select(c => c.ToString())];
        Tokenizer bpe = Tokenizer.ByteLevel(new Vocabulary([.. bytes, "lo", "low", "er", "Ġlow", "aa", "aaaa"]), [("l", "o"), ("lo", "w"), ("e", "r"), ("Ġ", "low"), ("a", "a"), ("aa", "aa")]);
        Assert.Equal("low er Ġlow", string.Join(' ', Names(bpe, "lower low")));
        Assert.Equal("aaaa aa a", string.Join(' ', Names(bpe, "aaaaaaa")));
        Assert.Equal(["é", "é"], bpe.Encode("é", special: false).Offsets.Select(o => "é"[o.Start..o.End]));       // two bytes of one character
    }

    [Fact]
    public void Byte_level_tokens_give_every_text_back()
    {
        Tokenizer bpe = TokenizerTraining.ByteLevel(["the cat sat on the mat", "the dog", "日本語"], 300);
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), s => WellFormed(s.Get) is var text && bpe.Decode(bpe.Encode(text).Ids) == text).QuickCheckThrowOnFailure();
        Assert.Equal("a <|endoftext|> b", bpe.Decode(bpe.Encode("a <|endoftext|> b").Ids, special: true));
        Assert.Contains(0, bpe.Encode("a <|endoftext|> b").Ids);
    }

    [Fact]
    public void A_long_word_takes_no_quadratic_time()
    {
        Tokenizer bpe = TokenizerTraining.ByteLevel([new string('a', 64)], 262, atLeast: 1);
        int[] ids = bpe.Encode(new string('a', 300_000)).Ids;
        Assert.Equal(300_000, ids.Sum(id => bpe.Token(id).Length));
        Assert.Equal("", Bert.Decode(Bert.Encode(new string(' ', 300_000), special: false).Ids));
    }

    [Fact]
    public void Merging_with_a_queue_is_merging_the_lowest_rank_again_and_again()
    {
        Tokenizer bpe = TokenizerTraining.ByteLevel(["abcabcabdabdaabbaabb abcd aabc"], 290, atLeast: 1);
        BpeModel model = (BpeModel)bpe.Model;
        List<(string, string)> merges = [.. model.Merges];
        Rng rng = new(4);
        for (int trial = 0; trial < 200; trial++)
        {
            string word = new([.. Enumerable.Range(0, rng.NextInt(1, 80)).Select(_ => "abcd"[rng.NextInt(4)])]);
            List<string> symbols = [.. word.Select(c => c.ToString())];
            while (true)
            {
                int best = Enumerable.Range(1, Math.Max(0, symbols.Count - 1)).Select(i => merges.IndexOf((symbols[i - 1], symbols[i]))).Where(r => r >= 0).DefaultIfEmpty(-1).Min();
                if (best < 0) break;
                int at = Enumerable.Range(1, symbols.Count - 1).First(i => (symbols[i - 1], symbols[i]) == merges[best]);
                symbols[at - 1] += symbols[at];
                symbols.RemoveAt(at);
            }
            Assert.Equal(symbols, Names(bpe, word));
        }
    }

    [Fact]
    public void Training_finds_the_most_frequent_pairs_and_repeats_itself()
    {
        // hug ×10, pug ×5, pun ×12, bun ×4, hugs ×5: u g occurs 20 times, then un 16, then hug 15. (The example of Hugging Face's course.)
        string[] corpus = [.. Repeat("hug", 10), .. Repeat("pug", 5), .. Repeat("pun", 12), .. Repeat("bun", 4), .. Repeat("hugs", 5)];
        Tokenizer trained = TokenizerTraining.ByteLevel(corpus, 260, specials: ["<s>"]);
        Assert.Equal([("u", "g"), ("u", "n"), ("h", "ug")], ((BpeModel)trained.Model).Merges);
        Assert.Equal("<s>", trained.Token(0));
        Tokenizer pieces = TokenizerTraining.WordPiece(corpus, 17);
        Assert.Equal(["##ug", "##un", "hug"], pieces.Vocabulary.Entries.Where(e => e.Token.Replace("#", "", StringComparison.Ordinal).Length > 1 && e.Token[0] != '[').Select(e => e.Token).Take(3));
        Assert.Equal("hug ##s", string.Join(' ', Names(pieces, "HUGS")));
        string[] reversed = [.. corpus.Reverse()];
        Assert.Equal(pieces.Vocabulary.Entries, TokenizerTraining.WordPiece(reversed, 17).Vocabulary.Entries);
        static IEnumerable<string> Repeat(string word, int times) => Enumerable.Repeat(word, times);
    }

    [FixtureFact(Fixture.ExternalData)]
    public void A_vocabulary_trained_on_plays_covers_them()
    {
        string[] lines = [.. File.ReadLines(Path.Combine(Fixtures.ExternalData, "text", "tinyshakespeare.txt")).Take(4000)];
        Tokenizer pieces = TokenizerTraining.WordPiece(lines, 1000), bytes = TokenizerTraining.ByteLevel(lines, 1000);
        Assert.Equal(1000, pieces.Size);
        Assert.Equal(1000, bytes.Size);
        int unknown = pieces.Id("[UNK]")!.Value;
        Assert.All(lines, line => Assert.DoesNotContain(unknown, pieces.Encode(line).Ids));
        Assert.All(lines, line => Assert.Equal(line, bytes.Decode(bytes.Encode(line).Ids)));
        double perToken = (double)lines.Sum(l => l.Length) / lines.Sum(l => bytes.Encode(l).Ids.Length);
        Assert.InRange(perToken, 2.5, 5);
    }

    private static string[] Names(Tokenizer tokenizer, string text) => [.. tokenizer.Encode(text, special: false).Ids.Select(tokenizer.Token)];

    // Lone surrogates are no text: they become U+FFFD on the way to bytes.
    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
