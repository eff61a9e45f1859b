using System.Globalization;
using System.Text;

namespace Dyadic.Data;

/// <summary>A text as the model sees it, and where each of its characters came from.</summary>
/// <param name="Text">The text.</param>
/// <param name="Starts">For each character, where the one that it came from starts.</param>
/// <param name="Ends">And where that one ends, with the marks that it has lost.</param>
internal readonly record struct NormalizedText(string Text, int[] Starts, int[] Ends);

/// <summary>What happens to a text before it is cut: BERT's clean-up, each step by choice.</summary>
/// <param name="Clean">Control characters go, every white space becomes a blank.</param>
/// <param name="SpaceIdeographs">Chinese characters become words of their own.</param>
/// <param name="StripAccents">Letters lose their accents.</param>
/// <param name="Lowercase">Letters become small.</param>
public sealed record TextNormalizer(bool Clean, bool SpaceIdeographs, bool StripAccents, bool Lowercase)
{
    /// <summary>Nothing happens.</summary>
    public static TextNormalizer None { get; } = new(false, false, false, false);

    /// <summary>That of uncased BERT models.</summary>
    public static TextNormalizer Bert { get; } = new(true, true, true, true);

    private static readonly (int First, int Last)[] Ideographs =
    [
        (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F), (0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
    ];

    /// <summary>The text after all steps.</summary>
    public string Normalize(string text) => Apply(text, 0, text.Length).Text;

    /// <summary>Normalises text[start .. end].</summary>
    internal NormalizedText Apply(string text, int start, int end)
    {
        StringBuilder result = new(end - start);
        List<int> starts = new(end - start), ends = new(end - start);
        for (int at = start; at < end;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at, end - at), out Rune rune, out int length);
            Append(result, rune);
            if (starts.Count == result.Length && starts.Count > 0 && Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark) ends[^1] = at + length;
            for (int i = starts.Count; i < result.Length; i++)
            {
                starts.Add(at);
                ends.Add(at + length);
            }
            at += length;
        }
        return new(result.ToString(), [.. starts], [.. ends]);
    }

    private void Append(StringBuilder text, Rune rune)
    {
        if (Clean)
        {
            if (rune.Value is 0 or 0xFFFD) return;
            if (Rune.IsWhiteSpace(rune))                                            // \t, \n and \r are control characters too
            {
                text.Append(' ');
                return;
            }
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate) return;
        }
        bool spaced = SpaceIdeographs && Array.Exists(Ideographs, range => rune.Value >= range.First && rune.Value <= range.Last);
        if (spaced) text.Append(' ');
        int from = text.Length;
        if (StripAccents) Accents.AppendStripped(text, rune);
        else text.Append(rune.ToString());
        if (Lowercase && text.Length > from)
        {
            string lower = text.ToString(from, text.Length - from).ToLowerInvariant();
            text.Length = from;
            text.Append(lower);
        }
        if (spaced) text.Append(' ');
    }
}
