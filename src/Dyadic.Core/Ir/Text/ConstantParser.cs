namespace Dyadic.Ir;

/// <summary>Constants from text: one element, [elements] in row-major order, or, but for strings, sha256:hash, which lies beside the text under the constant's name or behind "as" another.</summary>
internal sealed class ConstantParser(TextCursor cursor, GraphParser parser, Func<string, Tensor?> find)
{
    private long _bytes;

    /// <summary>Reads the elements of a constant.</summary>
    public Tensor Parse(string name, TensorType type)
    {
        TextCursor.Place place = cursor.Here();
        if (!type.Shape.IsKnown) throw cursor.Wrong(place, $"a constant has a known shape, '{name}' is {type}");
        if (type.Type == DType.String) return ParseStrings(place, type);
        return cursor.TakesWord("sha256") ? ParseReference(place, name, type) : ParseElements(place, type);
    }

    private Tensor ParseElements(TextCursor.Place place, TensorType type)
    {
        int unit = type.Type.Size();
        List<byte> bytes = [];
        Span<byte> element = stackalloc byte[unit];
        bool listed = cursor.Takes('[');
        if (!listed && type.Shape.Rank > 0) throw cursor.Unexpected("'[' and elements, or sha256: and a hash");
        if (!listed || !cursor.Sees(']'))
        {
            do
            {
                Count(unit);
                TextCursor.Place at = cursor.Here();
                ReadOnlySpan<char> word = cursor.Word($"an element of {DimText.NameOf(type.Type)}");
                if (!ElementText.TryRead(type.Type, word, element)) throw cursor.Wrong(at, $"expected an element of {DimText.NameOf(type.Type)}, found '{word}'");
                bytes.AddRange(element);
            }
            while (listed && cursor.Takes(','));
        }
        if (listed) cursor.Expect(']');
        int length = parser.Checked(place, () => type.Shape.Length);
        if (bytes.Count / unit != length) throw cursor.Wrong(place, $"{type} has {length} elements, found {bytes.Count / unit}");
        return Tensor.Create(type.Shape, type.Type, bytes, static (to, from) => from.CopyTo(to));
    }

    private Tensor ParseStrings(TextCursor.Place place, TensorType type)
    {
        const int ObjectBytes = 32;
        List<string> strings = [];
        bool listed = cursor.Takes('[');
        if (!listed && type.Shape.Rank > 0) throw cursor.Unexpected("'[' and texts in quotes");
        if (!listed || !cursor.Sees(']'))
        {
            do
            {
                strings.Add(cursor.Quoted("text in quotes"));
                Count(ObjectBytes + (sizeof(char) * (long)strings[^1].Length));
            }
            while (listed && cursor.Takes(','));
        }
        if (listed) cursor.Expect(']');
        return parser.Checked(place, () => Tensor.FromStrings([.. strings], type.Shape));
    }

    private Tensor ParseReference(TextCursor.Place place, string name, TensorType type)
    {
        cursor.Expect(':');
        string hash = cursor.Word("a hash of 64 hexadecimal digits").ToString();
        string key = cursor.TakesWord("as") ? cursor.Quoted("the name of the constant beside the text, in quotes") : name;
        if (find(key) is not { } given) throw cursor.Wrong(place, $"the constant {GraphPrinter.Quoted(key)} is not among those that lie beside the text; give them too");
        Tensor tensor = AsDeclared(given, type);
        if (tensor.TensorType != type) throw cursor.Wrong(place, $"{GraphPrinter.Quoted(key)} beside the text is {given.TensorType}, {type} is expected");
        Count((long)tensor.Length * type.Type.Size());
        string actual = GraphPrinter.HashOf(tensor);
        return actual == hash ? tensor : throw cursor.Wrong(place, $"{GraphPrinter.Quoted(key)} beside the text is another one: its hash is {actual}, {hash} is expected");
    }

    // Types that a file of tensors has no name for lie there as the bytes of their codes.
    private static Tensor AsDeclared(Tensor given, TensorType type) => type.Type.IsStored() && given.Type == DType.UInt8 ? GraphFile.FromCodes(given, type.Type) : given;

    private void Count(long bytes)
    {
        if ((_bytes += bytes) > parser.Budget.InitialiserBytes)
            throw parser.Exceeded($"its constants take more than {parser.Budget.InitialiserBytes} bytes", nameof(LoadBudget.InitialiserBytes));
    }
}
