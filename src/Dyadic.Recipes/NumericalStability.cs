using System.Globalization;
using Dyadic.Arithmetics;
using Dyadic.Numerics.Digits;
using Dyadic.Ops;
using Dyadic.Recipes.Proteins;
using Dyadic.Runs;

namespace Dyadic.Recipes;

/// <summary>
/// How many digits of a protein classifier's answers can be trusted, by Monte Carlo arithmetic, and how small its number formats may become, by emulating
/// them in every operation.
/// </summary>
/// <remarks>docs/recipes/numerical-stability.md lists what differs from the paper.</remarks>
public sealed class NumericalStability : Recipe
{
    private const double Analysed = 0.3;      // class scores from here on are looked at, as in the paper

    private static readonly int[] s_precisions = [24, 20, 16, 12, 8], s_mantissas = [23, 16, 12, 10, 9, 8, 7, 6, 4, 2], s_exponents = [8, 6, 5, 4];

    /// <inheritdoc/>
    public override string Name => "numerical-stability";

    /// <inheritdoc/>
    public override string Paper =>
        "Gonzalez Pepe, Chatelain, Kiar and Glatard 2024, \"Numerical stability of DeepGOPlus inference\", PLOS ONE 19(1): e0296725; arXiv 2212.06361";

    /// <inheritdoc/>
    public override string Summary => "Counts the significant digits of DeepGOPlus' network under Monte Carlo arithmetic, and sweeps the exponent and mantissa bits of its numbers.";

    /// <inheritdoc/>
    public override RecipeResult Run(RecipeContext context)
    {
        Setting setting = Setting.Of(context);
        Rng rng = new Rng(context.Seed).Split("numerical-stability");
        DeepGoPlus net = new(setting.Lengths, 32, setting.Training.Hierarchy.Count, rng.Split("net"));
        net.LoadState(context.KeepTensors("network", () =>
        {
            ProteinTraining.Train(net, setting.Training, setting.Length, setting.Epochs, 1e-3, rng.Split("order"), done => context.Report(0.1 * done, "training in float32"));
            return net.State().ToDictionary(p => p.Name, p => p.Tensor.Clone());
        }));
        Study study = new(net, setting, context);
        float[] reference = study.Scores("float32", 0);
        HierarchicalMetrics plain = study.Measure(reference);

        Dictionary<string, Samples> noisy = [];
        string[] arithmetics = [.. s_precisions.Select(t => $"mca:{t}:rr"), "mca:24:pb", "mca:24:full"];
        for (int i = 0; i < arithmetics.Length; i++)
        {
            context.Report(0.1 + 0.5 * i / arithmetics.Length, arithmetics[i]);
            int at = i;
            noisy[arithmetics[i]] = context.Keep(arithmetics[i], RecipeJson.Default.Samples, () => study.Digits(arithmetics[at], reference, context.Quick ? 3 : at == 0 ? 20 : 10));
        }
        Dictionary<(int Exponent, int Mantissa), HierarchicalMetrics> formats = [];
        foreach (int exponent in s_exponents)
            foreach (int mantissa in s_mantissas)
            {
                context.Report(0.6 + 0.35 * formats.Count / (s_exponents.Length * s_mantissas.Length), "formats of the operands");
                string format = $"e{exponent}m{mantissa}:ib";
                formats[(exponent, mantissa)] = context.Keep(format, RecipeJson.Default.HierarchicalMetrics, () => study.Measure(study.Scores(format, 0)));
            }
        (double stable, double unstable) = Variances(context);
        return new(
            [.. Claims(noisy, plain, formats, study.Chance(), stable, unstable)],
            [DigitTable(noisy, plain), FormatTable(formats, plain)],
            [setting.Description, $"{setting.Test.Count} test proteins, of which class scores of at least {Analysed} are analysed: {reference.Count(s => s >= Analysed)}."]);
    }

    private static IEnumerable<Claim> Claims(
        Dictionary<string, Samples> noisy, HierarchicalMetrics plain,
        Dictionary<(int, int), HierarchicalMetrics> formats, double chance, double stable, double unstable)
    {
        (double[] general, _, HierarchicalMetrics[] metrics) = noisy["mca:24:rr"];
        double median = Median(general);
        yield return new("the median class score has 6.2 to 7.2 significant decimal digits at t = 24", "6.790 ± 0.146", Text(median), median is >= 6.2 and <= 7.2);
        int[] falling = [.. s_precisions.Where(t => t < 24)];      // at 24 the number of digits of float32 itself is the limit
        double slope = IntegerFineTuning.Slope([.. falling.Select(t => (double)t)], [.. falling.Select(t => Median(noisy[$"mca:{t}:rr"].Cnh))]);
        yield return new("digits fall linearly with t: 0.301 ± 0.03 decimal digits a bit", "none", Text(slope, "F3"), Math.Abs(slope - SignificantDigits.DecimalPerBit) <= 0.03);
        double change = metrics.Max(m => Math.Max(Math.Abs(m.Fmax - plain.Fmax), Math.Abs(m.Smin - plain.Smin)));
        yield return new("Fmax and Smin are the same to three decimals at t = 24", "identical", "largest change " + Text(change, "G2"), change < 5e-4);
        int comparable = s_mantissas.Where(m => m >= 9).Count(m => Close(formats[(6, m)]) && Close(formats[(8, m)]));
        yield return new("with at least 9 mantissa and 6 exponent bits Fmax is within 0.5 % of float32's", "p ≥ 9 and r ≥ 6 are comparable",
            $"{comparable} of {s_mantissas.Count(m => m >= 9)} mantissas", comparable == s_mantissas.Count(m => m >= 9));
        bool falls = s_exponents.All(e => s_mantissas.Zip(s_mantissas.Skip(1)).All(p => formats[(e, p.Second)].Fmax <= formats[(e, p.First)].Fmax * 1.005));
        yield return new("Fmax does not rise by more than 0.5 % as mantissa bits are taken away", "degraded from p ≤ 8 on", falls ? "at no step" : "at some step", falls);
        double worst = formats[(4, 2)].Fmax;
        yield return new("2 mantissa and 4 exponent bits are no better than chance", "crash or unusable", $"Fmax {Text(worst, "F3")}, chance {Text(chance, "F3")}", worst <= chance + 0.01);
        yield return new("a normalisation at a mean of 10⁴ that takes its variance as E[x²] − E[x]² has it with at least 3 digits less", "none",
            $"{Text(stable)} and {Text(unstable)}", stable - unstable >= 3);

        bool Close(HierarchicalMetrics m) => m.Fmax >= plain.Fmax * 0.995;
    }

    private static ResultTable DigitTable(Dictionary<string, Samples> noisy, HierarchicalMetrics plain) => new(
        "Significant decimal digits of the analysed class scores, and the metrics over the samples: mean, and deviation.",
        ["arithmetic", "median, General", "least, General", "median, CNH", "Fmax", "Smin", "AUPR"],
        [
            ["float32", "", "", "", Text(plain.Fmax, "F5"), Text(plain.Smin, "F5"), Text(plain.Aupr, "F5")],
            .. noisy.Select(n => (string[])
            [
                n.Key, Text(Median(n.Value.General)), Text(n.Value.General.Min()), Text(Median(n.Value.Cnh)),
                Spread(n.Value.Metrics, m => m.Fmax), Spread(n.Value.Metrics, m => m.Smin), Spread(n.Value.Metrics, m => m.Aupr),
            ]),
        ]);

    private static ResultTable FormatTable(Dictionary<(int Exponent, int Mantissa), HierarchicalMetrics> formats, HierarchicalMetrics plain) => new(
        "Operands of every operation rounded to e exponent and m mantissa bits: change of Fmax / Smin / AUPR in percent, positive is better.",
        ["m", .. s_exponents.Select(e => $"e = {e}")],
        [.. s_mantissas.Select(m => (string[])[$"{m}", .. s_exponents.Select(e => Changes(formats[(e, m)], plain))])]);

    private static string Changes(HierarchicalMetrics m, HierarchicalMetrics plain) => string.Create(CultureInfo.InvariantCulture,
        $"{100 * (m.Fmax / plain.Fmax - 1):F2} / {100 * (1 - m.Smin / plain.Smin):F2} / {100 * (m.Aupr / plain.Aupr - 1):F2}");

    private static string Spread(HierarchicalMetrics[] metrics, Func<HierarchicalMetrics, double> value)
    {
        double first = value(metrics[0]), mean = first + metrics.Average(m => value(m) - first);      // exact where all are equal
        double deviation = Math.Sqrt(metrics.Sum(m => Math.Pow(value(m) - mean, 2)) / Math.Max(1, metrics.Length - 1));
        return $"{Text(mean, "F5")} ± {Text(deviation, "E1")}";
    }

    // Digits of the variance of 256 numbers around 10⁴: as E[(x − mean)²], and as E[x²] − mean².
    private static (double Stable, double Unstable) Variances(RecipeContext context)
    {
        Tensor x = Tensor.Normal(Shape.Of(256), new Rng(context.Seed).Split("normalisation")) + 1e4f;
        return (Digits(v => Square(v - v.ReduceMean()).ReduceMean()), Digits(v => Square(v).ReduceMean() - Square(v.ReduceMean())));

        static Tensor Square(Tensor v) => v * v;

        double Digits(Func<Tensor, Tensor> variance)
        {
            DigitStatistics digits = DigitStatistics.InPairs(1);
            for (ulong sample = 0; sample < 30; sample++)
                using (Arithmetic.Use(Arithmetic.Parse("mca:24:rr", context.Seed + sample))) digits.Add<float>([variance(x).Item<float>()]);
            return digits.Cnh(0) * SignificantDigits.DecimalPerBit;
        }
    }

    /// <summary>What the samples of an arithmetic show.</summary>
    /// <param name="General">Significant decimal digits of each analysed score.</param>
    /// <param name="Cnh">The same where their errors are taken to be normally distributed.</param>
    /// <param name="Metrics">Of each sample.</param>
    internal sealed record Samples(double[] General, double[] Cnh, HierarchicalMetrics[] Metrics);

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    private static string Text(double value, string format = "F2") => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>Data and sizes.</summary>
    private sealed record Setting(ProteinSet Training, ProteinSet Test, int[] Lengths, int Length, int Epochs, string Description)
    {
        public static Setting Of(RecipeContext context)
        {
            int test = context.Quick ? 16 : 400;
            if (context.Data is { } folder)
            {
                (ProteinSet training, ProteinSet held) = ProteinSet.Read(Path.Combine(folder, "ec_train.tsv"), Path.Combine(folder, "ec_dev.tsv"), least: 20);
                return new(training, held.Take(test), [8, 16, 24, 32], 256, context.Quick ? 1 : 12,
                    $"{training.Count} protein chains with the {training.Hierarchy.Count} enzyme classes that at least 20 of them have, cut off at 256 residues; filters of 8, 16, 24 and 32, 32 of each; Adam, rate 1e-3, 12 epochs.");
            }
            Rng rng = new(context.Seed);
            ProteinSet toy = ProteinSet.Toy(context.Quick ? 500 : 6000, rng.Split("motifs"), rng.Split("training"));
            return new(toy, ProteinSet.Toy(test, rng.Split("motifs"), rng.Split("test")), [4, 6, 8, 12], 128, context.Quick ? 1 : 5,
                $"{toy.Count} generated proteins of 60 to 120 residues, 24 classes in a tree of three levels, each a motif of six residues; filters of 4, 6, 8 and 12, 32 of each; Adam, rate 1e-3.");
        }
    }

    /// <summary>The trained network in other arithmetics.</summary>
    private sealed class Study(DeepGoPlus net, Setting setting, RecipeContext context)
    {
        private readonly double[] _content = setting.Training.Hierarchy.InformationContent(setting.Training.Labels);

        public float[] Scores(string arithmetic, ulong sample)
        {
            context.Cancellation.ThrowIfCancellationRequested();
            using IDisposable scope = Arithmetic.Use(Arithmetic.Parse(arithmetic, context.Seed + sample));
            return ProteinTraining.Scores(net, setting.Test, setting.Length);
        }

        public HierarchicalMetrics Measure(float[] scores) => ProteinTraining.Measure(setting.Test, scores, _content);

        /// <summary>Fmax of answering every protein with the shares of the classes among the training proteins.</summary>
        public double Chance()
        {
            int classes = setting.Training.Hierarchy.Count;
            float[] share = [.. Enumerable.Range(0, classes).Select(c => setting.Training.Labels.Where((_, i) => i % classes == c).Average())];
            return Measure([.. Enumerable.Range(0, setting.Test.Count).SelectMany(_ => share)]).Fmax;
        }

        /// <summary>Decimal digits of the analysed scores by two methods, and the metrics of each sample.</summary>
        public Samples Digits(string arithmetic, float[] reference, int samples)
        {
            DigitStatistics digits = DigitStatistics.Against<float>(reference);
            HierarchicalMetrics[] metrics = new HierarchicalMetrics[samples];
            for (int s = 0; s < samples; s++)
            {
                float[] scores = Scores(arithmetic, (ulong)s);
                digits.Add<float>(scores);
                metrics[s] = Measure(scores);
            }
            int[] analysed = [.. Enumerable.Range(0, reference.Length).Where(i => reference[i] >= Analysed)];
            return new([.. analysed.Select(i => digits.General(i) * SignificantDigits.DecimalPerBit)], [.. analysed.Select(i => digits.Cnh(i) * SignificantDigits.DecimalPerBit)], metrics);
        }
    }
}
