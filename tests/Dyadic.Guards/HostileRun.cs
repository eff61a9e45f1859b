using System.Runtime.ExceptionServices;

namespace Dyadic.Guards;

/// <summary>Runs hostile tests in this process, for the process that asked: one line for each, at once, so that it knows which one ended this process.</summary>
internal static class HostileRun
{
    /// <summary>Prints for each test the place that first threw an exception of ours.</summary>
    public static int Record(string[] places)
    {
        ThrowSite? first = null;
        AppDomain.CurrentDomain.FirstChanceException += Note;
        foreach ((int place, HostileCaseRow test) in Chosen(places))
        {
            first = null;
            Exception? failure = test.Run();
            Print(place, failure is null ? first?.ToString() ?? "nothing" : "fails as it is: " + failure.Message);
        }
        return 0;

        void Note(object? sender, FirstChanceExceptionEventArgs e) => first ??= ThrowSite.Of(e.Exception);
    }

    /// <summary>Prints for each test whether it passes, or how it ended.</summary>
    public static int Try(string[] places)
    {
        foreach ((int place, HostileCaseRow test) in Chosen(places))
            Print(place, test.Run() is { } failure ? failure.Message : GuardRemoval.Passes);
        return 0;
    }

    // All of them, or those of the given places in the list.
    private static IEnumerable<(int Place, HostileCaseRow Test)> Chosen(string[] places) =>
        HostileCaseList.All.Index().Where(t => places.Length == 0 || places.Contains($"{t.Index}"));

    private static void Print(int place, string text)
    {
        Console.WriteLine($"{place}\t{text.ReplaceLineEndings(" ")}");
        Console.Out.Flush();
    }
}
