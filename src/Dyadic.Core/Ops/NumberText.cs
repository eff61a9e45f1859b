using System.Globalization;
using System.Numerics;
using Dyadic.Arithmetics;
using Dyadic.Runtime;

namespace Dyadic.Ops;

/// <summary>Numbers as text, and text as numbers; see <see cref="Cast"/> for the rules.</summary>
internal static class NumberText
{
    private const int LongestBytes = 96, ShownCharacters = 40;        // the text of a number, as an object; of what is no number in an error
    private const double LeastPlain = 1e-4, LeastScientific = 1e16;

    /// <summary>The text of each number.</summary>
    /// <exception cref="BudgetException">It may take more memory than the run under way may hold.</exception>
    public static Tensor Write(Tensor x)
    {
        RunMeter.BudgetNow.RequireBytes($"Cast: the text of {x.TensorType}", (double)x.Length * LongestBytes);
        string[] texts = x.Type switch
        {
            DType.Bool => Array.ConvertAll(x.ToArray<bool>(), v => v ? "True" : "False"),
            DType.UInt64 => Array.ConvertAll(x.ToArray<ulong>(), v => v.ToString(CultureInfo.InvariantCulture)),
            DType.Float64 => Array.ConvertAll(x.ToArray<double>(), v => Real(v, v.ToString("R", CultureInfo.InvariantCulture))),
            DType.Float16 => Array.ConvertAll(x.ToArray<Half>(), v => Real((double)v, v.ToString("R", CultureInfo.InvariantCulture))),
            _ when x.Type.IsInteger() || x.Type.IsFourBits() => Array.ConvertAll(x.Cast(DType.Int64).ToArray<long>(), v => v.ToString(CultureInfo.InvariantCulture)),
            _ => Array.ConvertAll(x.Cast(DType.Float32).ToArray<float>(), v => Real(v, v.ToString("R", CultureInfo.InvariantCulture))),
        };
        return Tensor.FromStrings(texts, x.Shape);
    }

    /// <summary>The number that each string is.</summary>
    /// <exception cref="PrecisionException">A string is no number, or none that the type holds.</exception>
    public static Tensor Read(Tensor x, DType to, bool saturate)
    {
        string[] texts = x.ToStrings();
        return to switch
        {
            DType.Bool => Of(texts, x.Shape, to, Truth),
            DType.Float64 => Of(texts, x.Shape, to, Real<double>),
            DType.Float32 => Of(texts, x.Shape, to, Real<float>),
            DType.Float16 => Of(texts, x.Shape, to, Real<Half>),
            DType.UInt64 => Of<ulong>(texts, x.Shape, to, t => Integer(t, ulong.MinValue, ulong.MaxValue) is { } v ? (ulong)v : null),
            _ when to.IsInteger() || to.IsFourBits() => Of<long>(texts, x.Shape, to, t => Integer(t, Least(to), Most(to)) is { } v ? (long)v : null).Cast(to),
            _ => Of(texts, x.Shape, to, Real<double>).Apply(new Cast(to, saturate)),
        };
    }

    private static Tensor Of<T>(string[] texts, Shape shape, DType to, Func<string, T?> parse) where T : unmanaged
    {
        var values = new T[texts.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = parse(texts[i]) ?? throw new PrecisionException($"Cast: element {i}, \"{(texts[i].Length > ShownCharacters ? texts[i][..ShownCharacters] + "…" : texts[i])}\", is no {to}.");
        return Tensor.From(values, shape);
    }

    private static bool? Truth(string text) => bool.TryParse(text, out bool truth) ? truth : Real<double>(text) is { } number ? number != 0 : null;

    private static T? Real<T>(string text) where T : struct, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<char> word = text.AsSpan().Trim();
        if (word.Equals("INF", StringComparison.OrdinalIgnoreCase) || word.Equals("+INF", StringComparison.OrdinalIgnoreCase)) return T.PositiveInfinity;
        if (word.Equals("-INF", StringComparison.OrdinalIgnoreCase)) return T.NegativeInfinity;
        return T.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out T value) ? value : null;
    }

    // Digits alone are exact; what has a fraction or an exponent is cut to an integer.
    private static Int128? Integer(string text, Int128 least, Int128 most)
    {
        if (!Int128.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out Int128 value))
        {
            if (Real<double>(text) is not { } real || !(Math.Abs(real) < LeastScientific)) return null;
            value = (Int128)Math.Truncate(real);
        }
        return value >= least && value <= most ? value : null;
    }

    private static Int128 Least(DType type) => type switch
    {
        DType.Int8 => sbyte.MinValue,
        DType.Int16 => short.MinValue,
        DType.Int32 => int.MinValue,
        DType.Int64 => long.MinValue,
        DType.Int4 => -8,
        _ => 0,
    };

    private static Int128 Most(DType type) => type switch
    {
        DType.Int4 => 7,
        DType.UInt4 => 15,
        _ => (Int128.One << ((8 * type.Size()) - (Least(type) < 0 ? 1 : 0))) - 1,
    };

    // From the shortest digits that .NET prints, which has other limits of what is plain.
    private static string Real(double value, string shortest)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "INF" : "-INF";
        string sign = shortest.StartsWith('-') ? "-" : "";
        string[] parts = shortest[sign.Length..].Split('E');
        int point = parts[0].IndexOf('.'), exponent = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        int place = (point < 0 ? parts[0].Length : point) + exponent;
        string all = parts[0].Replace(".", "", StringComparison.Ordinal), digits = all.TrimStart('0');
        place -= all.Length - digits.Length;
        digits = digits.TrimEnd('0');
        if (digits.Length == 0) return sign + "0.0";            // else 0.digits·10^place
        if (Math.Abs(value) is >= LeastPlain and < LeastScientific)
        {
            string whole = place <= 0 ? "0" : digits[..Math.Min(place, digits.Length)].PadRight(place, '0');
            string fraction = place < 0 ? new string('0', -place) + digits : place < digits.Length ? digits[place..] : "0";
            return $"{sign}{whole}.{fraction}";
        }
        return $"{sign}{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{(place > 0 ? '+' : '-')}{Math.Abs(place - 1):00}";
    }
}
