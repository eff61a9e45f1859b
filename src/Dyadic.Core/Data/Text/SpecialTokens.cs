namespace Dyadic.Data;

/// <summary>A token that is found in the text as it stands, before anything is cut.</summary>
/// <param name="Content">Its text.</param>
/// <param name="Id">Its number.</param>
/// <param name="Special">Left out when tokens are made text again.</param>
/// <param name="StripLeft">Takes the white space in front of it along.</param>
/// <param name="StripRight">Takes the white space behind it along.</param>
/// <param name="SingleWord">Counts only between white space, signs, or the ends of the text.</param>
public sealed record AddedToken(string Content, int Id, bool Special = true, bool StripLeft = false, bool StripRight = false, bool SingleWord = false);

/// <summary>A place in a template: sequence 0 or 1, or a special token (sequence −1).</summary>
internal readonly record struct TemplatePiece(int Sequence, int Id, int Type);

/// <summary>What surrounds one sequence, and two.</summary>
internal sealed record Template(IReadOnlyList<TemplatePiece> Single, IReadOnlyList<TemplatePiece> Pair)
{
    /// <summary>Nothing; the second sequence follows the first and is of type 1.</summary>
    public static Template None { get; } = new([new(0, 0, 0)], [new(0, 0, 0), new(1, 0, 1)]);

    /// <summary>start a end, and start a end b end with b end of type 1.</summary>
    public static Template Bert(int start, int end) => new(
        [new(-1, start, 0), new(0, 0, 0), new(-1, end, 0)],
        [new(-1, start, 0), new(0, 0, 0), new(-1, end, 0), new(1, 0, 1), new(-1, end, 1)]);

    /// <summary>start a end, and start a end end b end, all of type 0.</summary>
    public static Template Roberta(int start, int end) => new(
        [new(-1, start, 0), new(0, 0, 0), new(-1, end, 0)],
        [new(-1, start, 0), new(0, 0, 0), new(-1, end, 0), new(-1, end, 0), new(1, 0, 0), new(-1, end, 0)]);
}

/// <summary>Added tokens in a text: the first from the left, and the longest of those.</summary>
internal sealed class AddedTokens
{
    private readonly ILookup<char, AddedToken> _byFirst;

    public AddedTokens(IReadOnlyList<AddedToken> tokens)
    {
        All = tokens;
        _byFirst = tokens.Where(t => t.Content.Length > 0).OrderByDescending(t => t.Content.Length).ToLookup(t => t.Content[0]);
    }

    public IReadOnlyList<AddedToken> All { get; }

    /// <summary>Cuts the text into parts: those with a token are it, the others are text.</summary>
    public IEnumerable<(int Start, int End, AddedToken? Token)> Split(string text)
    {
        int done = 0;
        for (int at = 0; at < text.Length;)
        {
            AddedToken? token = _byFirst[text[at]].FirstOrDefault(t => text.AsSpan(at).StartsWith(t.Content, StringComparison.Ordinal) && Fits(t, text, at));
            if (token is null)
            {
                at++;
                continue;
            }
            (int start, int end) = (at, at + token.Content.Length);
            while (token.StripLeft && start > done && char.IsWhiteSpace(text[start - 1])) start--;
            while (token.StripRight && end < text.Length && char.IsWhiteSpace(text[end])) end++;
            if (start > done) yield return (done, start, null);
            yield return (start, end, token);
            done = at = end;
        }
        if (done < text.Length) yield return (done, text.Length, null);
    }

    private static bool Fits(AddedToken token, string text, int at) =>
        !token.SingleWord || !(at > 0 && char.IsLetterOrDigit(text[at - 1])) && !(at + token.Content.Length is var end && end < text.Length && char.IsLetterOrDigit(text[end]));
}
