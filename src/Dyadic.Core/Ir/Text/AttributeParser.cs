namespace Dyadic.Ir;

/// <summary>Attributes of ops from text: { Name = value, … }. What has a default may be left out.</summary>
internal sealed class AttributeParser(TextCursor cursor, GraphParser parser, IReadOnlyList<OpForm> ops)
{
    /// <summary>The record with the attributes that follow, if any.</summary>
    /// <param name="place">Where it started.</param>
    /// <param name="form">Its form.</param>
    public object Parse(TextCursor.Place place, OpForm form)
    {
        IReadOnlyList<OpForm.Attribute> attributes = form.Attributes;
        object?[] values = [.. attributes.Select(a => a.Default)];
        bool[] given = new bool[values.Length];
        using (parser.Deeper())
        {
            if (cursor.Takes('{') && !cursor.Takes('}'))
            {
                do ParseOne(form, values, given);
                while (cursor.Takes(','));
                cursor.Expect('}');
            }
        }
        for (int i = 0; i < values.Length; i++)
            if (!given[i] && !attributes[i].IsOptional) throw cursor.Wrong(place, $"{form.Name} needs the attribute {attributes[i].Name}");
        return parser.Checked(place, () => form.Create(values));
    }

    private void ParseOne(OpForm form, object?[] values, bool[] given)
    {
        TextCursor.Place place = cursor.Here();
        string name = cursor.Identifier("the name of an attribute");
        int at = form.Attributes.Index().FirstOrDefault(a => a.Item.Name == name, (-1, null!)).Index;
        if (at < 0) throw cursor.Wrong(place, $"{form.Name} has no attribute '{name}'; {(values.Length == 0 ? "it has none" : $"it has {string.Join(", ", form.Attributes.Select(a => a.Name))}")}");
        if (given[at]) throw cursor.Wrong(place, $"the attribute {name} occurs twice");
        given[at] = true;
        cursor.Expect('=');
        values[at] = ParseValue(form.Attributes[at].Type);
    }

    private object? ParseValue(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } held) return cursor.TakesWord("none") ? null : ParseValue(held);
        if (type == typeof(Graph)) return parser.ParseGraph();
        if (type == typeof(Shape)) return DimText.ReadShape(cursor);
        if (type == typeof(DType)) return DimText.ReadDType(cursor);
        if (type == typeof(string)) return cursor.Quoted("text in quotes");
        if (type == typeof(Dims)) return Dims.Create([.. ParseList(() => (int)ParseNumber(typeof(int)))]);
        if (type == typeof(Texts)) return Texts.Create([.. ParseList(() => cursor.Quoted("text in quotes"))]);
        if (type.IsEnum) return ParseChoice(type);
        if (OpForms.Find(type, ops) is not { } form) return ParseNumber(type);
        TextCursor.Place place = cursor.Here();
        if (typeof(Op).IsAssignableFrom(type)) cursor.ExpectWord(form.Name);
        return Parse(place, form);
    }

    private object ParseNumber(Type type)
    {
        TextCursor.Place place = cursor.Here();
        ReadOnlySpan<char> word = cursor.Word("a value");
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        object? value =
            type == typeof(int) ? ElementText.TryRead(DType.Int32, word, bytes) ? BitConverter.ToInt32(bytes) : null
            : type == typeof(long) ? ElementText.TryRead(DType.Int64, word, bytes) ? BitConverter.ToInt64(bytes) : null
            : type == typeof(ulong) ? ElementText.TryRead(DType.UInt64, word, bytes) ? BitConverter.ToUInt64(bytes) : null
            : type == typeof(float) ? ElementText.TryRead(DType.Float32, word, bytes[..sizeof(float)]) ? BitConverter.ToSingle(bytes) : null
            : type == typeof(double) ? ElementText.TryRead(DType.Float64, word, bytes) ? BitConverter.ToDouble(bytes) : null
            : type == typeof(bool) ? ElementText.TryRead(DType.Bool, word, bytes) ? BitConverter.ToBoolean(bytes) : null
            : throw cursor.Wrong(place, $"an attribute of the type {type.Name} has no text");
        return value ?? throw cursor.Wrong(place, $"expected {Described(type)}, found '{word}'");
    }

    private static string Described(Type type) =>
        type == typeof(bool) ? "true or false" : type == typeof(float) || type == typeof(double) ? "a real number" : $"a whole number that fits {type.Name}";

    private List<T> ParseList<T>(Func<T> parse)
    {
        cursor.Expect('[');
        List<T> all = [];
        if (cursor.Takes(']')) return all;
        do all.Add(parse());
        while (cursor.Takes(','));
        cursor.Expect(']');
        return all;
    }

    private object ParseChoice(Type type)
    {
        TextCursor.Place place = cursor.Here();
        string word = cursor.Identifier("a word");
        string[] names = Enum.GetNames(type);
        return names.Contains(word) ? Enum.Parse(type, word) : throw cursor.Wrong(place, $"expected one of {string.Join(", ", names)}, found '{word}'");
    }
}
