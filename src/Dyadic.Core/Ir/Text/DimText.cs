using System.Globalization;
using System.Text;

namespace Dyadic.Ir;

/// <summary>Dimensions, shapes and types as text: 3, N, "a name", (N*2), [N, 3], float32[N, 3].</summary>
/// <remarks>A size that was derived is shown with what it was made of. A name that its derivation made too long is shown as a name.</remarks>
internal static class DimText
{
    private const string Operators = "+-*/|";
    private const int Deepest = 100;        // deeper than a derived name can be

    private static readonly Dictionary<string, DType> Types = Enum.GetValues<DType>().ToDictionary(NameOf);

    /// <summary>True for what can stand in the name of a dimension, or of an op, without quotes.</summary>
    public static bool IsOfName(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '.';

    /// <summary>The name of an element type.</summary>
    public static string NameOf(DType type) => type.ToString().ToLowerInvariant();

    /// <summary>The text of a type.</summary>
    public static string Of(TensorType type) => NameOf(type.Type) + Of(type.Shape);

    /// <summary>The text of a shape.</summary>
    public static string Of(Shape shape)
    {
        StringBuilder text = new("[");
        for (int i = 0; i < shape.Rank; i++)
        {
            if (i > 0) text.Append(", ");
            Append(text, shape[i]);
        }
        return text.Append(']').ToString();
    }

    /// <summary>Reads an element type.</summary>
    public static DType ReadDType(TextCursor cursor)
    {
        TextCursor.Place place = cursor.Here();
        string name = cursor.Word("an element type, such as float32").ToString();
        return Types.TryGetValue(name, out DType type) ? type : throw cursor.Wrong(place, $"expected an element type, such as float32 or int8, found '{name}'");
    }

    /// <summary>Reads a type.</summary>
    public static TensorType ReadType(TextCursor cursor) => new(ReadDType(cursor), ReadShape(cursor));

    /// <summary>Reads a shape.</summary>
    public static Shape ReadShape(TextCursor cursor)
    {
        TextCursor.Place place = cursor.Here();
        cursor.Expect('[');
        List<Dim> dims = [];
        if (cursor.Takes(']')) return Shape.Scalar;
        do dims.Add(Read(cursor, 0));
        while (cursor.Takes(',') && dims.Count <= Shape.MaxRank);
        if (dims.Count > Shape.MaxRank) throw cursor.Wrong(place, $"a shape has at most {Shape.MaxRank} dimensions");
        cursor.Expect(']');
        return [.. dims];
    }

    private static void Append(StringBuilder text, Dim dim)
    {
        string name = dim.ToString();
        if (dim.Parts is { } parts && name == $"({parts.A}{parts.Operator}{parts.B})")
        {
            Append(text.Append('('), parts.A);
            Append(text.Append(parts.Operator), parts.B);
            text.Append(')');
        }
        else if (dim.IsKnown || (name.Length > 0 && name.All(IsOfName) && !char.IsAsciiDigit(name[0]))) text.Append(name);
        else text.Append(GraphPrinter.Quoted(name));
    }

    private static Dim Read(TextCursor cursor, int depth)
    {
        TextCursor.Place place = cursor.Here();
        if (depth > Deepest) throw cursor.Wrong(place, $"a dimension is made of more than {Deepest} others in each other");
        if (!cursor.Takes('(')) return ReadOne(cursor, place);
        Dim a = Read(cursor, depth + 1);
        char op = Operators.FirstOrDefault(cursor.Takes);
        if (op == 0) throw cursor.Unexpected("one of + - * / | between two dimensions");
        Dim b = Read(cursor, depth + 1);
        cursor.Expect(')');
        if (op == '|' && a.IsKnown && b.IsKnown && a != b && a != 1 && b != 1) throw cursor.Wrong(place, $"{a} and {b} do not broadcast");
        try
        {
            return op switch { '+' => a + b, '-' => a - b, '*' => a * b, '/' => a / b, _ => Dim.Broadcast(a, b) };
        }
        catch (ShapeException e)
        {
            throw cursor.Wrong(place, e.Message, e);
        }
    }

    private static Dim ReadOne(TextCursor cursor, TextCursor.Place place)
    {
        bool quoted = cursor.Sees('"');
        string name = cursor.DimName("a dimension: a size, a name, or (a+b) and the like");
        if (quoted || !char.IsAsciiDigit(name[0])) return Dim.Symbol(name);
        return int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int size) ? size : throw cursor.Wrong(place, $"expected a size from 0 to {int.MaxValue}, found '{name}'");
    }
}
