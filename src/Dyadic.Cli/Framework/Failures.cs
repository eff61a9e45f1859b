using Dyadic.Cli.Peers;
using Dyadic.Compression;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx;
using Dyadic.Runtime;

namespace Dyadic.Cli.Framework;

/// <summary>From exceptions to one sentence and an exit code.</summary>
internal static class Failures
{
    /// <summary>The exit code of an exception.</summary>
    public static int CodeOf(Exception e) => e switch
    {
        OperationCanceledException => ExitCode.Interrupted,
        UsageException => ExitCode.Usage,
        GateException or CompressionException { Nodes.Count: > 0 } => ExitCode.GateNotMet,
        BudgetException or OutOfMemoryException => ExitCode.BudgetExceeded,
        InvalidDataException or EndOfStreamException or ShapeException or PlanException or PrecisionException or GraphTextException or OnnxException or CompressionException or OnnxRuntimeException
            or FileNotFoundException or DirectoryNotFoundException => ExitCode.InvalidInput,
        AggregateException { InnerException: { } inner } => CodeOf(inner),
        _ => ExitCode.Failed,
    };

    /// <summary>What an exception says, on one line.</summary>
    public static string SentenceOf(Exception e, BudgetOptions budgets) => e switch
    {
        BudgetException budget when budgets.OptionOf(budget.Limit) is { } option => budget.Message.Replace(budget.Limit, option, StringComparison.Ordinal),
        OperationCanceledException => "interrupted.",
        AggregateException { InnerException: { } inner } => SentenceOf(inner, budgets),
        OutOfMemoryException => "the memory does not suffice for this model and batch. Take a smaller slice of the data.",
        _ => e.Message.ReplaceLineEndings(" ").Trim(),
    };
}
