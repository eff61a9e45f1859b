using System.Text;
using System.Text.Json;

namespace Dyadic.Data;

/// <summary>
/// Tokenizers in files: Hugging Face's <c>tokenizer.json</c> with a WordPiece or BPE model, BERT's <c>vocab.txt</c>, GPT-2's <c>vocab.json</c>
/// with <c>merges.txt</c>. Files are taken for hostile.
/// </summary>
public static class TokenizerFile
{
    private const long LargestFile = 256L << 20;

    /// <summary>The tokenizer of a file, or of a folder that holds one of them.</summary>
    /// <param name="path">tokenizer.json, vocab.txt, vocab.json (with merges.txt beside it), or their folder.</param>
    /// <param name="lowercase">Whether the text of a vocab.txt becomes lower-case; the other files say it themselves.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    /// <exception cref="InvalidDataException">A file is damaged, or asks for something that is not supported.</exception>
    public static Tokenizer Read(string path, bool lowercase = true)
    {
        if (Directory.Exists(path))
        {
            string folder = path;
            path = ((string[])["tokenizer.json", "vocab.txt", "vocab.json"]).Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
                ?? throw new FileNotFoundException($"'{folder}' holds neither tokenizer.json nor vocab.txt nor vocab.json.");
        }
        return Path.GetExtension(path) switch
        {
            ".txt" => DataFile.Guard(path, () => Tokenizer.WordPiece(Vocabulary.ReadLines(path), lowercase)),
            _ when Path.GetFileName(path) == "vocab.json" => ReadPair(path, Path.Combine(Path.GetDirectoryName(path) ?? "", "merges.txt")),
            _ => DataFile.Read(path, stream => TokenizerJson.Read(Parse(stream, path))),
        };
    }

    /// <summary>The tokenizer of a vocab.json and a merges.txt, as GPT-2 and RoBERTa have them.</summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static Tokenizer ReadPair(string vocabulary, string merges)
    {
        Vocabulary tokens = DataFile.Read(vocabulary, stream => TokenizerJson.Vocabulary(Parse(stream, vocabulary)));
        return DataFile.Read(merges, stream =>
        {
            DataFile.Check(stream.Length <= LargestFile, merges, $"has {stream.Length} bytes, more than {LargestFile}");
            using StreamReader reader = new(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
            List<(string, string)> pairs = [];
            while (reader.ReadLine() is { } line)
                if (line.Length > 0 && !(pairs.Count == 0 && line.StartsWith("#version", StringComparison.Ordinal))) pairs.Add(TokenizerJson.Pair(line));
            return Tokenizer.ByteLevel(tokens, pairs);
        });
    }

    /// <summary>Writes the tokenizer as tokenizer.json, atomically.</summary>
    /// <exception cref="IOException">The file exists and <paramref name="overwrite"/> is false, or it cannot be written.</exception>
    public static void Write(string path, Tokenizer tokenizer, bool overwrite = false) => AtomicFile.Write(path, stream => TokenizerJsonWriter.Write(stream, tokenizer), overwrite);

    private static JsonElement Parse(FileStream stream, string path)
    {
        DataFile.Check(stream.Length <= LargestFile, path, $"has {stream.Length} bytes, more than {LargestFile}");
        using JsonDocument document = JsonDocument.Parse(stream, new JsonDocumentOptions { MaxDepth = 16 });
        return document.RootElement.Clone();
    }
}
