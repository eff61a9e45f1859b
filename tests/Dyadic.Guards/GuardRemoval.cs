using System.Diagnostics;
using System.Globalization;

namespace Dyadic.Guards;

/// <summary>Records where each hostile test is stopped, takes those guards out of a copy of the assemblies, one after another, and runs the tests on the copy.</summary>
internal static class GuardRemoval
{
    /// <summary>The answer of a test that passes.</summary>
    public const string Passes = "passes";

    private const long MostMemory = 4L << 30;
    private static readonly TimeSpan s_most = TimeSpan.FromSeconds(60);

    /// <summary>Prints a line for each guard and test; returns 1 where a test passes without its guard.</summary>
    /// <param name="part">Of the names of the tests, or all of them where it is empty.</param>
    public static int Run(string part)
    {
        string copy = Directory.CreateTempSubdirectory("dyadic-guards-").FullName;
        try
        {
            foreach (string file in Directory.EnumerateFiles(AppContext.BaseDirectory)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
            string[] names = [.. HostileCaseList.All.Select(t => t.Name)];
            int[] places = [.. Enumerable.Range(0, names.Length).Where(i => names[i].Contains(part, StringComparison.OrdinalIgnoreCase))];
            Dictionary<int, string> recorded = Ask(copy, "record", places);
            int fail = 0, pass = 0, unguarded = 0;
            foreach (IGrouping<string, int> site in places.GroupBy(p => recorded[p]).OrderBy(s => s.Key, StringComparer.Ordinal))
            {
                if (ThrowSite.TryParse(site.Key) is not { } guard)
                {
                    unguarded += site.Count();
                    foreach (int place in site) Console.WriteLine($"{site.Key}\t\t{names[place]}\t");
                    continue;
                }
                foreach ((int place, string end) in Without(guard, copy, [.. site]).OrderBy(e => e.Key))
                {
                    Console.WriteLine($"{(end == Passes ? "PASSES" : "fails")}\t{guard.Method}\t{names[place]}\t{Short(end)}");
                    if (end == Passes) pass++;
                    else fail++;
                }
            }
            Console.WriteLine($"{fail} tests fail without their guard, {pass} pass; {unguarded} meet no exception of ours, or fail with it.");
            return pass == 0 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    private static Dictionary<int, string> Without(ThrowSite site, string copy, int[] places)
    {
        string file = Path.Combine(copy, site.Assembly);
        byte[] whole = File.ReadAllBytes(file);
        if (GuardPatch.Without(whole, site) is not { } patched) return places.ToDictionary(p => p, _ => Passes);
        File.WriteAllBytes(file, patched);
        try
        {
            return Ask(copy, "try", places);
        }
        finally
        {
            File.WriteAllBytes(file, whole);
        }
    }

    // The answer for each test. One that ends its process has that as its answer, and the rest are asked again.
    private static Dictionary<int, string> Ask(string folder, string what, int[] places)
    {
        Dictionary<int, string> answers = [];
        while (answers.Count < places.Length)
        {
            int[] left = [.. places.Where(p => !answers.ContainsKey(p))];
            string end = Ask(folder, what, left, answers);
            if (left.FirstOrDefault(p => !answers.ContainsKey(p), -1) is >= 0 and int culprit) answers[culprit] = end;
        }
        return answers;
    }

    // How the process ended.
    private static string Ask(string folder, string what, int[] places, Dictionary<int, string> answers)
    {
        ProcessStartInfo start = new("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[Path.Combine(folder, "Dyadic.Guards.dll"), what, .. places.Select(p => p.ToString(CultureInfo.InvariantCulture))]) start.ArgumentList.Add(argument);
        start.Environment["DOTNET_JITMinOpts"] = "1";      // so that each frame is there, and says where in the code it is
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        using Process child = Process.Start(start)!;
        long last = Stopwatch.GetTimestamp();
        child.OutputDataReceived += (_, e) =>
        {
            if (e.Data?.Split('\t', 2) is not [string place, string text] || !int.TryParse(place, CultureInfo.InvariantCulture, out int index)) return;
            lock (answers) answers[index] = text;
            Volatile.Write(ref last, Stopwatch.GetTimestamp());
        };
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        string? killed = null;
        while (!child.WaitForExit(200))
        {
            killed = Stopwatch.GetElapsedTime(Volatile.Read(ref last)) > s_most ? $"takes more than {s_most.TotalSeconds} s" : MemoryOf(child) > MostMemory ? $"takes more than {MostMemory >> 30} GiB" : null;
            if (killed is null) continue;
            child.Kill(entireProcessTree: true);
            break;
        }
        child.WaitForExit();
        return killed ?? $"ends the process with {child.ExitCode}";
    }

    // 0 of a process that has ended meanwhile.
    private static long MemoryOf(Process child)
    {
        try
        {
            child.Refresh();
            return child.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }

    private static string Short(string text) => text.Length <= 160 ? text : text[..160] + "…";
}
