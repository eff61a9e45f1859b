using System.Globalization;
using System.Text;

namespace Dyadic.Data;

/// <summary>Of all ways to cut ▁word into pieces, that of the largest sum of scores, which are logarithms of probabilities; found by Viterbi's algorithm.</summary>
/// <remarks>Kudo 2018. A character that no piece covers is unknown, at the price of the smallest score less 10 (SentencePiece). Pieces of score 0, or without one, are control symbols and cover nothing.</remarks>
internal sealed class UnigramModel : TokenModel
{
    private const char Blank = '\u2581';
    private const float Penalty = 10;
    private readonly float[] _scores;
    private readonly int _unknown, _longest;
    private readonly float _unknownScore;

    public UnigramModel(Vocabulary vocabulary, IReadOnlyList<float> scores, int unknown)
        : base(vocabulary)
    {
        Ensure.Argument(scores.Count >= vocabulary.Count && unknown >= 0 && unknown < scores.Count, $"there are {scores.Count} scores for {vocabulary.Count} pieces, of which {unknown} is the unknown one");
        (_scores, _unknown, _longest, _unknownScore) = ([.. scores], unknown, vocabulary.Entries.Max(e => e.Token.Length), scores.Min() - Penalty);
    }

    /// <summary>Pieces and scores of a file: a piece, a tab and its score in each line, numbered from 0; number 0 is the unknown one. A piece that occurs twice has its first number.</summary>
    public static UnigramModel Read(string path) => DataFile.Read(path, stream =>
    {
        using StreamReader reader = new(stream, new UTF8Encoding(false, throwOnInvalidBytes: true));
        Vocabulary vocabulary = new([]);
        List<float> scores = [];
        while (reader.ReadLine() is { } line)
        {
            int tab = line.LastIndexOf('\t');
            float score = 0;
            bool scored = tab > 0 && (tab == line.Length - 1 || float.TryParse(line.AsSpan(tab + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out score));
            DataFile.Check(scored && float.IsFinite(score), path, $"has no piece, tab and score in line {scores.Count + 1}");
            if (vocabulary[line[..tab]] is null) vocabulary.Add(line[..tab], scores.Count);
            scores.Add(score);
        }
        DataFile.Check(scores.Count > 0, path, $"holds no pieces");
        return new UnigramModel(vocabulary, scores, 0);
    });

    public override void Encode(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        string text = $"{Blank}{word}";
        var ids = Vocabulary.Lookup;
        float[] best = new float[text.Length + 1];
        (int From, int Id)[] last = new (int, int)[text.Length + 1];
        Array.Fill(best, float.NegativeInfinity, 1, text.Length);
        for (int at = 0; at < text.Length; at += RuneLength(text, at))
        {
            for (int length = 1; length <= Math.Min(_longest, text.Length - at); length++)
                if (ids.TryGetValue(text.AsSpan(at, length), out int id) && _scores[id] != 0) Offer(at, at + length, id, _scores[id]);
            Offer(at, at + RuneLength(text, at), _unknown, _unknownScore);
        }
        int first = tokens.Count;
        for (int end = text.Length; end > 0; end = last[end].From) tokens.Add(new(last[end].Id, Math.Max(0, last[end].From - 1), end - 1));
        tokens.Reverse(first, tokens.Count - first);

        void Offer(int from, int to, int id, float score)
        {
            if (best[from] + score <= best[to]) return;
            (best[to], last[to]) = (best[from] + score, (from, id));
        }
    }

    public override string Decode(IEnumerable<string> tokens) => string.Concat(tokens).Replace(Blank, ' ').TrimStart(' ');

    private static int RuneLength(string text, int at) => char.IsHighSurrogate(text[at]) && at + 1 < text.Length ? 2 : 1;
}
