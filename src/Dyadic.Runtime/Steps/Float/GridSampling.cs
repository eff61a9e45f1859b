using System.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>What stands for elements beyond the edges of a plane.</summary>
public enum GridPadding
{
    /// <summary>Zeros.</summary>
    Zeros,

    /// <summary>The nearest element.</summary>
    Border,

    /// <summary>The elements seen in a mirror at the edge, again and again.</summary>
    Reflection,
}

/// <summary>
/// How an axis is read between its elements. The place −1 … 1 goes from edge to edge: u = ((g + 1)·n − 1)/2, or from the middle of the first element to that of
/// the last: u = (g + 1)/2·(n − 1).
/// </summary>
/// <param name="Mode">The nearest element (of two the even one), a mean of two weighted by distances, or Keys' cubic convolution with a = −¾.</param>
/// <param name="Padding">What stands for elements beyond the edges.</param>
/// <param name="AlignCorners">Whether −1 and 1 are the middles of the first and last element.</param>
/// <remarks>ONNX GridSample, opset 16 to 22. Keys 1981, "Cubic convolution interpolation", eq. (4).</remarks>
public readonly record struct GridSampling(ResizeMode Mode = ResizeMode.Linear, GridPadding Padding = GridPadding.Zeros, bool AlignCorners = false)
{
    /// <summary>Keys' coefficient a.</summary>
    public const double Cubic = -0.75;

    private const int Far = 1 << 29;

    /// <summary>The number of taps along an axis.</summary>
    public int Taps => Mode switch
    {
        ResizeMode.Nearest => 1,
        ResizeMode.Linear => 2,
        _ => 4,
    };

    /// <summary>The first tap, counted from ⌊u⌋.</summary>
    public int First => Mode == ResizeMode.Cubic ? -1 : 0;

    /// <summary>Writes the taps of a place.</summary>
    /// <param name="g">The place, −1 … 1 between the edges.</param>
    /// <param name="size">n, the size of the axis.</param>
    /// <param name="at">An element for each tap; −1 where a zero stands for it.</param>
    /// <param name="weights">A weight for each tap.</param>
    public void Fill<T>(T g, int size, Span<int> at, Span<T> weights) where T : IFloatingPointIeee754<T>
    {
        T two = T.One + T.One, n = T.CreateChecked(size), u = AlignCorners ? (g + T.One) / two * (n - T.One) : (((g + T.One) * n) - T.One) / two;
        T whole = Mode == ResizeMode.Nearest ? T.Round(u) : T.Floor(u);
        int first = Math.Clamp(int.CreateSaturating(whole), -Far, Far) + First;
        for (int t = 0; t < at.Length; t++) at[t] = Element(first + t, size);
        Weigh(u - whole, weights);
    }

    /// <summary>The element that stands in place <paramref name="i"/>; −1 where it is a zero.</summary>
    private int Element(int i, int size)
    {
        if ((uint)i < (uint)size) return i;
        if (Padding == GridPadding.Zeros) return -1;
        if (Padding == GridPadding.Border) return i < 0 ? 0 : size - 1;
        int period = Period(size), rest = ((i % period) + period) % period;
        return rest < size ? rest : Mirror(size) - rest;
    }

    /// <summary>After how many elements the reflections of an axis repeat.</summary>
    public int Period(int size) => AlignCorners ? Math.Max(1, 2 * (size - 1)) : 2 * size;

    /// <summary>The sum of a place and its reflection at the last edge.</summary>
    public int Mirror(int size) => AlignCorners ? 2 * (size - 1) : (2 * size) - 1;

    private void Weigh<T>(T f, Span<T> weights) where T : IFloatingPointIeee754<T>
    {
        switch (Mode)
        {
            case ResizeMode.Nearest:
                weights[0] = T.One;
                break;
            case ResizeMode.Linear:
                (weights[0], weights[1]) = (T.One - f, f);
                break;
            default:
                T two = T.One + T.One;
                const float A = (float)Cubic;
                (weights[0], weights[1]) = (CubicConvolution.Outer(T.One + f, A), CubicConvolution.Inner(f, A));
                (weights[2], weights[3]) = (CubicConvolution.Inner(T.One - f, A), CubicConvolution.Outer(two - f, A));
                break;
        }
    }
}
