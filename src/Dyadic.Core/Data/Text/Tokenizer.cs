namespace Dyadic.Data;

/// <summary>A text, or two, as a model reads it.</summary>
/// <param name="Ids">The numbers of the tokens, special ones included.</param>
/// <param name="Types">The segment of each token.</param>
/// <param name="Offsets">The characters [start, end) of its text that each token covers; (0, 0) for special ones.</param>
public sealed record TokenizedText(int[] Ids, int[] Types, (int Start, int End)[] Offsets);

/// <summary>Texts of different lengths side by side.</summary>
/// <param name="Ids">[N, T], Int64; padded at the end.</param>
/// <param name="Present">[N, T], Int64: 1 for a token, 0 for padding.</param>
/// <param name="Types">[N, T], Int64.</param>
public sealed record TokenBatch(Tensor Ids, Tensor Present, Tensor Types);

/// <summary>
/// From text to the numbers of tokens and back: normalise, cut into words, cut words into tokens of a vocabulary, surround with special tokens.
/// Read one with <see cref="TokenizerFile"/>, or train one with <see cref="TokenizerTraining"/>. Safe to use on many threads.
/// </summary>
public sealed class Tokenizer
{
    private readonly AddedTokens _added;
    private readonly HashSet<int> _specials;

    internal Tokenizer(TextNormalizer normalizer, PreTokenizer words, TokenModel model, Template template, IReadOnlyList<AddedToken> added, int? padding = null)
    {
        (Normalizer, Words, Model, Template, _added) = (normalizer, words, model, template, new(added));
        _specials = [.. added.Where(t => t.Special).Select(t => t.Id), .. template.Pair.Where(p => p.Sequence < 0).Select(p => p.Id)];
        PaddingId = padding ?? Id("[PAD]") ?? Id("<pad>") ?? 0;
    }

    /// <summary>What happens to a text first.</summary>
    public TextNormalizer Normalizer { get; }

    /// <summary>The tokens.</summary>
    public Vocabulary Vocabulary => Model.Vocabulary;

    /// <summary>The tokens that are found in a text before it is cut.</summary>
    public IReadOnlyList<AddedToken> Added => _added.All;

    /// <summary>What fills a batch up: [PAD], &lt;pad&gt;, or 0 where there is neither.</summary>
    public int PaddingId { get; }

    /// <summary>One more than the largest number of a token: the rows of an embedding.</summary>
    public int Size => Math.Max(Vocabulary.Count, Added.Count == 0 ? 0 : Added.Max(t => t.Id) + 1);

    internal PreTokenizer Words { get; }

    internal TokenModel Model { get; }

    internal Template Template { get; }

    /// <summary>BERT's tokenizer over a vocabulary with [UNK], [CLS] and [SEP].</summary>
    /// <exception cref="ArgumentException">One of these is missing.</exception>
    public static Tokenizer WordPiece(Vocabulary vocabulary, bool lowercase = true)
    {
        int Known(string token) => vocabulary[token] ?? throw new ArgumentException($"The vocabulary lacks '{token}'. A WordPiece vocabulary has [UNK], [CLS] and [SEP].");
        string[] specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
        AddedToken[] added = [.. specials.Where(t => vocabulary[t] is not null).Select(t => new AddedToken(t, Known(t)))];
        return new(
            TextNormalizer.Bert with { Lowercase = lowercase, StripAccents = lowercase }, new BertPreTokenizer(), new WordPieceModel(vocabulary),
            Template.Bert(Known("[CLS]"), Known("[SEP]")), added);
    }

    /// <summary>GPT-2's tokenizer: byte-level pairs, no special tokens around a text.</summary>
    /// <param name="vocabulary">Tokens in GPT-2's characters for bytes.</param>
    /// <param name="merges">Pairs by rank.</param>
    /// <param name="added">Tokens found in a text before it is cut; &lt;|endoftext|&gt; if the vocabulary has it, when null.</param>
    /// <exception cref="ArgumentException">A pair is not in the vocabulary.</exception>
    public static Tokenizer ByteLevel(Vocabulary vocabulary, IReadOnlyList<(string Left, string Right)> merges, IReadOnlyList<AddedToken>? added = null)
    {
        const string end = "<|endoftext|>";
        added ??= vocabulary[end] is { } id ? [new(end, id)] : [];
        return new(TextNormalizer.None, new ByteLevelPreTokenizer(addPrefixSpace: false), new BpeModel(vocabulary, merges, byteLevel: true), Template.None, added);
    }

    /// <summary>A tokenizer of pieces with probabilities, as SentencePiece writes them: words begin with ▁ (U+2581), no special tokens around a text.</summary>
    /// <param name="path">A line a piece: the piece, a tab and the logarithm of its probability, numbered from 0; number 0 is the unknown piece. A piece that occurs twice has its first number.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line has another form.</exception>
    public static Tokenizer ReadUnigram(string path) => new(TextNormalizer.None, new WhitespacePreTokenizer(signs: false), UnigramModel.Read(path), Template.None, [], padding: 0);

    /// <summary>The number of a token, added ones included, or null.</summary>
    public int? Id(string token) => Added.FirstOrDefault(t => t.Content == token)?.Id ?? Vocabulary[token];

    /// <summary>The text of the token with a number.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is none.</exception>
    public string Token(int id) => Added.FirstOrDefault(t => t.Id == id)?.Content ?? Vocabulary.Token(id);

    /// <summary>The tokens of a text, or of two.</summary>
    /// <param name="text">The first text.</param>
    /// <param name="pair">The second, or null.</param>
    /// <param name="maxLength">The most tokens, special ones included; what is too long loses tokens at its end, of two texts the longer one first.</param>
    /// <param name="special">Whether to surround with special tokens.</param>
    /// <exception cref="ArgumentException"><paramref name="maxLength"/> has no room for the special tokens.</exception>
    public TokenizedText Encode(string text, string? pair = null, int maxLength = int.MaxValue, bool special = true)
    {
        List<WordToken>[] sequences = pair is null ? [Tokens(text)] : [Tokens(text), Tokens(pair)];
        Template template = special ? Template : Template.None;
        IReadOnlyList<TemplatePiece> pieces = pair is null ? template.Single : template.Pair;
        int room = maxLength - pieces.Count(p => p.Sequence < 0);
        Ensure.Argument(room >= 0, $"Encode: {maxLength} tokens have no room for {maxLength - room} special ones.");
        for (int tooMany = sequences.Sum(s => s.Count) - room; tooMany > 0; tooMany--)
        {
            List<WordToken> longer = sequences.MaxBy(s => s.Count)!;
            int cut = sequences.Length == 1 ? tooMany : 1;
            longer.RemoveRange(longer.Count - cut, cut);
            tooMany -= cut - 1;
        }
        List<int> ids = [], types = [];
        List<(int, int)> offsets = [];
        foreach (TemplatePiece piece in pieces)
        {
            IReadOnlyList<WordToken> tokens = piece.Sequence < 0 ? [new(piece.Id, 0, 0)] : sequences[piece.Sequence];
            foreach (WordToken token in tokens)
            {
                ids.Add(token.Id);
                types.Add(piece.Type);
                offsets.Add((token.Start, token.End));
            }
        }
        return new([.. ids], [.. types], [.. offsets]);
    }

    /// <summary>Several texts, padded to the longest.</summary>
    /// <param name="texts">The texts, each with a second one or null.</param>
    /// <param name="maxLength">See <see cref="Encode"/>.</param>
    public TokenBatch EncodeBatch(IReadOnlyList<(string Text, string? Pair)> texts, int maxLength = int.MaxValue) =>
        Pad([.. texts.Select(t => Encode(t.Text, t.Pair, maxLength))]);

    /// <summary>Several texts, padded to the longest.</summary>
    public TokenBatch EncodeBatch(IReadOnlyList<string> texts, int maxLength = int.MaxValue) => EncodeBatch([.. texts.Select(t => (t, (string?)null))], maxLength);

    /// <summary>Encoded texts side by side, padded to the longest; at least one token wide.</summary>
    public TokenBatch Pad(IReadOnlyList<TokenizedText> texts)
    {
        int width = Math.Max(1, texts.Select(t => t.Ids.Length).DefaultIfEmpty().Max());
        long[] ids = new long[texts.Count * width], present = new long[ids.Length], types = new long[ids.Length];
        Array.Fill(ids, PaddingId);
        for (int n = 0; n < texts.Count; n++)
        {
            for (int t = 0; t < texts[n].Ids.Length; t++)
                (ids[(n * width) + t], present[(n * width) + t], types[(n * width) + t]) = (texts[n].Ids[t], 1, texts[n].Types[t]);
        }
        Shape shape = Shape.Of(texts.Count, width);
        return new(Tensor.From(ids, shape), Tensor.From(present, shape), Tensor.From(types, shape));
    }

    /// <summary>The text of tokens.</summary>
    /// <param name="ids">Their numbers.</param>
    /// <param name="special">Whether special tokens appear.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is no token's.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool special = false)
    {
        List<string> tokens = new(ids.Length);
        foreach (int id in ids)
            if (special || !_specials.Contains(id)) tokens.Add(Token(id));
        return Model.Decode(tokens);
    }

    // The tokens of one text, with the characters of it that they cover.
    private List<WordToken> Tokens(string text)
    {
        List<WordToken> tokens = [], inWord = [];
        List<(int Start, int End)> words = [];
        foreach ((int start, int end, AddedToken? added) in _added.Split(text))
        {
            if (added is not null)
            {
                tokens.Add(new(added.Id, start, end));
                continue;
            }
            NormalizedText part = Normalizer.Apply(text, start, end);
            if (Words.AddsPrefixSpace && part.Text.Length > 0 && !char.IsWhiteSpace(part.Text[0])) part = new(" " + part.Text, [part.Starts[0], .. part.Starts], [part.Starts[0], .. part.Ends]);
            words.Clear();
            Words.Split(part.Text, words);
            foreach ((int from, int to) in words)
            {
                inWord.Clear();
                Model.Encode(part.Text.AsSpan(from, to - from), inWord);
                foreach (WordToken t in inWord)
                {
                    int first = part.Starts[from + t.Start];
                    tokens.Add(new(t.Id, first, t.End > t.Start ? part.Ends[from + t.End - 1] : first));       // the mark of a word's start covers nothing
                }
            }
        }
        return tokens;
    }
}
