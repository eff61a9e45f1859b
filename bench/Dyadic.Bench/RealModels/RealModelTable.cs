using System.Globalization;
using System.Text;
using System.Text.Json;
using Dyadic.Cli.Models;
using Dyadic.Cli.Peers;

namespace Dyadic.Bench.RealModels;

/// <summary>Measured networks in a file, and as tables in Markdown.</summary>
internal static class RealModelTable
{
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Measures the networks named (all without a name) and puts their rows into the file, beside those that are there.</summary>
    /// <param name="file">The rows.</param>
    /// <param name="rounds">Rounds to take medians of.</param>
    /// <param name="isFloatOnly">Measures the files as they are; what the rows know of the networks quantised stays, or is nothing.</param>
    /// <param name="names">Networks.</param>
    /// <param name="log">Hears of each network.</param>
    public static void Measure(string file, int rounds, bool isFloatOnly, IReadOnlyList<string> names, TextWriter log)
    {
        RealModelBench bench = new(OnnxRuntimePeer.Load(), rounds);
        Dictionary<string, RealModelRow> rows = File.Exists(file) ? Read(file).ToDictionary(r => r.Name) : [];
        foreach ((RealModel model, string path) in Present(names, log))
        {
            RealModelRow? known = isFloatOnly ? rows.GetValueOrDefault(model.Name) ?? RealModelRow.Nothing : null;
            rows[model.Name] = bench.Measure(model, path, known);
            log.WriteLine($"{model}: {string.Join(", ", rows[model.Name].Float.Select(t => $"{Ms(t.Ms)} / {Ms(t.PeerMs)} = {t.Share:F2}"))}");
            File.WriteAllText(file, JsonSerializer.Serialize(Catalogue.All.Where(m => rows.ContainsKey(m.Name)).Select(m => rows[m.Name]), Format));
        }
    }

    /// <summary>Writes where the time of the networks named goes: kernel by kernel, then the slowest steps.</summary>
    public static void Steps(int threads, int rounds, IReadOnlyList<string> names, TextWriter log)
    {
        const int Shown = 24;
        foreach ((RealModel model, string path) in Present(names, log))
        {
            ExplainedNode[] steps = [.. RealModelBench.Steps(model, path, threads, rounds).Where(n => n.FusedInto is null)];
            double total = steps.Sum(n => n.Ns);
            log.WriteLine($"{model}: {total / 1e3:F1} µs, {steps.Length} steps");
            foreach (var kernel in steps.GroupBy(n => n.Kernel).Select(g => (g.Key, Count: g.Count(), Ns: g.Sum(n => n.Ns), Bytes: g.Sum(n => n.Bytes))).OrderByDescending(k => k.Ns).Take(Shown))
                log.WriteLine($"  {kernel.Ns / 1e3,10:F1} µs {kernel.Ns / total,6:P1} {kernel.Count,4} × {kernel.Key}, {kernel.Bytes} bytes");
            foreach (ExplainedNode n in steps.OrderByDescending(n => n.Ns).Take(Shown)) log.WriteLine($"    {n.Ns / 1e3,10:F1} µs {n.Kernel} {n.Bytes} bytes, {n.Op} {n.Node}");
        }
    }

    // The networks named whose files are there.
    private static IEnumerable<(RealModel Model, string Path)> Present(IReadOnlyList<string> names, TextWriter log)
    {
        RealModel[] wanted = [.. Catalogue.All.Where(m => names.Count == 0 || names.Contains(m.Name))];
        if (names.Except(wanted.Select(m => m.Name)).FirstOrDefault() is { } unknown) throw new ArgumentException($"published: there is no network '{unknown}'. Name one of {string.Join(", ", Catalogue.All)}.");
        foreach (RealModel model in wanted)
        {
            if (RealModelFiles.Find(model.File) is { } path) yield return (model, path);
            else log.WriteLine($"{model}: {model.File} is absent");
        }
    }

    /// <summary>The tables of a file that <see cref="Measure"/> wrote.</summary>
    public static string Of(string file)
    {
        RealModelRow[] rows = Read(file);
        StringBuilder text = new();
        text.AppendLine("| network | task | file | operators | difference | ms | peer | share | ms, 2 threads | peer | share | open ms | peer |");
        text.AppendLine("|---|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (RealModelRow r in rows)
        {
            string size = r.Size > 0 ? $" at {r.Size}" : "";
            text.AppendLine($"| {r.Name}{size} | {r.Task} | {Bytes(r.Bytes)} | {Operators(r)} | {r.Difference.ToString("0.0e0", CultureInfo.InvariantCulture)} | {Columns(r.Float)} | {Ms(r.Float[0].OpenMs)} | {Ms(r.Float[0].PeerOpenMs)} |");
        }
        RealModelRow[] real = [.. rows.Where(r => !r.Name.EndsWith("_qdq", StringComparison.Ordinal))];
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Geometric means over the {real.Length} networks in float32: {Mean(real, r => r.Float[0].Share):F2} of the peer's latency on one thread, {Mean(real, r => r.Float[1].Share):F2} on two; {Mean(real, r => r.Float[0].OpenMs / r.Float[0].PeerOpenMs):F2} of its time to open.");
        if (Array.TrueForAll(real, r => r.Integer is null && r.Refusal is null)) return text.ToString();      // measured as they are alone
        text.AppendLine();
        text.AppendLine("| network | int8 file | nodes in integers | same answer | SQNR | ms | peer | share | ms, 2 threads | peer | share | of our float |");
        text.AppendLine("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (RealModelRow r in real)
        {
            if (r.Integer is not { } q)
            {
                if (r.Refusal is not null) text.AppendLine($"| {r.Name} | {r.Refusal} |");
                continue;
            }
            string answers = q.Answers is { } share ? share.ToString("P0", CultureInfo.InvariantCulture).Replace(" ", "") : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"| {r.Name} | {Bytes(q.Bytes)} | {q.Integers} of {q.Nodes} | {answers} | {q.SqnrDb:F0} dB | {Columns(q.Times)} | {q.Times[0].Ms / r.Float[0].Ms:F2} |");
        }
        RealModelRow[] quantised = [.. real.Where(r => r.Integer is not null)];
        text.AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"Geometric means over the {quantised.Length} networks in int8: {Mean(quantised, r => r.Integer!.Times[0].Share):F2} of the peer's latency on one thread, {Mean(quantised, r => r.Integer!.Times[1].Share):F2} on two; {Mean(quantised, r => r.Integer!.Times[0].Ms / r.Float[0].Ms):F2} of our float32.");
        return text.ToString();
    }

    private static RealModelRow[] Read(string file) =>
        JsonSerializer.Deserialize<RealModelRow[]>(File.ReadAllBytes(file), Format) ?? throw new ArgumentException($"published: '{file}' holds no rows. Measure some first.");

    private static string Operators(RealModelRow r)
    {
        string most = string.Join(", ", r.Operators.Take(3).Select(o => $"{o.Value} {o.Key}"));
        return r.Operators.Count > 3 ? $"{most}, {r.Operators.Count - 3} other kinds" : most;
    }

    private static string Columns(IReadOnlyList<EngineTimes> times) => string.Join(" | ", times.Select(t => $"{Ms(t.Ms)} | {Ms(t.PeerMs)} | {t.Share.ToString("F2", CultureInfo.InvariantCulture)}"));

    private static string Ms(double ms) => ms.ToString(ms < 10 ? "F3" : "F1", CultureInfo.InvariantCulture);

    private static string Bytes(long bytes) => bytes < 1_000_000 ? (bytes / 1e3).ToString("F0", CultureInfo.InvariantCulture) + " kB" : (bytes / 1e6).ToString("F1", CultureInfo.InvariantCulture) + " MB";

    private static double Mean(IEnumerable<RealModelRow> rows, Func<RealModelRow, double> of) => Math.Exp(rows.Select(r => Math.Log(of(r))).DefaultIfEmpty(double.NaN).Average());
}
