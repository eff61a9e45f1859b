using System.Globalization;
using System.Net;

namespace Dyadic.Cli.Reports;

/// <summary>Numbers and texts as people read them, safe inside HTML.</summary>
internal static class Text
{
    public static string Html(string text) => WebUtility.HtmlEncode(text);

    public static string Percent(double share) => double.IsNaN(share) ? "–" : (share * 100).ToString("F2", CultureInfo.InvariantCulture) + " %";

    public static string Bytes(long bytes) => bytes switch
    {
        < 1000 => $"{bytes} B",
        < 1_000_000 => (bytes / 1e3).ToString("F1", CultureInfo.InvariantCulture) + " kB",
        _ => (bytes / 1e6).ToString("F2", CultureInfo.InvariantCulture) + " MB",
    };

    public static string Ms(double ms) => ms.ToString(ms < 0.1 ? "F4" : ms < 10 ? "F3" : "F1", CultureInfo.InvariantCulture) + " ms";

    /// <summary>Four significant digits.</summary>
    public static string Number(double value) =>
        double.IsInfinity(value) ? (value > 0 ? "∞" : "−∞") :
        double.IsNaN(value) ? "–" :
        value.ToString(value != 0 && Math.Abs(value) is < 1e-3 or >= 1e5 ? "0.###e+0" : "G4", CultureInfo.InvariantCulture).Replace("-", "−", StringComparison.Ordinal);

    /// <summary>A coordinate in an SVG.</summary>
    public static string At(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    public static string Db(double value) => double.IsInfinity(value) ? "exact" : double.IsNaN(value) ? "–" : value.ToString("F1", CultureInfo.InvariantCulture) + " dB";
}
