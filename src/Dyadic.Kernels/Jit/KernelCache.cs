using System.Collections.Concurrent;
using System.Globalization;

namespace Dyadic.Kernels.Jit;

/// <summary>A kernel that will not be used, and why.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Reason">What differed, or what was refused.</param>
public sealed record KernelRefusal(string Name, string Reason);

/// <summary>
/// The generated kernels of this process. A kernel is admitted when, at its first use, its machine code reproduces a small case; one that
/// does not is refused for good, and the caller takes the next rung.
/// </summary>
public static class KernelCache
{
    private const int Limit = 2048;
    private static readonly ConcurrentDictionary<KernelKey, Lazy<GeneratedKernel?>> Kernels = new();
    private static readonly ConcurrentQueue<KernelKey> Order = new();
    private static readonly ConcurrentDictionary<string, KernelRefusal> Refused = new();
    private static readonly Lock PerfMapLock = new();

    /// <summary>The kernels refused so far.</summary>
    public static IReadOnlyList<KernelRefusal> Refusals => [.. Refused.Values.OrderBy(r => r.Name, StringComparer.Ordinal)];

    /// <summary>The kernels held.</summary>
    public static IReadOnlyList<GeneratedKernel> Held => [.. Kernels.Values.Where(k => k.IsValueCreated && k.Value is not null).Select(k => k.Value!)];

    /// <summary>The kernel of <paramref name="key"/>, or null where it was refused.</summary>
    /// <remarks>Beyond a few thousand the oldest is dropped; its memory is freed when nobody holds it any more.</remarks>
    public static GeneratedKernel? Get(KernelKey key)
    {
        if (Kernels.TryGetValue(key, out Lazy<GeneratedKernel?>? known)) return known.Value;
        Lazy<GeneratedKernel?> made = Kernels.GetOrAdd(key, k => new(() => Admit(k)));
        GeneratedKernel? kernel = made.Value;
        Order.Enqueue(key);
        if (Order.Count > Limit && Order.TryDequeue(out KernelKey? oldest)) Kernels.TryRemove(oldest, out _);
        return kernel;
    }

    private static unsafe GeneratedKernel? Admit(KernelKey key)
    {
        if (!InstructionSets.Available.Contains(key.Set)) return Refuse(key, $"this machine does not run {key.Set.Name()}");
        if (GeneratedKernel.Of(key) is not { } kernel) return Refuse(key, "the system gives no executable memory");
        if (key.Check(kernel.Run) is { } difference)
        {
            kernel.Dispose();
            return Refuse(key, difference);
        }
        if (JitSwitches.DumpFolder is { } folder) Dump(kernel, folder);
        if (JitSwitches.PerfMap) AddToPerfMap(kernel);
        return kernel;
    }

    private static GeneratedKernel? Refuse(KernelKey key, string reason)
    {
        Refused[key.Name] = new(key.Name, reason);
        return null;
    }

    private static void Dump(GeneratedKernel kernel, string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, kernel.Key.Name + ".txt"), KernelListing.Of(kernel.Ir, kernel.Code));
    }

    private static void AddToPerfMap(GeneratedKernel kernel)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{kernel.Address:x} {kernel.Code.Bytes.Length:x} {kernel.Key.Name}\n");
        lock (PerfMapLock) File.AppendAllText(Path.Combine("/tmp", $"perf-{Environment.ProcessId}.map"), line);
    }
}
