using Dyadic.Arithmetics;
using Dyadic.Numerics.Emulation;

namespace Dyadic.Ir;

/// <summary>One format that was tried in place of float32.</summary>
/// <param name="ExponentBits">r.</param>
/// <param name="MantissaBits">p.</param>
/// <param name="Score">What the judge made of the outputs.</param>
/// <param name="Kept">Whether the score sufficed.</param>
public sealed record TriedFormat(int ExponentBits, int MantissaBits, double Score, bool Kept)
{
    /// <summary>1 + r + p.</summary>
    public int Bits => 1 + ExponentBits + MantissaBits;
}

/// <summary>The smallest mantissa for each width of the exponent, and the smallest format of all.</summary>
/// <param name="Tried">Every format that was run, in the order of the search.</param>
/// <param name="Frontier">For each exponent that suffices with some mantissa, widest first, the smallest that does.</param>
public sealed record FormatSearchResult(IReadOnlyList<TriedFormat> Tried, IReadOnlyList<TriedFormat> Frontier)
{
    /// <summary>The format of the fewest bits that suffices; of equal ones that of the widest exponent. Null where float32 itself does not.</summary>
    public TriedFormat? Smallest => Frontier.MinBy(f => f.Bits);
}

/// <summary>
/// Looks for the smallest floats in which a graph still gives what is asked: by bisection over the mantissa at each width of the exponent, which
/// takes for granted that more bits of either kind do not make a result worse.
/// </summary>
public static class FormatSearch
{
    private const int WidestExponent = 8, NarrowestExponent = 2, WidestMantissa = 23;

    /// <summary>Searches.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="inputs">One tensor for each input, in its order.</param>
    /// <param name="mode">Whether operands, results or both are rounded.</param>
    /// <param name="score">The score of the outputs of a run, for example the share of predictions that are unchanged.</param>
    /// <param name="least">The score that suffices.</param>
    /// <param name="progress">Hears of the share done.</param>
    /// <param name="cancellation">Stops between nodes.</param>
    public static FormatSearchResult Run(
        Graph graph, Tensor[] inputs, EmulationMode mode, Func<Tensor[], double> score, double least, Action<double>? progress = null, CancellationToken cancellation = default)
    {
        GraphInterpreter interpreter = new(graph);
        List<TriedFormat> tried = [], frontier = [];
        TriedFormat Try(int exponent, int mantissa)
        {
            using IDisposable scope = Arithmetic.Use(Arithmetic.Emulated(new VprecOptions { Format32 = new(exponent, mantissa), Mode = mode }));
            using GradMode.Scope noGrad = GradMode.Set(false);
            double value = score(interpreter.Run(inputs, cancellation: cancellation));
            tried.Add(new(exponent, mantissa, value, value >= least));
            return tried[^1];
        }
        int fewest = 1;                                                 // fewer bits did not suffice with a wider exponent
        for (int exponent = WidestExponent; exponent >= NarrowestExponent; exponent--)
        {
            if (Narrowest(exponent, fewest, Try) is not { } found) break;
            frontier.Add(found);
            fewest = found.MantissaBits;
            progress?.Invoke((WidestExponent - exponent + 1.0) / (WidestExponent - NarrowestExponent + 1));
        }
        return new(tried, frontier);
    }

    // The fewest mantissa bits that suffice, from `fewest` on: first that one, then by halves.
    private static TriedFormat? Narrowest(int exponent, int fewest, Func<int, int, TriedFormat> attempt)
    {
        TriedFormat best = attempt(exponent, fewest);
        if (best.Kept) return best;
        if (fewest == WidestMantissa) return null;
        best = attempt(exponent, WidestMantissa);
        if (!best.Kept) return null;
        for (int low = fewest; best.MantissaBits - low > 1;)
        {
            int middle = low + ((best.MantissaBits - low) / 2);
            TriedFormat next = attempt(exponent, middle);
            if (next.Kept) best = next;
            else low = middle;
        }
        return best;
    }
}
