using System.Globalization;
using System.Text;

namespace Dyadic.Ir;

/// <summary>A place in a text, and what can stand there: marks, words, names and quoted text. White space and comments from // to the end of the line are skipped.</summary>
internal sealed class TextCursor(string text, string source)
{
    private const int MostShown = 24;

    private int _at, _lineStart, _line = 1;

    /// <summary>A place that an error can name later.</summary>
    public readonly record struct Place(int Line, int Column);

    /// <summary>Where the next thing starts.</summary>
    public Place Here()
    {
        SkipSpace();
        return new(_line, _at - _lineStart + 1);
    }

    /// <summary>True behind the last thing.</summary>
    public bool IsAtEnd()
    {
        SkipSpace();
        return _at == text.Length;
    }

    /// <summary>True if the next thing starts with this mark, which is not read.</summary>
    public bool Sees(char mark)
    {
        SkipSpace();
        return _at < text.Length && text[_at] == mark;
    }

    /// <summary>Reads a mark if it is next.</summary>
    public bool Takes(char mark)
    {
        if (!Sees(mark)) return false;
        _at++;
        return true;
    }

    /// <summary>Reads a word if it is next.</summary>
    public bool TakesWord(string word)
    {
        SkipSpace();
        int end = _at + word.Length;
        if (string.CompareOrdinal(text, _at, word, 0, word.Length) != 0 || (end < text.Length && IsOfWord(text[end]))) return false;
        _at = end;
        return true;
    }

    /// <summary>Reads a mark.</summary>
    public void Expect(char mark)
    {
        if (!Takes(mark)) throw Unexpected($"'{mark}'");
    }

    /// <summary>Reads a word.</summary>
    public void ExpectWord(string word)
    {
        if (!TakesWord(word)) throw Unexpected($"'{word}'");
    }

    /// <summary>Reads a run of letters, digits and + − . _ ( ): a number, true, the name of a type.</summary>
    public ReadOnlySpan<char> Word(string expected) => Run(IsOfWord, expected);

    /// <summary>Reads a name: letters, digits and . / − _, or anything in quotes.</summary>
    public string Name(string expected) => Sees('"') ? Quoted(expected) : Run(GraphPrinter.IsOfName, expected).ToString();

    /// <summary>Reads the name of an op or of an attribute: letters, digits and . _.</summary>
    public string Identifier(string expected) => Run(DimText.IsOfName, expected).ToString();

    /// <summary>Reads the name of a dimension: letters, digits and . _, or anything in quotes.</summary>
    public string DimName(string expected) => Sees('"') ? Quoted(expected) : Run(DimText.IsOfName, expected).ToString();

    /// <summary>Reads text in quotes, as <see cref="GraphPrinter.Quoted"/> writes it.</summary>
    public string Quoted(string expected)
    {
        Place place = Here();
        if (!Takes('"')) throw Unexpected(expected);
        StringBuilder result = new();
        for (; _at < text.Length && text[_at] is not ('"' or '\n' or '\r'); _at++)
        {
            if (text[_at] == '\\') result.Append(Escaped());
            else result.Append(text[_at]);
        }
        if (_at == text.Length || text[_at] != '"') throw Wrong(place, "expected '\"' at the end of this quoted text, found the end of its line");
        _at++;
        return result.ToString();
    }

    /// <summary>The error that something else was expected here.</summary>
    public GraphTextException Unexpected(string expected) => Wrong(Here(), $"expected {expected}, found {Shown()}");

    /// <summary>An error at a place.</summary>
    public GraphTextException Wrong(Place place, string reason, Exception? inner = null) => new(source, place.Line, place.Column, reason, inner);

    private char Escaped()
    {
        _at++;
        switch (_at < text.Length ? text[_at] : '\0')
        {
            case '"': return '"';
            case '\\': return '\\';
            case 'n': return '\n';
            case 'r': return '\r';
            case 't': return '\t';
            case 'u' when _at + 4 < text.Length && ushort.TryParse(text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code):
                _at += 4;
                return (char)code;
            default: throw Unexpected("one of \" \\ n r t and u with four hexadecimal digits behind '\\'");
        }
    }

    private ReadOnlySpan<char> Run(Func<char, bool> belongs, string expected)
    {
        SkipSpace();
        int start = _at;
        while (_at < text.Length && belongs(text[_at]) && !(text[_at] == '/' && IsComment())) _at++;
        return _at > start ? text.AsSpan(start, _at - start) : throw Unexpected(expected);
    }

    private bool IsComment() => _at + 1 < text.Length && text[_at] == '/' && text[_at + 1] == '/';

    private void SkipSpace()
    {
        for (; _at < text.Length; _at++)
        {
            if (IsComment())
            {
                int end = text.IndexOf('\n', _at);
                _at = end < 0 ? text.Length : end;
                if (end < 0) return;
            }
            if (text[_at] == '\n') (_line, _lineStart) = (_line + 1, _at + 1);
            else if (!char.IsWhiteSpace(text[_at])) return;
        }
    }

    private string Shown()
    {
        if (_at == text.Length) return "the end";
        int end = _at;
        while (end < text.Length && end - _at < MostShown && !char.IsControl(text[end]) && (end == _at || !char.IsWhiteSpace(text[end]))) end++;
        return end == _at ? $"the character {(int)text[_at]:x4}" : $"'{text.AsSpan(_at, end - _at)}'";
    }

    private static bool IsOfWord(char c) => char.IsAsciiLetterOrDigit(c) || c is '+' or '-' or '.' or '_' or '(' or ')';
}
