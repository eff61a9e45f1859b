using Dyadic.Compression;

namespace Dyadic.Cli.Models;

/// <summary>Names of calibration methods on the command line.</summary>
internal static class CalibrationNames
{
    private static readonly Dictionary<string, CalibrationMethod> Names = new()
    {
        ["minmax"] = CalibrationMethod.MinMax,
        ["moving-average"] = CalibrationMethod.MovingAverage,
        ["percentile"] = CalibrationMethod.Percentile,
        ["mse"] = CalibrationMethod.Mse,
        ["entropy"] = CalibrationMethod.Entropy,
    };

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> All => Names.Keys;

    public static CalibrationMethod Parse(string name) => Names[name];

    public static string Of(CalibrationMethod method) => Names.First(n => n.Value == method).Key;
}
