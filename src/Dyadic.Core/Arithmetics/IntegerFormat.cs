using System.Globalization;
using System.Text.RegularExpressions;

namespace Dyadic.Arithmetics;

/// <summary>The bits of integer training, and how numbers are rounded to them.</summary>
/// <remarks>
/// In text: <c>int</c>W[<c>a</c>A][<c>/</c>G[<c>/</c>O]][<c>:nearest</c>][<c>:headroom</c>], with W bits of weights, A of activations, G of gradients and O of
/// the optimiser's state (or <c>f32</c>), A and G being W and O 16 where they are left out: int8, int12:nearest, int8/8/16, int8a12, int10/10/f32.
/// </remarks>
public sealed partial record IntegerFormat
{
    /// <summary>The form of the text.</summary>
    internal const string Form = "intW[aA][/G[/O]][:nearest][:headroom] (W, A, G, O bits from 2 to 16; O also f32)";

    /// <summary>Bits of weights, sign included: 2 … 16.</summary>
    public int WeightBits { get; init => field = Checked(value); } = 8;

    /// <summary>Bits of activations.</summary>
    public int ActivationBits { get; init => field = Checked(value); } = 8;

    /// <summary>Bits of gradients.</summary>
    public int GradientBits { get; init => field = Checked(value); } = 8;

    /// <summary>Bits of the state of optimisers and of the weights they update; null leaves the update in float32.</summary>
    public int? OptimizerBits { get; init => field = value is { } bits ? Checked(bits) : null; } = 16;

    /// <summary>Stochastic rounding, which has no bias; else to the nearest, ties to even.</summary>
    public bool IsStochastic { get; init; } = true;

    /// <summary>Leaves the top bit of each tensor unused, so that no code saturates and stochastic rounding is free of bias at the top too.</summary>
    public bool Headroom { get; init; }

    /// <summary>The format that <paramref name="text"/> names.</summary>
    /// <exception cref="FormatException">It names none.</exception>
    public static IntegerFormat Parse(string text) => TryParse(text) ?? throw new FormatException($"'{text}' is no integer format. Use {Form}.");

    /// <inheritdoc/>
    public override string ToString()
    {
        string o = OptimizerBits is { } bits ? Text(bits) : "f32";
        string text = "int" + Text(WeightBits) + (ActivationBits == WeightBits ? "" : "a" + Text(ActivationBits));
        if (o != "16") text += $"/{Text(GradientBits)}/{o}";
        else if (GradientBits != WeightBits) text += "/" + Text(GradientBits);
        return text + (IsStochastic ? "" : ":nearest") + (Headroom ? ":headroom" : "");
    }

    internal static IntegerFormat? TryParse(string text)
    {
        Match match = Grammar().Match(text);
        if (!match.Success) return null;
        int weights = Number("w") ?? 0, activations = Number("a") ?? weights, gradients = Number("g") ?? weights;
        int? optimizer = match.Groups["o"].Value == "f32" ? null : Number("o") ?? 16;
        foreach (int bits in new[] { weights, activations, gradients, optimizer ?? 16 })
            if (bits is < 2 or > 16) throw new FormatException($"'{text}' asks for {bits} bits; 2 to 16 are possible.");
        return new()
        {
            WeightBits = weights, ActivationBits = activations, GradientBits = gradients, OptimizerBits = optimizer,
            IsStochastic = !match.Groups["n"].Success, Headroom = match.Groups["h"].Success,
        };

        int? Number(string group) => match.Groups[group] is { Success: true } g ? int.Parse(g.Value, CultureInfo.InvariantCulture) : null;
    }

    [GeneratedRegex(@"^int(?<w>\d{1,2})(a(?<a>\d{1,2}))?(/(?<g>\d{1,2})(/(?<o>\d{1,2}|f32))?)?(?<n>:nearest)?(?<h>:headroom)?$")]
    private static partial Regex Grammar();

    private static string Text(int bits) => bits.ToString(CultureInfo.InvariantCulture);

    private static int Checked(int bits) => bits is >= 2 and <= 16 ? bits : throw new ArgumentOutOfRangeException(nameof(bits), bits, "Codes have 2 to 16 bits.");
}
