using System.CommandLine;
using System.Globalization;
using Dyadic.Onnx;
using Dyadic.Runtime;

namespace Dyadic.Cli.Framework;

/// <summary>The options of every command that loads or runs a model: what a file that nobody vouches for may use. Exceeding one is exit code 5.</summary>
internal sealed class BudgetOptions
{
    private readonly record struct Limit(Option<string?> Option, string Raises);

    private readonly Limit[] _limits =
    [
        New("--max-bytes", $"Bytes of the model's file, at most 2G ({Text(LoadBudget.Default.Bytes)}).", $"{nameof(LoadBudget)}.{nameof(LoadBudget.Bytes)}"),
        New("--max-nodes", $"Nodes of the model, and steps of its plan ({Text(LoadBudget.Default.Nodes)}).", $"{nameof(LoadBudget)}.{nameof(LoadBudget.Nodes)}"),
        New("--max-tensor-bytes", $"Bytes of the tensors in the file ({Text(LoadBudget.Default.InitialiserBytes)}).", $"{nameof(LoadBudget)}.{nameof(LoadBudget.InitialiserBytes)}"),
        New("--max-depth", $"How deep the messages of the file lie in each other ({Text(LoadBudget.Default.Depth)}).", $"{nameof(LoadBudget)}.{nameof(LoadBudget.Depth)}"),
        New("--max-folded-bytes", $"Bytes of constants that are computed while loading ({Text(LoadBudget.Default.FoldedBytes)}).", $"{nameof(LoadBudget)}.{nameof(LoadBudget.FoldedBytes)}"),
        New("--max-load-seconds", $"Time of loading ({LoadBudget.Default.Time.TotalSeconds}).", $"{nameof(LoadBudget)}.{nameof(LoadBudget.Time)}", isTime: true),
        New("--max-arena", $"Bytes that a run holds at once ({Text(RunBudget.Default.ArenaBytes)}).", $"{nameof(RunBudget)}.{nameof(RunBudget.ArenaBytes)}"),
        New("--max-operations", $"Multiply-adds of one run ({RunBudget.Default.Operations:G3}).", $"{nameof(RunBudget)}.{nameof(RunBudget.Operations)}"),
        New("--max-iterations", $"Iterations of the loops of one run ({Text(RunBudget.Default.Iterations)}).", $"{nameof(RunBudget)}.{nameof(RunBudget.Iterations)}"),
        New("--max-run-seconds", $"Time of one run, and of making a plan ({RunBudget.Default.Time.TotalSeconds}).", $"{nameof(RunBudget)}.{nameof(RunBudget.Time)}", isTime: true),
    ];

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Limit limit in _limits) command.Options.Add(limit.Option);
    }

    /// <summary>The option that raises a limit of a <see cref="BudgetException"/>, or null.</summary>
    public string? OptionOf(string limit) =>
        limit == $"{nameof(RunBudget)}.{nameof(RunBudget.Steps)}" ? "--max-nodes" : Array.Find(_limits, l => l.Raises == limit).Option?.Name;

    /// <summary>What loading a model may use.</summary>
    /// <exception cref="UsageException">An option is no number.</exception>
    public LoadBudget Load(ParseResult parsed)
    {
        LoadBudget all = LoadBudget.Current;
        return all with
        {
            Bytes = Number(parsed, 0) ?? all.Bytes,
            Nodes = Int(parsed, 1) ?? all.Nodes,
            InitialiserBytes = Number(parsed, 2) ?? all.InitialiserBytes,
            Depth = Int(parsed, 3) ?? all.Depth,
            FoldedBytes = Number(parsed, 4) ?? all.FoldedBytes,
            Time = Seconds(parsed, 5) ?? all.Time,
        };
    }

    /// <summary>What running it may use.</summary>
    /// <exception cref="UsageException">An option is no number.</exception>
    public RunBudget Run(ParseResult parsed)
    {
        RunBudget all = RunBudget.Current;
        return all with
        {
            ArenaBytes = Number(parsed, 6) ?? all.ArenaBytes,
            Operations = Number(parsed, 7) ?? all.Operations,
            Iterations = Number(parsed, 8) ?? all.Iterations,
            Steps = Int(parsed, 1) ?? all.Steps,
            Time = Seconds(parsed, 9) ?? all.Time,
        };
    }

    private static Limit New(string name, string description, string raises, bool isTime = false) =>
        new(new Option<string?>(name) { Description = description, HelpName = isTime ? "S" : "N" }, raises);

    private static string Text(long n) => n >= 1 << 30 && n % (1 << 30) == 0 ? $"{n >> 30}G" : n.ToString(CultureInfo.InvariantCulture);

    private int? Int(ParseResult parsed, int index) => Number(parsed, index) is { } n ? (int)Math.Min(n, int.MaxValue) : null;

    // A whole number, of K, M, G or T (powers of 1024) if it says so.
    private long? Number(ParseResult parsed, int index)
    {
        Option<string?> option = _limits[index].Option;
        if (parsed.GetValue(option) is not { } text) return null;
        int power = text.Length > 1 ? "KMGT".IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal) + 1 : 0;
        bool ok = long.TryParse(power > 0 ? text[..^1] : text, NumberStyles.None, CultureInfo.InvariantCulture, out long n) && n <= long.MaxValue >> (10 * power);
        return ok ? n << (10 * power) : throw new UsageException($"{option.Name} is {text}: write a whole number, with K, M, G or T for powers of 1024.");
    }

    private TimeSpan? Seconds(ParseResult parsed, int index)
    {
        Option<string?> option = _limits[index].Option;
        if (parsed.GetValue(option) is not { } text) return null;
        bool ok = double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds <= 1e9;
        return ok ? TimeSpan.FromSeconds(seconds) : throw new UsageException($"{option.Name} is {text}: write seconds up to 1000000000, such as 0.5 or 60.");
    }
}
