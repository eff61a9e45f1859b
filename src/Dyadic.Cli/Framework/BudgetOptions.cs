using System.CommandLine;
using System.Globalization;
using Dyadic.Ir;
using Dyadic.Runtime;

namespace Dyadic.Cli.Framework;

/// <summary>The options of every command that loads or runs a model: what a file that nobody vouches for may use. Exceeding one is exit code 5.</summary>
internal sealed class BudgetOptions
{
    private readonly record struct Limit(Option<string?> Option, string Raises);

    private readonly Limit
        _bytes = New("--max-bytes", $"Bytes of the model's file, at most 2G ({Text(LoadBudget.Default.Bytes)}).", $"{nameof(LoadBudget)}.{nameof(LoadBudget.Bytes)}"),
        _nodes = New("--max-nodes", $"Nodes of the model, and steps of its plan ({Text(LoadBudget.Default.Nodes)}).", $"{nameof(LoadBudget)}.{nameof(LoadBudget.Nodes)}"),
        _tensorBytes = New("--max-tensor-bytes", $"Bytes of the tensors in the file ({Text(LoadBudget.Default.InitialiserBytes)}).", $"{nameof(LoadBudget)}.{nameof(LoadBudget.InitialiserBytes)}"),
        _depth = New("--max-depth", $"How deep the messages of the file lie in each other ({Text(LoadBudget.Default.Depth)}).", $"{nameof(LoadBudget)}.{nameof(LoadBudget.Depth)}"),
        _foldedBytes = New("--max-folded-bytes", $"Bytes of constants that are computed while loading ({Text(LoadBudget.Default.FoldedBytes)}).", $"{nameof(LoadBudget)}.{nameof(LoadBudget.FoldedBytes)}"),
        _loadSeconds = New("--max-load-seconds", $"Time of loading ({LoadBudget.Default.Time.TotalSeconds}).", $"{nameof(LoadBudget)}.{nameof(LoadBudget.Time)}", isTime: true),
        _arena = New("--max-arena", $"Bytes that a run holds at once ({Text(RunBudget.Default.ArenaBytes)}).", $"{nameof(RunBudget)}.{nameof(RunBudget.ArenaBytes)}"),
        _operations = New("--max-operations", $"Multiply-adds of one run ({RunBudget.Default.Operations:G3}).", $"{nameof(RunBudget)}.{nameof(RunBudget.Operations)}"),
        _iterations = New("--max-iterations", $"Iterations of the loops of one run ({Text(RunBudget.Default.Iterations)}).", $"{nameof(RunBudget)}.{nameof(RunBudget.Iterations)}"),
        _runSeconds = New("--max-run-seconds", $"Time of one run, and of making a plan ({RunBudget.Default.Time.TotalSeconds}).", $"{nameof(RunBudget)}.{nameof(RunBudget.Time)}", isTime: true);

    private Limit[] All => [_bytes, _nodes, _tensorBytes, _depth, _foldedBytes, _loadSeconds, _arena, _operations, _iterations, _runSeconds];

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Limit limit in All) command.Options.Add(limit.Option);
    }

    /// <summary>The option that raises a limit of a <see cref="BudgetException"/>, or null.</summary>
    public string? OptionOf(string limit) =>
        limit == $"{nameof(RunBudget)}.{nameof(RunBudget.Steps)}" ? _nodes.Option.Name : Array.Find(All, l => l.Raises == limit).Option?.Name;

    /// <summary>What loading a model may use.</summary>
    /// <exception cref="UsageException">An option is no number.</exception>
    public LoadBudget Load(ParseResult parsed)
    {
        LoadBudget all = LoadBudget.Current;
        return all with
        {
            Bytes = Number(parsed, _bytes) ?? all.Bytes,
            Nodes = Int(parsed, _nodes) ?? all.Nodes,
            InitialiserBytes = Number(parsed, _tensorBytes) ?? all.InitialiserBytes,
            Depth = Int(parsed, _depth) ?? all.Depth,
            FoldedBytes = Number(parsed, _foldedBytes) ?? all.FoldedBytes,
            Time = Seconds(parsed, _loadSeconds) ?? all.Time,
        };
    }

    /// <summary>What running it may use.</summary>
    /// <exception cref="UsageException">An option is no number.</exception>
    public RunBudget Run(ParseResult parsed)
    {
        RunBudget all = RunBudget.Current;
        return all with
        {
            ArenaBytes = Number(parsed, _arena) ?? all.ArenaBytes,
            Operations = Number(parsed, _operations) ?? all.Operations,
            Iterations = Number(parsed, _iterations) ?? all.Iterations,
            Steps = Int(parsed, _nodes) ?? all.Steps,
            Time = Seconds(parsed, _runSeconds) ?? all.Time,
        };
    }

    private static Limit New(string name, string description, string raises, bool isTime = false) =>
        new(new Option<string?>(name) { Description = description, HelpName = isTime ? "S" : "N" }, raises);

    private static string Text(long n) => n >= 1 << 30 && n % (1 << 30) == 0 ? $"{n >> 30}G" : n.ToString(CultureInfo.InvariantCulture);

    private static int? Int(ParseResult parsed, Limit limit) => Number(parsed, limit) is { } n ? (int)Math.Min(n, int.MaxValue) : null;

    // A whole number, of K, M, G or T (powers of 1024) if it says so.
    private static long? Number(ParseResult parsed, Limit limit)
    {
        if (parsed.GetValue(limit.Option) is not { } text) return null;
        int power = text.Length > 1 ? "KMGT".IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal) + 1 : 0;
        bool ok = long.TryParse(power > 0 ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out long n) && n <= long.MaxValue >> (10 * power);
        return ok ? n << (10 * power) : throw new UsageException($"{limit.Option.Name} is {text}: write a whole number, with K, M, G or T for powers of 1024.");
    }

    private static TimeSpan? Seconds(ParseResult parsed, Limit limit)
    {
        if (parsed.GetValue(limit.Option) is not { } text) return null;
        bool ok = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds <= 1e9;
        return ok ? TimeSpan.FromSeconds(seconds) : throw new UsageException($"{limit.Option.Name} is {text}: write seconds up to 1000000000, such as 0.5 or 60.");
    }
}
