using System.Text.Json;
using Dyadic.Cli.Peers;
using Dyadic.Compression;
using Dyadic.Data;
using Dyadic.Runtime;

namespace Dyadic.Bench.Quantisation;

/// <summary>The rows of docs/quantisation.json: measured one by one, each kept as soon as it is there, so that a run can be stopped and taken up again.</summary>
internal static class EvidenceTable
{
    private static readonly JsonSerializerOptions Format = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Measures what is missing and writes the page anew after every row.</summary>
    /// <param name="folder">The folder of quantisation.json and quantisation.md.</param>
    /// <param name="models">Names of networks; none for all.</param>
    /// <param name="again">Measures also what is there.</param>
    /// <param name="log">Hears of each row.</param>
    public static void Update(string folder, IReadOnlyList<string> models, bool again, TextWriter log)
    {
        if (models.Except(EvidenceModels.All.Select(m => m.Name)).FirstOrDefault() is { } unknown)
            throw new ArgumentException($"quantisation: there is no network '{unknown}'. Name some of {string.Join(", ", EvidenceModels.All)}.");
        OnnxRuntimePeer.TryLoad(null, out OnnxRuntimePeer? peer, out string reason);
        if (peer is null) log.WriteLine($"without ONNX Runtime: {reason}");
        List<EvidenceRow> rows = Read(folder);
        EvidenceModel[] wanted = [.. EvidenceModels.All.Where(m => models.Count == 0 || models.Contains(m.Name))];
        foreach (EvidenceModel model in wanted.Where(m => m.File() is null)) log.WriteLine($"{model}: its file is absent; {model.Get}");
        foreach (IReadOnlyList<EvidenceMethod> methods in (IReadOnlyList<EvidenceMethod>[])[EvidenceMethod.First, EvidenceMethod.Others])
            foreach (EvidenceModel model in wanted.Where(m => m.File() is not null)) Update(model, methods, peer, rows, again, row => Keep(folder, rows, row, log));
        Write(folder, rows);
    }

    private static void Update(EvidenceModel model, IReadOnlyList<EvidenceMethod> methods, OnnxRuntimePeer? peer, List<EvidenceRow> rows, bool again, Action<EvidenceRow> keep)
    {
        bool Wanted(string method, string width, string engine) => again || !rows.Exists(r => r.Model == model.Name && r.Method == method && r.Width == width && r.Engine == engine);
        EvidenceBench bench = new(model, peer);
        if (methods == EvidenceMethod.First && Wanted(EvidenceBench.Float, "float32", "dyadic")) keep(bench.Real());
        foreach (EvidenceMethod method in methods.Where(m => !m.IsPeer || peer is not null))
        {
            string engine = method.IsPeer ? "onnxruntime" : "dyadic";
            if (!Wanted(method.Name, method.Width, engine)) continue;
            try
            {
                keep(bench.Quantised(method, timed: model.IsTimed && method is { Name: "minmax", IsPeer: false }));
            }
            catch (Exception e) when (e is CompressionException or PlanException or OnnxRuntimeException)
            {
                keep(new(model.Name, method.Name, method.Width, engine, null, 0, 0, 0, 0, null, null, 0, e.Message.Split('\n')[0]));
            }
        }
    }

    private static void Keep(string folder, List<EvidenceRow> rows, EvidenceRow row, TextWriter log)
    {
        rows.RemoveAll(r => r.Model == row.Model && r.Method == row.Method && r.Width == row.Width && r.Engine == row.Engine);
        rows.Add(row);
        log.WriteLine(FormattableString.Invariant($"{row.Model} {row.Width} {row.Method} {row.Engine}: {row.Value:F2}, {row.Bytes} bytes, {row.Integers} of {row.Nodes} nodes, latency {row.Latency:F2} {row.OfPeer:F2}, {row.Seconds:F0} s {row.Problem}"));
        Write(folder, rows);
    }

    /// <summary>The rows of a folder; none where it has no file.</summary>
    public static List<EvidenceRow> Read(string folder)
    {
        string file = Path.Combine(folder, "quantisation.json");
        return File.Exists(file) ? JsonSerializer.Deserialize<List<EvidenceRow>>(File.ReadAllBytes(file), Format)! : [];
    }

    // A row a line, in the order of the networks, so that changes can be read.
    private static void Write(string folder, List<EvidenceRow> rows)
    {
        List<string> order = [.. EvidenceModels.All.Select(m => m.Name)];
        EvidenceRow[] sorted = [.. rows.OrderBy(r => order.IndexOf(r.Model)).ThenBy(r => r.Width == "float32" ? 0 : 1).ThenByDescending(r => r.Width, StringComparer.Ordinal).ThenBy(r => r.Engine, StringComparer.Ordinal)];
        string json = "[\n" + string.Join(",\n", sorted.Select(r => "  " + JsonSerializer.Serialize(r, Format))) + "\n]\n";
        Replace(Path.Combine(folder, "quantisation.json"), json);
        Replace(Path.Combine(folder, "quantisation.md"), EvidencePage.Of(sorted));
    }

    private static void Replace(string file, string text)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes(text);
        AtomicFile.Write(file, stream => stream.Write(bytes), overwrite: true);
    }
}
