using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Spectre.Console;

namespace Dyadic.Cli.Framework;

/// <summary>What a command runs with: where results and words go, and the options that every command has.</summary>
internal sealed class CommandContext
{
    private static readonly JsonSerializerOptions JsonOptions = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly TextWriter _result;
    private readonly HashSet<string> _noted = [];

    public CommandContext(TextWriter output, TextWriter error, bool json, bool verbose, ulong? seed, int[] threads, bool force, CancellationToken cancellation)
    {
        (_result, Json, Verbose, Seed, Force, Cancellation) = (output, json, verbose, seed, force, cancellation);
        bool realOutput = ReferenceEquals(output, Console.Out), realError = ReferenceEquals(error, Console.Error);
        Words = Terminal(json ? error : output, json ? realError && !Console.IsErrorRedirected : realOutput && !Console.IsOutputRedirected);
        Progress = Terminal(error, realError && !Console.IsErrorRedirected);
        Threads = threads;
        Mode = ExecutionMode.Default with { Threads = threads is [var first, ..] ? first : ExecutionMode.Default.Threads };
        Door.Mode = Mode;
    }

    /// <summary>Print exactly one JSON object on standard output.</summary>
    public bool Json { get; }

    public bool Verbose { get; }

    /// <summary>The --seed that was given; commands that need one take 1 by default.</summary>
    public ulong? Seed { get; }

    /// <summary>The --threads that was given: none, one, or several where the command compares them.</summary>
    public IReadOnlyList<int> Threads { get; }

    /// <summary>Overwrite existing files.</summary>
    public bool Force { get; }

    public CancellationToken Cancellation { get; }

    public ExecutionMode Mode { get; }

    /// <summary>Text for people: standard output, or standard error when standard output carries JSON.</summary>
    public IAnsiConsole Words { get; }

    /// <summary>Progress and notes: always standard error.</summary>
    public IAnsiConsole Progress { get; }

    /// <summary>True when progress may be drawn.</summary>
    public bool ShowsProgress => Progress.Profile.Capabilities.Interactive;

    /// <summary>The result: JSON with "schemaVersion" first when --json was given, else the words of <paramref name="human"/>.</summary>
    public void Finish<T>(T result, Action<IAnsiConsole> human)
    {
        if (!Json)
        {
            human(Words);
            return;
        }
        JsonObject document = new() { ["schemaVersion"] = 1 };
        JsonObject fields = JsonSerializer.SerializeToNode(result, JsonOptions)!.AsObject();
        foreach ((string key, JsonNode? value) in fields.ToList())
        {
            fields.Remove(key);
            document[key] = value;
        }
        _result.WriteLine(document.ToJsonString(JsonOptions));
    }

    /// <summary>A line for people on standard error; what was said before is not said again.</summary>
    public void Note(string text)
    {
        if (_noted.Add(text)) Progress.MarkupLineInterpolated($"[grey]{text}[/]");
    }

    /// <summary>Runs work under a progress bar on a terminal, and silently elsewhere. The callback takes done/total in [0, 1].</summary>
    public T WithProgress<T>(string title, Func<Action<double>, T> work)
    {
        if (!ShowsProgress) return work(_ => { });
        T result = default!;
        Progress.Progress().AutoClear(true).HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .Start(bars =>
            {
                ProgressTask task = bars.AddTask(Markup.Escape(title), maxValue: 1);
                result = work(done => task.Value = done);
                task.Value = 1;
            });
        return result;
    }

    private static IAnsiConsole Terminal(TextWriter writer, bool interactive)
    {
        bool color = interactive && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = interactive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = color ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = interactive ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!interactive) console.Profile.Width = short.MaxValue;    // a pipe has no width: nothing is wrapped or cut
        return console;
    }
}
