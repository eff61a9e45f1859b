using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Dyadic.Numerics;
using Dyadic.Onnx;

namespace Dyadic.Cli.Peers;

/// <summary>How much ONNX Runtime rewrites a graph before it runs it.</summary>
public enum PeerOptimization
{
    /// <summary>Nothing: the graph as written, for use as an oracle.</summary>
    Off = 0,

    /// <summary>Everything, its default: for use as a rival.</summary>
    All = 99,

    /// <summary>Everything, on integer kernels that cannot saturate: where a processor has no VNNI, its default sums pairs of products in 16 bits.</summary>
    AllExact = 100,
}

/// <summary>ONNX Runtime's own library where the machine has one: the oracle of tests and the rival of benches, never a dependency.</summary>
public sealed class OnnxRuntimePeer
{
    private static readonly Lock Loading = new();
    private static readonly Dictionary<string, OnnxRuntimePeer> Loaded = new(StringComparer.Ordinal);

    private readonly OnnxRuntimeApi _api;
    private readonly nint _environment, _memory;        // live as long as the process, like the library

    private OnnxRuntimePeer(string path)
    {
        Path = path;
        _api = OnnxRuntimeApi.Of(NativeLibrary.Load(path));
        _api.Check(_api.CreateEnv(3, "dyadic", out _environment), "creating an environment");               // 3: errors only
        _api.Check(_api.CreateCpuMemoryInfo(1, 0, out _memory), "describing the memory");                   // an arena, ordinary memory
    }

    /// <summary>The library's file.</summary>
    public string Path { get; }

    /// <summary>The library's version.</summary>
    public string Version => _api.Release;

    /// <summary>True, and the library, when it was found: at <paramref name="path"/>, else where DYADIC_ORT says, else in .fixtures of a clone.</summary>
    /// <param name="path">The library's file, or null to look for it.</param>
    /// <param name="peer">The library, loaded once in a process.</param>
    /// <param name="reason">Why it is absent and how to install it; empty when it was found.</param>
    public static bool TryLoad(string? path, [NotNullWhen(true)] out OnnxRuntimePeer? peer, out string reason)
    {
        peer = null;
        reason = "the library of ONNX Runtime was not found; run ./check in a clone, or set DYADIC_ORT to its file";
        if ((path ?? Locate()) is not { } file) return false;
        lock (Loading)
        {
            if (Loaded.TryGetValue(file, out peer)) return true;
            try
            {
                Loaded[file] = peer = new(file);
                return true;
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException or BadImageFormatException or OnnxRuntimeException)
            {
                reason = $"{file} cannot be used as ONNX Runtime: {e.Message}";
                return false;
            }
        }
    }

    /// <summary>The library, looked for as by <see cref="TryLoad"/>.</summary>
    /// <exception cref="OnnxRuntimeException">It is absent.</exception>
    public static OnnxRuntimePeer Load() => TryLoad(null, out OnnxRuntimePeer? peer, out string reason) ? peer : throw new OnnxRuntimeException(reason);

    /// <summary>Opens a model of the file <paramref name="path"/>, which the library reads itself.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">Threads within one operator, the caller's included; operators run one after another.</param>
    /// <param name="optimization">How much the graph is rewritten first.</param>
    /// <exception cref="OnnxRuntimeException">The model is invalid or unsupported.</exception>
    public OnnxRuntimeSession OpenSession(string path, int threads = 1, PeerOptimization optimization = PeerOptimization.All)
    {
        nint text = OperatingSystem.IsWindows() ? Marshal.StringToCoTaskMemUni(path) : Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            return Open(options => (_api.CreateSession(_environment, text, options, out nint session), session), threads, optimization);
        }
        finally
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    /// <summary>Opens a model of the bytes of an ONNX file.</summary>
    /// <param name="model">The file.</param>
    /// <param name="threads">Threads within one operator, the caller's included; operators run one after another.</param>
    /// <param name="optimization">How much the graph is rewritten first.</param>
    /// <exception cref="OnnxRuntimeException">The model is invalid or unsupported.</exception>
    public OnnxRuntimeSession OpenSession(byte[] model, int threads = 1, PeerOptimization optimization = PeerOptimization.All) =>
        Open(options => (_api.CreateSessionFromArray(_environment, model, (nuint)model.Length, options, out nint session), session), threads, optimization);

    private OnnxRuntimeSession Open(Func<nint, (nint Status, nint Session)> create, int threads, PeerOptimization optimization)
    {
        _api.Check(_api.CreateSessionOptions(out nint options), "creating options");
        try
        {
            _api.Check(_api.SetIntraOpThreads(options, threads), $"asking for {threads} threads");
            _api.Check(_api.SetInterOpThreads(options, 1), "asking for one operator at a time");
            _api.Check(_api.SetGraphOptimizationLevel(options, Math.Min((int)optimization, (int)PeerOptimization.All)), $"asking for optimisation {optimization}");
            if (optimization == PeerOptimization.AllExact) _api.Check(_api.AddSessionConfigEntry(options, "session.x64quantprecision", "1"), "asking for exact products");
            (nint status, nint session) = create(options);
            _api.Check(status, "opening the model");
            return new(_api, session, _memory);
        }
        finally
        {
            _api.ReleaseSessionOptions(options);
        }
    }

    internal static DType TypeOf(int onnx) =>
        ElementTypes.Of(onnx) ?? throw new OnnxRuntimeException($"ONNX element type {onnx} has no counterpart here. Cast it within the model.");

    // DYADIC_ORT, or what npm installed below .fixtures of the clone that holds this program or the current folder.
    private static string? Locate()
    {
        if (Environment.GetEnvironmentVariable("DYADIC_ORT") is { Length: > 0 } set) return set;
        string machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        (string system, string file) = OperatingSystem.IsWindows() ? ("win32", "onnxruntime.dll")
            : OperatingSystem.IsMacOS() ? ("darwin", "libonnxruntime.1.dylib") : ("linux", "libonnxruntime.so.1");
        foreach (string start in (string[])[AppContext.BaseDirectory, Environment.CurrentDirectory])
        {
            for (DirectoryInfo? d = new(start); d is not null; d = d.Parent)
            {
                string package = System.IO.Path.Combine(d.FullName, ".fixtures", "node_modules", "onnxruntime-node", "bin");
                if (!Directory.Exists(package)) continue;
                string? found = Directory.EnumerateDirectories(package, "napi-v*").Order(StringComparer.Ordinal)
                    .Select(api => System.IO.Path.Combine(api, system, machine, file)).LastOrDefault(File.Exists);
                if (found is not null) return found;
            }
        }
        return null;
    }
}
