using System.Globalization;
using Dyadic.Numerics.Emulation;

namespace Dyadic.Arithmetics;

/// <summary>The names of emulated arithmetics: "e5m2:ob", "mca:24:rr".</summary>
internal static class EmulatedNames
{
    private static readonly (string Name, FloatFormat Format)[] s_presets =
    [
        ("fp16", FloatFormat.Binary16), ("bf16", FloatFormat.BFloat16), ("tf32", new(8, 10)), ("fp24", new(7, 16)), ("pxr24", new(8, 15)), ("fp32", FloatFormat.Binary32),
    ];

    private static readonly (string Vprec, string MonteCarlo, EmulationMode Mode)[] s_modes =
        [("ib", "pb", EmulationMode.Inbound), ("ob", "rr", EmulationMode.Outbound), ("full", "full", EmulationMode.Full)];

    /// <summary>FORMAT[:MODE], or null for another kind of name.</summary>
    public static Arithmetic? Vprec(string text, ulong seed)
    {
        string[] parts = text.Split(':');
        if (parts.Length > 2 || Format(parts[0]) is not { } format) return null;
        EmulationMode mode = parts.Length == 1 ? EmulationMode.Outbound
            : Mode(parts[1], m => m.Vprec) ?? throw new FormatException($"'{text}': '{parts[1]}' is no mode. Use ib (operands are rounded), ob (results) or full (both).");
        return Arithmetic.Emulated(new VprecOptions { Format32 = format, Mode = mode });
    }

    /// <summary>mca[:T[:MODE]], or null for another kind of name.</summary>
    public static Arithmetic? MonteCarlo(string text, ulong seed)
    {
        string[] parts = text.Split(':');
        if (parts[0] != "mca" || parts.Length > 3) return null;
        int precision = 24;
        if (parts.Length > 1 && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out precision) || precision is < 1 or > 53))
            throw new FormatException($"'{text}': '{parts[1]}' is no precision. Use 1 to 53 bits, the hidden one included; 24 is that of float32.");
        EmulationMode mode = parts.Length < 3 ? EmulationMode.Outbound
            : Mode(parts[2], m => m.MonteCarlo) ?? throw new FormatException($"'{text}': '{parts[2]}' is no mode. Use rr (results are perturbed), pb (operands) or full (both).");
        return Arithmetic.MonteCarlo(new MonteCarloOptions { Precision32 = precision, Mode = mode }, seed);
    }

    /// <summary>The name of <paramref name="options"/>.</summary>
    public static string Of(VprecOptions options) => $"{Of(options.Format32)}{(options.Mode == EmulationMode.Outbound ? "" : ":" + ModeOf(options.Mode).Vprec)}";

    /// <summary>The name of <paramref name="options"/>.</summary>
    public static string Of(MonteCarloOptions options) => $"mca:{options.Precision32}:{ModeOf(options.Mode).MonteCarlo}";

    /// <summary>"fp16", "e5m2" and so on.</summary>
    public static string Of(FloatFormat format) => s_presets.FirstOrDefault(p => p.Format == format).Name ?? format.ToString();

    /// <summary>A preset, or eNmM with 2 to 8 exponent and 1 to 23 mantissa bits.</summary>
    private static FloatFormat? Format(string text)
    {
        foreach ((string name, FloatFormat format) in s_presets)
            if (name == text) return format;
        int split = text.IndexOf('m', StringComparison.Ordinal);
        if (!text.StartsWith('e') || split < 0
            || !int.TryParse(text[1..split], NumberStyles.None, CultureInfo.InvariantCulture, out int exponent)
            || !int.TryParse(text[(split + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int mantissa)) return null;
        if (exponent is < 2 or > 8 || mantissa is < 1 or > 23)
            throw new FormatException($"'{text}' does not fit in float32. Use 2 to 8 exponent and 1 to 23 mantissa bits.");
        return new(exponent, mantissa);
    }

    private static EmulationMode? Mode(string text, Func<(string Vprec, string MonteCarlo, EmulationMode Mode), string> name)
    {
        foreach ((string, string, EmulationMode Mode) mode in s_modes)
            if (name(mode) == text) return mode.Mode;
        return null;
    }

    private static (string Vprec, string MonteCarlo, EmulationMode Mode) ModeOf(EmulationMode mode) => Array.Find(s_modes, m => m.Mode == mode);
}
