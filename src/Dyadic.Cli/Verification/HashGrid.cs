using Dyadic.Cli.Models;
using Dyadic.Kernels;
using Dyadic.Lowering;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Cli.Verification;

/// <summary>One configuration in which the outputs were hashed.</summary>
/// <param name="Kernels">The kind of kernels: <see cref="ExecutionMode.Rung"/>.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Batch">Samples a call.</param>
/// <param name="Hash">SHA-256 of the outputs.</param>
internal sealed record HashCell(string Kernels, int Threads, int Batch, string Hash)
{
    /// <summary>The name of the configuration in --json.</summary>
    public string Name => $"kernels={Kernels},threads={Threads},batch={Batch}";
}

/// <summary>Hashes of the outputs over kinds of kernels × threads × batch splits, and by the definitions.</summary>
/// <param name="Cells">One for each configuration.</param>
/// <param name="Reference">The hash of the reference interpreter.</param>
internal sealed record HashGrid(IReadOnlyList<HashCell> Cells, string Reference)
{
    private static readonly int[] ThreadCounts = [1, 2, 4], Splits = [1, 7, 64];

    /// <summary>True when every configuration and the reference agree.</summary>
    public bool Equal => Cells.All(c => c.Hash == Reference);

    /// <summary>True when, within each kind of kernels, threads and batch splits make no difference.</summary>
    public bool EqualPerRung => Cells.GroupBy(c => c.Kernels).All(g => g.Select(c => c.Hash).Distinct().Count() == 1);

    /// <summary>Runs the plan in all configurations, several at once: sessions share nothing but the plan.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="inputs">The samples.</param>
    /// <param name="threads">Configurations that run at once.</param>
    /// <param name="progress">Hears of the share done.</param>
    /// <param name="cancellation">Stops between steps.</param>
    public static HashGrid Of(Plan plan, InputSet inputs, int threads, Action<double> progress, CancellationToken cancellation)
    {
        int all = inputs.Count;
        int[] splits = plan.Batched ? [.. Splits.Where(s => s < all), all] : [plan.Inputs.Count > 0 && plan.Inputs[0].Dims.Length > 0 ? plan.Inputs[0].Dims[0] : all];
        (ExecutionMode Mode, int Batch)[] grid = [.. from rung in ExecutionMode.Rungs from t in ThreadCounts from b in splits select (rung with { Threads = t }, b)];
        var cells = new HashCell[grid.Length];
        string reference = "";
        int done = 0;
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, grid.Length + 1, options, i =>
        {
            if (i == 0) reference = Hash(inputs, splits[^1], rows => plan.RunReference(rows));
            else
            {
                (ExecutionMode mode, int batch) = grid[i - 1];      // the plain loops, which take longest, first
                Session session = new(plan, mode);
                cells[i - 1] = new(mode.Rung, mode.Threads, batch, Hash(inputs, batch, rows => session.Run(rows, cancellation)));
            }
            progress((double)Interlocked.Increment(ref done) / (grid.Length + 1));
        });
        return new(cells, reference);
    }

    private static string Hash(InputSet inputs, int batch, Func<Tensor[], Tensor[]> run)
    {
        List<Tensor[]> parts = [];
        for (int first = 0; first < inputs.Count; first += batch) parts.Add(run(inputs.Rows(first, Math.Min(batch, inputs.Count - first))));
        return Numbers.Hash(Enumerable.Range(0, parts[0].Length).SelectMany(o => parts.Select(p => p[o])));
    }
}
