using System.Diagnostics;
using Dyadic.Lowering;
using Dyadic.Runtime;

namespace Dyadic.Cli.Models;

/// <summary>A node as it runs.</summary>
/// <param name="Node">The name.</param>
/// <param name="Op">Its op; "layout" for a conversion that the plan added.</param>
/// <param name="Executed">The element type in which it computes.</param>
/// <param name="Kernel">The kernel.</param>
/// <param name="Ns">Median nanoseconds of one run, summed over threads; 0 for a fused node.</param>
/// <param name="Bytes">Bytes that it writes for one sample; 0 for a fused node.</param>
/// <param name="FusedInto">The node whose step does the work, or null.</param>
/// <param name="Reason">Why it is not integer, or null.</param>
internal sealed record ExplainedNode(string Node, string Op, string Executed, string Kernel, long Ns, long Bytes, string? FusedInto, string? Reason);

/// <summary>Measures the steps of a plan and attributes them to nodes.</summary>
internal static class NodeTimes
{
    private const int LeastWarmUps = 3, WarmUpMilliseconds = 400;      // until the compiler has seen which methods are hot

    /// <summary>One row for each node that runs or is fused, in the order of execution.</summary>
    public static IReadOnlyList<ExplainedNode> Measure(CompiledEngine engine, InputSet inputs, int rounds, Action<double> progress, CancellationToken cancellation)
    {
        Session session = engine.SessionFor(inputs.Tensors);
        Plan plan = session.Plan;
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < LeastWarmUps || Stopwatch.GetElapsedTime(start).TotalMilliseconds < WarmUpMilliseconds; i++) session.Run(inputs.Tensors, cancellation);
        long[][] samples = new long[plan.Steps.Count][];
        for (int s = 0; s < samples.Length; s++) samples[s] = new long[rounds];
        for (int round = 0; round < rounds; round++)
        {
            StepTimes times = new(plan);
            session.Times = times;
            session.Run(inputs.Tensors, cancellation);
            for (int s = 0; s < samples.Length; s++) samples[s][round] = times.Nanoseconds(s);
            progress((double)(round + 1) / rounds);
        }
        session.Times = null;
        return Attribute(engine.Lowered, plan, Array.ConvertAll(samples, Median));
    }

    public static long Median(long[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private static List<ExplainedNode> Attribute(LoweringResult lowered, Plan plan, long[] ns)
    {
        List<ExplainedNode> rows = [];
        bool[] claimed = new bool[ns.Length];
        foreach (NodeReport report in lowered.Nodes)
        {
            long time = 0, bytes = 0;
            for (int s = 0; s < ns.Length && report.FusedInto is null; s++)
            {
                if (claimed[s] || !Belongs(plan.Steps[s], report.Node)) continue;
                claimed[s] = true;
                time += ns[s];
                bytes += Bytes(plan, s);
            }
            rows.Add(new(report.Node, report.Op, report.Executed, report.Kernel, time, bytes, report.FusedInto, report.Reason));
        }
        for (int s = 0; s < ns.Length; s++)
        {
            if (claimed[s]) continue;
            PlanStep step = plan.Steps[s];
            rows.Add(new(step.Name, "layout", plan.Values[step.Outputs[0].Value].Type.ToString().ToLowerInvariant(), step.Step.Kernel, ns[s], Bytes(plan, s), null, null));
        }
        return rows;
    }

    // A node's last step has its name; the stages before carry their kernel behind it.
    private static bool Belongs(PlanStep step, string node) => step.Name == node || step.Name == $"{node}/{step.Step.Kernel}";

    private static long Bytes(Plan plan, int step) => plan.Steps[step].Outputs.Sum(o => plan.Values[o.Value].Bytes);
}
