using Dyadic.Guards;

// dotnet run -c Release --project tests/Dyadic.Guards [-- PART OF A NAME]
return args switch
{
    ["record", .. string[] places] => HostileRun.Record(places),
    ["try", .. string[] places] => HostileRun.Try(places),
    { Length: <= 1 } => GuardRemoval.Run(args.FirstOrDefault("")),
    _ => Usage(),
};

static int Usage()
{
    Console.Error.WriteLine("""
        usage: Dyadic.Guards [PART OF A NAME]
        Takes the guard of each hostile test (tests/Dyadic.Onnx.Tests/Hostile) out of a copy of the built assemblies, the statement that throws where the test
        first meets an exception of ours, and runs the test on the copy: it must fail. Prints a table; exit code 1 where a test passes without its guard.
        """);
    return 2;
}
