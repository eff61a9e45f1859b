using Dyadic.Numerics.Digits;

namespace Dyadic.Ir;

/// <summary>The significant bits of one floating-point value of a graph, over its elements; elements that are 0 in every run do not count.</summary>
/// <param name="Name">The value.</param>
/// <param name="Node">The node that computes it; empty for none.</param>
/// <param name="Op">Its op.</param>
/// <param name="Bits">The mean over elements of the significant bits by <see cref="SignificantDigits.Cnh"/>, or of one run by <see cref="SignificantDigits.Shared"/>; at most the mantissa: 23 for float32.</param>
/// <param name="LowBits">The bits that nine of ten elements exceed.</param>
/// <param name="LeastBits">The bits of the worst element.</param>
/// <param name="General">The mean of the bits that all runs shared, by <see cref="SignificantDigits.General"/>.</param>
/// <param name="Contributing">The mean of the contributing bits, by <see cref="SignificantDigits.Contributing"/>; of one run <see cref="Bits"/>.</param>
/// <param name="Lost">The mean bits of the worst input of the node, less <see cref="Bits"/>; 0 where none are lost, and for nodes that only choose or move values.</param>
/// <param name="Elements">The elements looked at.</param>
public sealed record ValueStability(
    string Name, string Node, string Op, double Bits, double LowBits, double LeastBits, double General, double Contributing, double Lost, int Elements)
{
    /// <summary><see cref="Bits"/> as decimal digits.</summary>
    public double Digits => Bits * SignificantDigits.DecimalPerBit;

    internal static ValueStability Of(string name, string node, string op, DigitStatistics statistics, double bitsOfInputs, bool isExact, StabilityOptions options)
    {
        int[] counted = [.. Enumerable.Range(0, statistics.Length).Where(i => statistics.Reference(i) != 0 || statistics.Mean(i) != 0)];
        if (counted.Length == 0) counted = [.. Enumerable.Range(0, statistics.Length)];
        if (counted.Length == 0) return new(name, node, op, bitsOfInputs, bitsOfInputs, bitsOfInputs, bitsOfInputs, bitsOfInputs, 0, 0);
        bool isOne = statistics.Count < 2;
        double[] bits = Array.ConvertAll(counted, i => isOne ? statistics.Shared(i) : statistics.Cnh(i, options.Probability, options.Confidence));
        Array.Sort(bits);
        double mean = bits.Average();
        return new(
            name, node, op, mean, bits[bits.Length / 10], bits[0], counted.Average(i => (double)statistics.General(i)),
            isOne ? mean : counted.Average(i => statistics.Contributing(i, confidence: options.Confidence)), isExact ? 0 : Math.Max(0, bitsOfInputs - mean), statistics.Length);
    }
}
