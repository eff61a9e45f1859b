using System.Security.Cryptography;
using System.Text;
using Dyadic.Cli.Framework;
using Dyadic.Compression;
using Dyadic.Onnx;
using Dyadic.Runs;

namespace Dyadic.Cli.Models;

/// <summary>What the commands write into the metadata of the files that they make, beside what the graph knows itself; docs/onnx.md lists the keys.</summary>
internal static class ExportOptions
{
    private const string TrainPrefix = "dyadic.train.";

    // Those of a run's arguments that say what the weights are, not how fast they were found.
    private static readonly string[] TrainKeys = ["network", "data", "arithmetic", "epochs", "seed"];

    /// <summary>Of a quantised model.</summary>
    /// <param name="calibration">The data; of a file its name without folders.</param>
    public static OnnxExportOptions Quantised(string calibration) => new()
    {
        ProducerVersion = Product.Version,
        Metadata = new Dictionary<string, string> { [QuantizeMetadata.Source] = WithoutFolders(calibration) },
    };

    /// <summary>Of a trained model.</summary>
    public static OnnxExportOptions Trained(RunRecord run)
    {
        Dictionary<string, string> metadata = new() { [TrainPrefix + "run"] = IdOf(run) };
        foreach (string key in TrainKeys)
            if (run.Arguments.TryGetValue(key, out string? value)) metadata[TrainPrefix + key] = key == "data" ? WithoutFolders(value) : value;
        return new() { ProducerVersion = Product.Version, Metadata = metadata };
    }

    // Of what decides the weights, not of the folder and the hour: the same training gives the same bytes.
    private static string IdOf(RunRecord run)
    {
        string all = string.Concat(run.Arguments.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value}\n"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))[..16];
    }

    private static string WithoutFolders(string spec) => spec[(spec.LastIndexOfAny(['/', '\\']) + 1)..];
}
