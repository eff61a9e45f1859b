using System.CommandLine;
using System.Globalization;
using Dyadic.Arithmetics;
using Dyadic.Cli.Benchmarks;
using Dyadic.Cli.Benchmarks.Training;
using Dyadic.Cli.Framework;
using Dyadic.Cli.Peers;
using Dyadic.Data;
using Dyadic.Nn;
using Dyadic.Numerics;

namespace Dyadic.Cli.Commands;

/// <summary>Training steps of known networks beside PyTorch's, interleaved.</summary>
internal sealed class BenchTrainCommand : CliCommand
{
    private const int DefaultRounds = 21;
    private static readonly double[] Tolerances = [1e-4, 1e-2];      // of the loss, relative: of equal weights, and after one update
    private readonly Option<string?> _filter = new("--filter") { Description = "Networks whose names hold this text (default: all).", HelpName = "TEXT" };
    private readonly Option<int> _rounds = new("--rounds") { Description = "Rounds to take medians of.", HelpName = "N", DefaultValueFactory = _ => DefaultRounds };
    private readonly Option<string> _arithmetic = new("--arithmetic") { Description = "In which we compute; PyTorch computes in float32.", HelpName = "NAME", DefaultValueFactory = _ => Arithmetic.Float32.Name };
    private readonly Option<bool> _alone = new("--alone") { Description = "Do not run PyTorch." };

    public override Command Definition => field ??= new("train", "Measure a training step of known networks, in PyTorch too where it is installed.") { _filter, _rounds, _arithmetic, _alone };

    public override IReadOnlyList<string> Examples => ["dyadic bench train --threads 1,2", "dyadic bench train --filter resnet20 --rounds 31 --json", "dyadic bench train --filter mlp --alone"];

    public override bool ComparesThreads => true;

    public override int Run(ParseResult arguments, CommandContext context)
    {
        int rounds = arguments.GetValue(_rounds);
        if (rounds < 1) throw new UsageException($"--rounds is {rounds}, it must be at least 1.");
        string? filter = arguments.GetValue(_filter), reason = null;
        TrainingCase[] cases = [.. TrainingCase.All.Where(c => filter is null || c.Name.Contains(filter, StringComparison.OrdinalIgnoreCase))];
        if (cases.Length == 0) throw new UsageException($"no network's name holds '{filter}'. There are {string.Join(", ", TrainingCase.All.Select(c => c.Name))}.");
        Arithmetic arithmetic = Parse(arguments.GetValue(_arithmetic)!, context.Seed ?? 1);
        int[] threads = context.Threads is { Count: > 0 } given ? [.. given] : [1];
        string? peer = arguments.GetValue(_alone) ? null : TorchTraining.Version(out reason);
        if (reason is not null) context.Note(reason);
        TrainingRow[] rows = context.WithProgress("training", report => Measure(cases, threads, rounds, arithmetic, peer is not null, report, context).ToArray());
        context.Finish(
            new { rows, rounds, cases = cases.Select(c => new { c.Name, c.Summary, c.Optimizer }), peer = new { name = TorchTraining.Name, found = peer is not null, version = peer, reason } },
            words => words.Write(TrainingRow.TableOf(rows)));
        return ExitCode.Done;
    }

    private static Arithmetic Parse(string name, ulong seed)
    {
        try
        {
            return Arithmetic.Parse(name, seed);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--arithmetic: {e.Message}");
        }
    }

    private static IEnumerable<TrainingRow> Measure(TrainingCase[] cases, int[] threads, int rounds, Arithmetic arithmetic, bool peer, Action<double> report, CommandContext context)
    {
        int done = 0;
        foreach (TrainingCase what in cases)
            foreach (int count in threads)
            {
                foreach (TrainingRow row in Measure(what, count, rounds, arithmetic, peer, context)) yield return row;
                report((double)++done / (cases.Length * threads.Length));
            }
    }

    private static TrainingRow[] Measure(TrainingCase what, int threads, int rounds, Arithmetic arithmetic, bool peer, CommandContext context)
    {
        Door.Mode = context.Mode with { Threads = threads };
        Rng rng = new(context.Seed ?? 1);
        Module network = what.Make(rng.Split("network"));
        (Tensor Inputs, Tensor Labels) data = what.Data(rng.Split("data"));
        DirectoryInfo folder = Directory.CreateTempSubdirectory("dyadic-");
        string file = Path.Combine(folder.FullName, "case.npz");
        List<TrainingSubject> subjects = [];
        try
        {
            if (peer)
            {
                Npz.Write(file, network.State().Append(("inputs", data.Inputs)).Append(("labels", data.Labels)).Select(a => KeyValuePair.Create(a.Item1, a.Item2)));
                subjects.Add(new TorchTraining(what, file, threads));
            }
            subjects.Add(new DyadicTraining(what, network, data, arithmetic));
            double[][] losses = [.. subjects.Select(s => Array.ConvertAll(Tolerances, _ => s.Train(1).Loss))];
            if (arithmetic == Arithmetic.Float32) Compare(what, losses);
            foreach (TrainingSubject subject in subjects) subject.Prepare();
            for (int round = 0; round < rounds; round++)
                for (int i = 0; i < subjects.Count; i++)
                {
                    context.Cancellation.ThrowIfCancellationRequested();
                    subjects[(i + round) % subjects.Count].Round();      // nobody is always the first
                }
            return [.. subjects.Select((s, i) => Row(what, s, peer ? subjects[0] : null, threads, arithmetic, losses[i])).Reverse()];
        }
        finally
        {
            foreach (TrainingSubject subject in subjects) subject.Dispose();
            folder.Delete(recursive: true);
        }
    }

    private static void Compare(TrainingCase what, double[][] losses)
    {
        for (int step = 0; step < Tolerances.Length; step++)
        {
            (double ours, double theirs) = (losses[^1][step], losses[0][step]);
            if (Math.Abs(ours - theirs) <= Tolerances[step] * Math.Abs(theirs)) continue;
            throw new GateException(string.Create(CultureInfo.InvariantCulture, $"{what.Name}: the loss after {step} steps is {ours:G9}, in PyTorch {theirs:G9}, so nothing was measured. Is a layer another one there?"));
        }
    }

    private static TrainingRow Row(TrainingCase what, TrainingSubject s, TrainingSubject? peer, int threads, Arithmetic arithmetic, double[] losses)
    {
        double median = Interleaved.Median(s.Rounds);
        double? share = peer is null ? null : Interleaved.Median(s.Rounds.Zip(peer.Rounds, (ours, theirs) => ours / theirs));
        return new(what.Name, s.Engine, s == peer ? Arithmetic.Float32.Name : arithmetic.Name, threads, what.Batch, median, s.Rounds.Min(), what.Batch / median * 1000, share, s.PeakBytes, losses);
    }
}
