using System.Globalization;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>x ↦ min(max(x, Low), High): what a contraction does to its result before it writes it. NaN stays NaN, as in Relu and Clip.</summary>
/// <param name="Low">The smallest result.</param>
/// <param name="High">The largest result; it wins where it is below <paramref name="Low"/>.</param>
public readonly record struct Clamp(float Low, float High)
{
    /// <summary>No bounds.</summary>
    public static Clamp None { get; } = new(float.NegativeInfinity, float.PositiveInfinity);

    /// <summary>max(x, 0).</summary>
    public static Clamp Relu { get; } = new(0, float.PositiveInfinity);

    /// <summary>This clamp, then <paramref name="next"/>: both bounds are clamped, as clamping is monotone.</summary>
    public Clamp Then(Clamp next) => new(next.Of(Math.Min(Low, High)), next.Of(High));

    /// <summary>min(max(x, Low), High).</summary>
    public float Of(float x) => Math.Min(Math.Max(x, Low), High);

    /// <summary>How it shows in listings: nothing, “, relu” or “, clamp 0…6”.</summary>
    public override string ToString() =>
        this == None ? "" : this == Relu ? ", relu" : string.Create(CultureInfo.InvariantCulture, $", clamp {Low}…{High}");
}
