using System.Text;
using Dyadic.Data;

namespace Dyadic.Core.Tests.Data.Text;

public sealed class TokenizerFileTests
{
    // Laid out as the tokenizers library writes them.
    private const string BertJson = """
        {"version":"1.0","truncation":null,"padding":{"strategy":"BatchLongest","direction":"Right","pad_id":0,"pad_type_id":0,"pad_token":"[PAD]"},
         "added_tokens":[{"id":0,"content":"[PAD]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
           {"id":2,"content":"[CLS]","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
         "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true},
         "pre_tokenizer":{"type":"BertPreTokenizer"},
         "post_processor":{"type":"TemplateProcessing",
           "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],
           "pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},
             {"Sequence":{"id":"B","type_id":1}},{"SpecialToken":{"id":"[SEP]","type_id":1}}],
           "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[2],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[3],"tokens":["[SEP]"]}}},
         "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
         "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":5,
           "vocab":{"[PAD]":0,"[UNK]":1,"[CLS]":2,"[SEP]":3,"play":4,"##ing":5,"##s":6}}}
        """;

    private static string BpeJson(string merges) => $$"""
        {"version":"1.0","truncation":null,"padding":null,
         "added_tokens":[{"id":6,"content":"<mask>","single_word":false,"lstrip":true,"rstrip":false,"normalized":false,"special":true}],
         "normalizer":null,"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true},
         "post_processor":{"type":"RobertaProcessing","sep":["</s>",1],"cls":["<s>",0],"trim_offsets":true,"add_prefix_space":true},
         "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true},
         "model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":"","end_of_word_suffix":"","fuse_unk":false,
           "vocab":{"<s>":0,"</s>":1,"Ġ":2,"h":3,"i":4,"Ġhi":5,"hi":7},"merges":{{merges}} } }
        """;

    [Fact]
    public void A_WordPiece_file_is_read()
    {
        using Folder folder = new();
        Tokenizer t = Read(folder, BertJson);
        Assert.Equal([2, 4, 6, 3, 4, 3], t.Encode("Plays", "PLÄY").Ids);
        Assert.Equal([0, 0, 0, 0, 1, 1], t.Encode("Plays", "PLÄY").Types);
        Assert.Equal([2, 1, 3], t.Encode("playing").Ids);                             // longer than five characters
        Assert.Equal((7, 0), (t.Size, t.PaddingId));
        Assert.Equal([2], t.Encode("[CLS]", special: false).Ids);
    }

    [Theory]
    [InlineData("""["h i","Ġ hi"]""")]
    [InlineData("""[["h","i"],["Ġ","hi"]]""")]
    public void A_BPE_file_is_read_with_either_form_of_merges(string merges)
    {
        using Folder folder = new();
        Tokenizer t = Read(folder, BpeJson(merges));
        Assert.Equal([0, 5, 5, 1], t.Encode("hi hi").Ids);                            // a blank is put in front
        Assert.Equal([0, 5, 1, 1, 5, 1], t.Encode("hi", "hi").Ids);
        Assert.Equal([5, 6, 5], t.Encode("hi  <mask> hi", special: false).Ids);       // the mask takes the blanks on its left
        Assert.Equal(" hi", t.Decode([0, 5, 1]));
        Assert.Equal([5, 7], t.Encode("hizzhi", special: false).Ids.Where(id => id is 5 or 7));       // bytes that are no tokens are left out
    }

    [Fact]
    public void The_files_of_older_models_are_read()
    {
        using Folder folder = new();
        File.WriteAllText(folder.At("vocab.txt"), "[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\nhi\r\n");
        Assert.Equal([2, 4, 1, 3], TokenizerFile.Read(folder.At("vocab.txt")).Encode("HI you").Ids);
        Assert.Equal([2, 1, 1, 3], TokenizerFile.Read(folder.At(""), lowercase: false).Encode("HI you").Ids);

        using Folder gpt = new();
        File.WriteAllText(gpt.At("vocab.json"), """{"h":0,"i":1,"Ġ":2,"hi":3,"Ġhi":4,"<|endoftext|>":5}""");
        File.WriteAllText(gpt.At("merges.txt"), "#version: 0.2\nh i\nĠ hi\n");
        Assert.Equal([3, 4, 5], TokenizerFile.Read(gpt.At("")).Encode("hi hi<|endoftext|>").Ids);
    }

    [Fact]
    public void A_trained_tokenizer_is_written_and_read_again()
    {
        using Folder folder = new();
        string[] corpus = ["the cat sat on the mat", "the dog sat on the cat", "Ünïcode \"quotes\" \\ \u2028 日本 🙂🙂"];
        foreach (Tokenizer t in (Tokenizer[])[TokenizerTraining.WordPiece(corpus, 80), TokenizerTraining.ByteLevel(corpus, 290), Read(folder, BpeJson("""["h i","Ġ hi"]"""))])
        {
            string path = folder.At("written.json");
            TokenizerFile.Write(path, t, overwrite: true);
            Tokenizer again = TokenizerFile.Read(path);
            Assert.Equal(t.Vocabulary.Entries, again.Vocabulary.Entries);
            Assert.Equal(t.Added, again.Added);
            foreach (string text in (string[])[.. corpus, "hi, the 🙂 <mask>!"])
            {
                Assert.Equal(t.Encode(text, corpus[0]).Ids, again.Encode(text, corpus[0]).Ids);
                Assert.Equal(t.Encode(text, corpus[0]).Types, again.Encode(text, corpus[0]).Types);
            }
        }
        Assert.Throws<IOException>(() => TokenizerFile.Write(folder.At("written.json"), TokenizerTraining.WordPiece(corpus, 80)));
    }

    [Theory]
    [InlineData("\"WordPiece\",\"unk_token\":\"[UNK]\"", "\"WordPiece\",\"unk_token\":\"[U]\"", "unknown token")]
    [InlineData("\"##s\":6", "\"##s\":5", "twice")]
    [InlineData("\"##s\":6", "\"##s\":-1", "outside")]
    [InlineData("\"##s\":6", "\"##s\":999999999", "outside")]
    [InlineData("\"##s\":6", "\"##s\":1e99", "")]
    [InlineData("\"type\":\"WordPiece\",\"unk", "\"type\":\"Unigram\",\"unk", "Unigram")]
    [InlineData("BertPreTokenizer", "Metaspace", "Metaspace")]
    [InlineData("BertNormalizer", "NFKC", "NFKC")]
    [InlineData("TemplateProcessing", "Other", "Other")]
    [InlineData("\"ids\":[3]", "\"ids\":[33]", "33")]
    [InlineData("\"id\":\"B\",\"type_id\":1", "\"id\":\"A\",\"type_id\":1", "template")]
    [InlineData("\"content\":\"[PAD]\"", "\"content\":\"\"", "added")]
    [InlineData("\"model\"", "\"modell\"", "")]
    public void What_a_file_may_not_say_is_refused(string old, string by, string says)
    {
        using Folder folder = new();
        Assert.Contains(old, BertJson);
        string message = Assert.Throws<InvalidDataException>(() => Read(folder, BertJson.Replace(old, by, StringComparison.Ordinal))).Message;
        Assert.Contains(says, message);
        Assert.Contains("tokenizer.json", message);
    }

    [Fact]
    public void Merges_that_the_vocabulary_does_not_know_are_refused()
    {
        using Folder folder = new();
        foreach (string merges in (string[])["""["h x"]""", """["i h"]""", """["h"]""", """[["h"]]""", "[5]"])
            Assert.Throws<InvalidDataException>(() => Read(folder, BpeJson(merges)));
        Assert.Throws<FileNotFoundException>(() => TokenizerFile.Read(folder.At("none.json")));
        using Folder empty = new();
        Assert.Throws<FileNotFoundException>(() => TokenizerFile.Read(empty.At("")));
    }

    [Fact]
    public void Damaged_files_are_refused_or_read_and_take_little_memory()
    {
        using Folder folder = new();
        folder.Damage(Encoding.UTF8.GetBytes(BertJson), "tokenizer.json", path => TokenizerFile.Read(path).Encode("plays playing"));
        using Folder lines = new();
        File.WriteAllBytes(lines.At("vocab.txt"), [.. "[UNK]\n[CLS]\n[SEP]\n"u8, 0xFF, 0xFE]);
        Assert.Throws<InvalidDataException>(() => TokenizerFile.Read(lines.At("vocab.txt")));
    }

    private static Tokenizer Read(Folder folder, string json)
    {
        File.WriteAllText(folder.At("tokenizer.json"), json);
        return TokenizerFile.Read(folder.At("tokenizer.json"));
    }
}
