using System.Text;

namespace Dyadic.Data;

/// <summary>Records of fields between delimiters: comma-separated values by RFC 4180, or lines of fields between tabs.</summary>
/// <param name="reader">The text.</param>
/// <param name="delimiter">Between fields.</param>
/// <param name="quotes">Fields may stand in quotes, in which delimiters and line ends are text and a quote is written twice.</param>
internal sealed class DelimitedText(TextReader reader, char delimiter, bool quotes)
{
    private readonly StringBuilder _field = new();
    private int _line = 1;

    /// <summary>The records, with the line on which each starts. Empty lines are none.</summary>
    /// <exception cref="FormatException">A quote is not closed, or something follows a closed one.</exception>
    public IEnumerable<(int Line, string[] Fields)> Records()
    {
        List<string> fields = [];
        while (reader.Peek() >= 0)
        {
            int start = _line, end;
            bool quoted = false;
            do
            {
                quoted |= quotes && reader.Peek() == '"';
                end = Field();
                fields.Add(_field.ToString());
            }
            while (end == delimiter);
            bool empty = fields is [""] && !quoted;
            if (!empty) yield return (start, [.. fields]);
            fields.Clear();
            _line++;
        }
    }

    // Reads one field and what ends it: the delimiter, '\n' for any end of a line, or −1.
    private int Field()
    {
        _field.Clear();
        if (quotes && reader.Peek() == '"')
        {
            Quoted();
            int after = Next();
            return after == delimiter || after is '\n' or -1 ? after : throw new FormatException($"line {_line}: '{(char)after}' follows a closing quote");
        }
        while (true)
        {
            int next = Next();
            if (next == delimiter || next is '\n' or -1) return next;
            _field.Append((char)next);
        }
    }

    private void Quoted()
    {
        int opened = _line;
        reader.Read();
        while (true)
        {
            int next = reader.Read();
            if (next < 0) throw new FormatException($"line {opened}: a quote is opened and never closed");
            if (next == '\n') _line++;
            if (next != '"') _field.Append((char)next);
            else if (reader.Peek() == '"') _field.Append((char)reader.Read());
            else return;
        }
    }

    private int Next()
    {
        int next = reader.Read();
        if (next != '\r') return next;
        if (reader.Peek() == '\n') reader.Read();
        return '\n';
    }
}
