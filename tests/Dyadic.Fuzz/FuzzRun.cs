using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using Dyadic.Numerics;

namespace Dyadic.Fuzz;

/// <summary>What a run of the fuzzer found.</summary>
/// <param name="Cases">How many files were tried.</param>
/// <param name="Escapes">One line for each kind of what escaped and was no sentence.</param>
/// <param name="Ends">How the parts of the work ended.</param>
public sealed record FuzzResult(long Cases, IReadOnlyList<string> Escapes, Outcomes Ends);

/// <summary>Cases of one target, one after the other, on this thread.</summary>
/// <param name="target">What is fuzzed.</param>
/// <param name="seed">Decides about all cases: case i is the same whatever ran before.</param>
/// <param name="reproducers">Where files that fail are written, or null.</param>
public sealed class FuzzRun(FuzzTarget target, ulong seed, string? reproducers = null)
{
    private const int MostEscapes = 50, MemoryInterval = 256;
    private const long MostMemory = 3L << 30;
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(120);

    private readonly Outcomes _ends = new();
    private readonly List<string> _escapes = [];
    private readonly HashSet<string> _kinds = [];
    private long _current = -1, _started;

    /// <summary>The bytes of a case.</summary>
    public byte[] FileOf(long index) => target.FileOf(Stream(index));

    /// <summary>Runs the cases from <paramref name="first"/> on.</summary>
    /// <param name="first">The first one.</param>
    /// <param name="count">How many.</param>
    /// <param name="until">Stops earlier, in ticks of <see cref="Stopwatch"/>.</param>
    /// <param name="progress">Hears of every thousandth case.</param>
    public FuzzResult Run(long first, long count, long until = long.MaxValue, Action<long, Outcomes>? progress = null)
    {
        using Timer watchdog = new(_ => Watch(), null, Hang, TimeSpan.FromSeconds(1));
        using MemoryMappedFile? last = reproducers is null ? null : LastCase();
        using MemoryMappedViewAccessor? view = last?.CreateViewAccessor();
        long index = first;
        for (; index < first + count && _escapes.Count < MostEscapes && Stopwatch.GetTimestamp() < until; index++)
        {
            view?.Write(0, index);       // survives whatever ends the process
            Volatile.Write(ref _started, Stopwatch.GetTimestamp());
            Volatile.Write(ref _current, index);
            RunOne(index);
            Volatile.Write(ref _current, -1);
            if (index % MemoryInterval == 0) CheckMemory(index);
            if ((index + 1) % 1000 == 0) progress?.Invoke(index + 1 - first, _ends);
        }
        return new(index - first, _escapes, _ends);
    }

    /// <summary>Runs one case, and throws what escapes.</summary>
    public void Reproduce(byte[] file, long index) => target.Execute(file, Stream(index).Split("inputs"), _ends);

    private void RunOne(long index)
    {
        byte[] file = FileOf(index);
        try
        {
            Reproduce(file, index);
        }
        catch (Exception e)
        {
            string place = e.StackTrace?.Split('\n').FirstOrDefault(l => l.Contains("Dyadic.", StringComparison.Ordinal))?.Trim() ?? "";
            Report(index, file, $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")} {place}", $"{e.GetType().Name} {place}");
        }
    }

    // One of each kind: the type of the exception and the place that threw it.
    private void Report(long index, byte[] file, string what, string? kind = null)
    {
        _ends.Count("escaped");
        if (kind is not null && !_kinds.Add(kind)) return;
        _escapes.Add($"{target.Name} seed {seed} case {index}: {what}");
        if (reproducers is not null) File.WriteAllBytes(Path.Combine(reproducers, $"{target.Name}-{seed}-{index}.bin"), file);
    }

    private void CheckMemory(long index)
    {
        Process self = Process.GetCurrentProcess();
        if (self.PeakWorkingSet64 > MostMemory) throw new InvalidOperationException($"{target.Name} seed {seed}: {self.PeakWorkingSet64} bytes of memory up to case {index}, more than {MostMemory}.");
    }

    // Nothing in a case takes this long within its budgets: what hangs is named, and the process ends.
    private void Watch()
    {
        long index = Volatile.Read(ref _current);
        if (index < 0 || Stopwatch.GetElapsedTime(Volatile.Read(ref _started)) < Hang) return;
        Report(index, FileOf(index), $"hangs for more than {Hang.TotalSeconds} s");
        Console.Error.WriteLine(_escapes[^1]);
        Environment.Exit(1);
    }

    private MemoryMappedFile LastCase() => MemoryMappedFile.CreateFromFile(Path.Combine(reproducers!, $"{target.Name}-{seed}.last"), FileMode.Create, null, sizeof(long));

    private Rng Stream(long index) => new Rng(seed).Split(target.Name).Split(index);
}
