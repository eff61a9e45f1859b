using System.CommandLine;
using System.Diagnostics;
using Dyadic.Cli.Benchmarks;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Models;
using Dyadic.Cli.Reports;
using Dyadic.Compression;
using Dyadic.Data;
using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Onnx;
using Dyadic.Runs;
using Spectre.Console;
using Text = Dyadic.Cli.Reports.Text;

namespace Dyadic.Cli.Commands;

/// <summary>The whole path on the embedded network: quantise, prove, evaluate, measure, report.</summary>
internal sealed class DemoCommand : CliCommand
{
    private const string ModelName = "resnet8-fashion-mnist.onnx";
    private const int VerifiedSamples = 64, Rounds = 31, CalibrationSamples = 512;

    private readonly Option<string?> _run = new("--run") { Description = "The run folder (default: a new one under runs/).", HelpName = "DIR" };
    private readonly Option<string?> _root = SharedOptions.DataRoot();

    public override Command Definition => field ??= new("demo", "The whole path in about a minute: model, quantise, verify, evaluate, run, report.") { _run, _root };

    public override IReadOnlyList<string> Examples => ["dyadic demo", "dyadic demo --json --run runs/demo"];

    public override int Run(ParseResult arguments, CommandContext context)
    {
        long start = Stopwatch.GetTimestamp();
        string path = DataSpec.FindAsset(ModelName)
            ?? throw new FileNotFoundException($"The embedded network '{ModelName}' was not found beside the program. Run from a clone or an installed tool.");
        (string calibration, string test) = Data(arguments.GetValue(_root), context);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        RunFolder folder = arguments.GetValue(_run) is { } given ? RunFolder.At(given) : RunFolder.Create("runs", "demo", now);
        if (folder.HasRecord && !context.Force) throw new UsageException($"'{folder.Path}' holds a run already. Use --force to overwrite it, or another folder.");

        ModelFile model = ModelFile.Open(path);
        InputReader reader = new(context, arguments.GetValue(_root));
        QuantizeResult quantized = context.WithProgress("1/4 quantise", report => Quantize(model.Graph, reader.Read(calibration, model.Graph), report, context));
        string integerPath = folder.File("resnet8-int8.onnx");
        AtomicFile.Write(integerPath, stream => OnnxModel.Export(quantized.Graph, stream, ExportOptions.Quantised(calibration)), overwrite: true);
        ModelFile integer = ModelFile.Open(integerPath);      // what follows is about the file, as anybody else would open it

        InputSet reals = reader.Read(test, model.Graph), codes = reader.Read(test, integer.Graph);

        Verdict verdict = context.WithProgress("2/4 verify", report =>
            Verdict.Of(Compiling.Lower(integer.Graph, new Dictionary<string, int>()).Plan, codes.Take(VerifiedSamples), context.Mode.Threads, report, context.Cancellation));
        DemoAnswers answers = context.WithProgress("3/4 evaluate", report => DemoAnswers.Of(model.Graph, reals, integer.Graph, codes, context, report));
        (double msFloat, double msInteger) = context.WithProgress("4/4 measure", report => Latency(model, reals.Take(1), integer, codes.Take(1), report, context));

        ReportData data = new()
        {
            Title = "ResNet-8 on Fashion-MNIST",
            Command = "dyadic demo",
            Made = now,
            Environment = RunEnvironment.Describe(),
            Verdict = new()
            {
                AccuracyFloat = answers.AccuracyFloat, AccuracyInteger = answers.AccuracyInteger, Count = answers.Labels.Length, Agreement = answers.Agreement,
                BytesFloat = model.Bytes, BytesInteger = integer.Bytes, MsFloat = msFloat, MsInteger = msInteger, IntegerOnly = verdict.IntegerOnly,
                Hash = verdict.Hash ?? "", HashesEqual = verdict.Grid.Cells.Count(c => c.Hash == verdict.Grid.Reference), HashesTried = verdict.Grid.Cells.Count,
            },
            Layers = [.. quantized.Layers.Select(ReportLayers.Of)],
            ClassNames = FashionMnist.ClassNames,
            Confusion = answers.Confusion(FashionMnist.ClassNames.Count),
            Samples = answers.Samples(DataSpec.Parse(test).Load(arguments.GetValue(_root)), 24),
            Arguments = new Dictionary<string, string> { ["network"] = ModelName, ["calibration"] = calibration, ["test"] = test, ["verified samples"] = $"{VerifiedSamples}" },
        };
        ReportFile.Write(folder, data);
        string page = folder.File("report.html");
        ReportFile.WritePage(page, [data], overwrite: true);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        folder.Write(Record(folder, data, seconds, integerPath, page));
        Finish(data.Verdict, page, integerPath, seconds, context);
        if (!verdict.IntegerOnly) throw new GateException("the quantised network is not integer-only on this machine. Please report it with the output of dyadic doctor --json.");
        return ExitCode.Done;
    }

    private static (string Calibration, string Test) Data(string? root, CommandContext context)
    {
        if (FashionMnist.Find(root) is not null) return ($"fashion-mnist:train[0:{CalibrationSamples}]", "fashion-mnist:test");
        context.Note("Fashion-MNIST is not installed: using the embedded sample of 2,000 images (apt-get install dataset-fashion-mnist for all of it)");
        return ($"sample[0:{CalibrationSamples}]", $"sample[{CalibrationSamples}:2000]");
    }

    private static QuantizeResult Quantize(Graph graph, InputSet inputs, Action<double> report, CommandContext context)
    {
        const int Batch = 64;
        IEnumerable<Tensor> Batches()
        {
            for (int first = 0; first < inputs.Count; first += Batch)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                yield return inputs.Rows(first, Math.Min(Batch, inputs.Count - first))[0];
                report((double)first / inputs.Count);
            }
        }
        return graph.Quantize(new QuantizeConfig(IntegerOnly: true), Batches());
    }

    private static (double Float, double Integer) Latency(ModelFile model, InputSet real, ModelFile integer, InputSet code, Action<double> report, CommandContext context)
    {
        ExecutionMode one = context.Mode with { Threads = 1 };
        BenchSubject Subject(ModelFile file, InputSet sample)
        {
            DyadicSubject subject = new(() => ModelFile.Open(file.Path).Graph, one, sample.Sizes(file.Graph), sample) { Model = file.Name, Engine = BenchEngines.Dyadic, Threads = 1, Batch = 1 };
            subject.Start(context.Cancellation);
            return subject;
        }
        IReadOnlyList<BenchRow> rows = Interleaved.Measure([Subject(model, real), Subject(integer, code)], Rounds, report, context.Cancellation);
        return (rows[0].MedianMs, rows[1].MedianMs);
    }

    private static RunRecord Record(RunFolder folder, ReportData data, double seconds, string model, string page) => new()
    {
        Id = Path.GetFileName(folder.Path),
        Name = "demo",
        Started = data.Made,
        Seconds = seconds,
        Status = "completed",
        Arguments = data.Arguments,
        Environment = data.Environment,
        Metrics =
        [
            new("accuracyFloat", 0, data.Verdict!.AccuracyFloat), new("accuracy", 0, data.Verdict.AccuracyInteger), new("bytesFloat", 0, data.Verdict.BytesFloat),
            new("bytes", 0, data.Verdict.BytesInteger), new("msFloat", 0, data.Verdict.MsFloat), new("ms", 0, data.Verdict.MsInteger),
        ],
        Artifacts = new Dictionary<string, string> { ["model"] = Path.GetFullPath(model), ["report"] = Path.GetFullPath(page) },
    };

    private static void Finish(ReportVerdict v, string report, string model, double seconds, CommandContext context) => context.Finish(
        new
        {
            accuracyFloat = v.AccuracyFloat, accuracyInteger = v.AccuracyInteger, bytesFloat = v.BytesFloat, bytesInteger = v.BytesInteger, msFloat = v.MsFloat,
            msInteger = v.MsInteger, integerOnly = v.IntegerOnly, hash = v.Hash, report = Path.GetFullPath(report), model = Path.GetFullPath(model), samples = v.Count, seconds,
        },
        words =>
        {
            Table table = Tables.New("", "#float32", "#integers");
            table.AddText("accuracy", Text.Percent(v.AccuracyFloat), Text.Percent(v.AccuracyInteger));
            table.AddText("file", Text.Bytes(v.BytesFloat), Text.Bytes(v.BytesInteger));
            table.AddText("one image, one thread", Text.Ms(v.MsFloat), Text.Ms(v.MsInteger));
            words.Write(table);
            words.MarkupLineInterpolated($"{VerdictText.Sentence(v)}");
            words.MarkupLineInterpolated($"{v.HashesEqual} of {v.HashesTried} configurations gave the same outputs, bit for bit: {v.Hash}");
            words.MarkupLineInterpolated($"report [bold]{report}[/]");
        });
}
