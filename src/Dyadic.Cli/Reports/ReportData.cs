namespace Dyadic.Cli.Reports;

/// <summary>Everything that a report shows: written into a run folder as report.json, from which the page is made without further input.</summary>
internal sealed record ReportData
{
    public const string FileName = "report.json";

    public required string Title { get; init; }

    /// <summary>The command that made the run.</summary>
    public required string Command { get; init; }

    public required DateTimeOffset Made { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public ReportVerdict? Verdict { get; init; }

    public IReadOnlyList<ReportLayer> Layers { get; init; } = [];

    /// <summary>What was lost, and what to try.</summary>
    public IReadOnlyList<ReportAdvice> Advice { get; init; } = [];

    /// <summary>What single layers do to the score; null where that was not measured.</summary>
    public ReportSensitivity? Sensitivity { get; init; }

    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>Counts by true class and predicted class of the integer model.</summary>
    public int[][] Confusion { get; init; } = [];

    public IReadOnlyList<ReportSample> Samples { get; init; } = [];

    /// <summary>Mean training loss by epoch.</summary>
    public double[] Loss { get; init; } = [];

    /// <summary>Training accuracy by epoch.</summary>
    public double[] TrainAccuracy { get; init; } = [];

    /// <summary>Arguments of the run, for the details.</summary>
    public IReadOnlyDictionary<string, string> Arguments { get; init; } = new Dictionary<string, string>();
}

/// <summary>What a reader wants to know first.</summary>
internal sealed record ReportVerdict
{
    public required double AccuracyFloat { get; init; }

    public required double AccuracyInteger { get; init; }

    /// <summary>Samples behind the accuracies.</summary>
    public required int Count { get; init; }

    /// <summary>Share of samples on which both models agree.</summary>
    public required double Agreement { get; init; }

    public required long BytesFloat { get; init; }

    public required long BytesInteger { get; init; }

    /// <summary>Median milliseconds of one sample on one thread.</summary>
    public required double MsFloat { get; init; }

    public required double MsInteger { get; init; }

    public required bool IntegerOnly { get; init; }

    /// <summary>SHA-256 of the outputs, hexadecimal, when equal in all configurations.</summary>
    public required string Hash { get; init; }

    /// <summary>Configurations (width × threads × batch) that gave this hash, and how many were tried.</summary>
    public required int HashesEqual { get; init; }

    public required int HashesTried { get; init; }
}

/// <summary>One layer of the quantised model.</summary>
internal sealed record ReportLayer
{
    public required string Name { get; init; }

    public required string Op { get; init; }

    /// <summary>"int8" or "float32".</summary>
    public required string Executed { get; init; }

    public string Kernel { get; init; } = "";

    /// <summary>Why it is not integer, or empty.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The range of its result; null, like all that follows, where the result is not kept (the node is fused into the next).</summary>
    public double? Minimum { get; init; }

    public double? Maximum { get; init; }

    public double? Scale { get; init; }

    public int? ZeroPoint { get; init; }

    public double? WeightScaleMin { get; init; }

    public double? WeightScaleMax { get; init; }

    /// <summary>Mean squared difference of the layer's output between the float and the quantised network.</summary>
    public double? Mse { get; init; }

    /// <summary>Signal to quantisation-noise ratio of the output, dB.</summary>
    public double? SqnrDb { get; init; }

    /// <summary>Cosine of the output in the float and in the quantised network.</summary>
    public double? Cosine { get; init; }

    /// <summary>The least and the greatest value that the codes of its result can hold.</summary>
    public double? CodesMinimum { get; init; }

    public double? CodesMaximum { get; init; }

    /// <summary>The share of the calibration's values that lie outside.</summary>
    public double? Saturated { get; init; }

    /// <summary>Channels that dwarf the others.</summary>
    public IReadOnlyList<ReportOutlier> Outliers { get; init; } = [];

    /// <summary>Signal to noise ratio of the weights, and what it would be at 4 bits, dB.</summary>
    public double? WeightSqnrDb { get; init; }

    public double? FourBitSqnrDb { get; init; }

    public long BytesFloat { get; init; }

    public long BytesInteger { get; init; }

    public int[] ActivationHistogram { get; init; } = [];

    public int[] WeightHistogram { get; init; } = [];

    public double WeightMinimum { get; init; }

    public double WeightMaximum { get; init; }
}

/// <summary>A channel, and how many times the median channel it is.</summary>
internal sealed record ReportOutlier(int Channel, double Ratio);

/// <summary>What was seen of a node, and the options that may mend it.</summary>
internal sealed record ReportAdvice(string Node, string Problem, string Command);

/// <summary>Scores of single layers: alone in integers, alone in floating point, alone at 4 bits.</summary>
internal sealed record ReportLayerScore(string Node, double Alone, double Others, double? FourBits);

/// <summary>Scores of all layers beside those of the whole.</summary>
internal sealed record ReportSensitivity(string Metric, double Float, double Whole, IReadOnlyList<ReportLayerScore> Layers);

/// <summary>A sample image with what both models say.</summary>
internal sealed record ReportSample(int Width, int Height, byte[] Pixels, int Label, int Float, int Integer);
