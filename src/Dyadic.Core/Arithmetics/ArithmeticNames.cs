namespace Dyadic.Arithmetics;

/// <summary>The names of arithmetics, as the command line and run records use them.</summary>
public static class ArithmeticNames
{
    // What a name may look like, for errors and help, and the arithmetic of a text and a seed: null where the text is of another kind.
    private static readonly (string Form, Func<string, ulong, Arithmetic?> Read)[] s_kinds =
    [
        ("float32", static (text, _) => text == "float32" ? Arithmetic.Float32 : null),
        (IntegerFormat.Form, static (text, seed) => IntegerFormat.TryParse(text) is { } format ? Arithmetic.Integer(format, seed) : null),
        ("FORMAT[:ob|:ib|:full] with FORMAT fp16, bf16, tf32, fp24, pxr24, fp32 or eNmM such as e5m2", EmulatedNames.Vprec),
        ("mca[:T[:rr|:pb|:full]] with T bits of precision, 24 by default", EmulatedNames.MonteCarlo),
    ];

    /// <summary>The forms of names, for help texts.</summary>
    public static IReadOnlyList<string> Forms { get; } = [.. s_kinds.Select(k => k.Form)];

    /// <summary>See <see cref="Arithmetic.Parse"/>.</summary>
    internal static Arithmetic Parse(string text, ulong seed)
    {
        foreach ((_, Func<string, ulong, Arithmetic?> read) in s_kinds)
            if (read(text.Trim().ToLowerInvariant(), seed) is { } arithmetic) return arithmetic;
        throw new FormatException($"'{text}' names no arithmetic. Use one of: {string.Join(", ", Forms)}.");
    }
}
