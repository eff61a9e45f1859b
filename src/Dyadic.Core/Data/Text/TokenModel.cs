namespace Dyadic.Data;

/// <summary>A token in a word: its number and the characters [Start, End) of the word that it covers.</summary>
internal readonly record struct WordToken(int Id, int Start, int End);

/// <summary>Finds the tokens of a word, and makes text of tokens.</summary>
internal abstract class TokenModel(Vocabulary vocabulary)
{
    public Vocabulary Vocabulary => vocabulary;

    /// <summary>Adds the tokens of one word, places counted from its start.</summary>
    public abstract void Encode(ReadOnlySpan<char> word, List<WordToken> tokens);

    /// <summary>The text of tokens.</summary>
    public abstract string Decode(IEnumerable<string> tokens);
}
