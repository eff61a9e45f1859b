using System.Diagnostics;
using System.Globalization;
using Dyadic.Fuzz;

// dotnet run -c Release --project tests/Dyadic.Fuzz -- --target onnx --cases 100000 --seed 1
const string Usage = """
    usage: Dyadic.Fuzz [--target onnx|graph|safetensors|npz|idx|recipe|all] [--cases N] [--from N] [--seed S] [--minutes M] [--out DIR]
           Dyadic.Fuzz --target T --seed S --case N        one case again, with its stack trace; its file is written to DIR
    Files that fail, and the number of the last case, go to DIR (artifacts/fuzz). Exit code 1 when something escaped.
    """;
Dictionary<string, string> given = [];
for (int i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length || args[i] is not ("--target" or "--cases" or "--from" or "--seed" or "--minutes" or "--out" or "--case"))
    {
        Console.Error.WriteLine(Usage);
        return 2;
    }
    given[args[i]] = args[i + 1];
}
long Number(string name, long otherwise) => given.TryGetValue(name, out string? text) ? long.Parse(text, CultureInfo.InvariantCulture) : otherwise;
string wanted = given.GetValueOrDefault("--target", "all");
FuzzTarget[] targets = [.. FuzzTargets.All.Where(t => wanted == "all" || t.Key == wanted).Select(t => t.Value())];
if (targets.Length == 0)
{
    Console.Error.WriteLine(Usage);
    return 2;
}
string folder = given.GetValueOrDefault("--out", Path.Combine("artifacts", "fuzz"));
Directory.CreateDirectory(folder);
ulong seed = (ulong)Number("--seed", 1);
if (given.ContainsKey("--case"))
{
    FuzzRun one = new(targets[0], seed, folder);
    byte[] file = one.FileOf(Number("--case", 0));
    File.WriteAllBytes(Path.Combine(folder, $"{targets[0].Name}-{seed}-{Number("--case", 0)}.bin"), file);
    one.Reproduce(file, Number("--case", 0));
    return 0;
}
long until = given.ContainsKey("--minutes") ? Stopwatch.GetTimestamp() + (Number("--minutes", 0) * 60 * Stopwatch.Frequency) : long.MaxValue;
bool escaped = false;
foreach (FuzzTarget target in targets)
{
    long start = Stopwatch.GetTimestamp();
    FuzzResult result = new FuzzRun(target, seed, folder).Run(Number("--from", 0), Number("--cases", 10_000), until, (cases, ends) =>
    {
        if (cases % 10_000 == 0) Console.Error.WriteLine($"{target.Name}: {cases} cases, {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s; {ends}");
    });
    foreach (string escape in result.Escapes) Console.WriteLine(escape);
    Console.WriteLine($"{target.Name}: {result.Cases} cases of seed {seed} from {Number("--from", 0)} on in {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s, {result.Escapes.Count} escapes; {result.Ends}");
    escaped |= result.Escapes.Count > 0;
}
foreach (IDisposable target in targets.OfType<IDisposable>()) target.Dispose();
return escaped ? 1 : 0;
