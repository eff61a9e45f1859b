using System.Globalization;
using System.Text.Json;
using Dyadic.Bench;
using Dyadic.Bench.Models;
using Dyadic.Bench.Quantisation;
using Dyadic.Bench.RealModels;

try
{
    switch (args)
    {
        case ["gemm", ..]: FloatKernelBench.Gemm(); return 0;
        case ["series"]: FloatKernelBench.Series(); return 0;
        case ["conv", ..]: FloatKernelBench.Conv(); return 0;
        case ["integer-training" or "integer-ops", var network, .. var rest]:
            Action<string, string, int> run = args[0] == "integer-ops" ? IntegerTrainingBench.RunOps : IntegerTrainingBench.Run;
            run(network, rest is [var arithmetic, ..] ? arithmetic : "int8", rest is [_, var rounds, ..] ? int.Parse(rounds, CultureInfo.InvariantCulture) : 10);
            return 0;
        case ["models", var folder, .. var names]: ModelZoo.Write(folder, names, Console.Out); return 0;
        case ["published", "measure" or "measure-float", { Length: > 0 } measured, { Length: > 0 } times, .. string[] networks]:
            RealModelTable.Measure(measured, int.Parse(times, CultureInfo.InvariantCulture), args[1] == "measure-float", networks, Console.Out);
            return 0;
        case ["published", "steps", { Length: > 0 } threads, { Length: > 0 } repeats, .. string[] explained]:
            RealModelTable.Steps(int.Parse(threads, CultureInfo.InvariantCulture), int.Parse(repeats, CultureInfo.InvariantCulture), explained, Console.Out);
            return 0;
        case ["quantisation", .. string[] options]: return QuantisationCommand.Run(options, Console.Out);
        case ["published", "table", { Length: > 0 } rows]: Console.Write(RealModelTable.Of(rows)); return 0;
        case ["table", .. { Length: > 0 } files]:
            Console.Write(ResultTable.Of(files.Select(f => JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(f)))));
            return 0;
        default:
            Console.Error.WriteLine(
                "usage: dotnet run -c Release --project bench/Dyadic.Bench -- gemm | series | conv | integer-training|integer-ops mlp|resnet20|encoder [ARITHMETIC [ROUNDS]] | models DIR [NAME…] | published measure|measure-float FILE.json ROUNDS [NAME…] | published steps THREADS ROUNDS [NAME…] | published table FILE.json | quantisation [--models NAME,…] [--data DIR] [--docs DIR] [--again] | table RESULT.json…");
            return 2;
    }
}
catch (Exception e) when (e is ArgumentException or IOException or JsonException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
