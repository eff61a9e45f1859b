using System.Globalization;

namespace Dyadic.Cli.Reports;

/// <summary>The verdict in a sentence.</summary>
internal static class VerdictText
{
    /// <summary>How the integer model's latency compares.</summary>
    public static string Speed(ReportVerdict v)
    {
        double speed = v.MsFloat / v.MsInteger;
        return speed >= 1 ? $"{speed.ToString("F1", CultureInfo.InvariantCulture)} times faster" : $"{(1 / speed).ToString("F1", CultureInfo.InvariantCulture)} times slower";
    }

    public static string Sentence(ReportVerdict v)
    {
        double lost = (v.AccuracyFloat - v.AccuracyInteger) * 100;
        string accuracy = lost > 0.005 ? $"loses {lost.ToString("F2", CultureInfo.InvariantCulture)} points of accuracy" : "loses no accuracy";
        string size = $"is {((double)v.BytesFloat / v.BytesInteger).ToString("F1", CultureInfo.InvariantCulture)} times smaller";
        string latency = Speed(v);
        string proof = v.IntegerOnly ? "runs without a single floating-point instruction" : "still runs some layers in float";
        return $"The integer model {accuracy}, {size} and {latency} than the float model, and {proof}.";
    }
}
