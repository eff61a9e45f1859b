using System.Globalization;
using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime;

namespace Dyadic.Core.Tests.Lowering.Random;

/// <summary>
/// Random graphs, compiled and run in every mode, against their definitions. A failure names its seed; DYADIC_FUZZ_SEED=n runs that one graph of
/// each kind, DYADIC_FUZZ=n so many of each kind: DYADIC_FUZZ=10000 dotnet test tests/Dyadic.Core.Tests --filter RandomPlanTests.
/// </summary>
public class RandomPlanTests
{
    private const double Bound = 1e-4;          // of a float32 plan, relative to the largest |y|: 1000 roundings of 2⁻²⁴ and some growth

    private static readonly ExecutionMode[] Modes =
    [
        .. ((SimdWidth[])[SimdWidth.Scalar, SimdWidth.V128, SimdWidth.V256, SimdWidth.V512]).Select(width => new ExecutionMode(width, 1)),
        .. InstructionSets.Available.Select(set => ExecutionMode.Default with { Threads = 1, Code = set }),
    ];

    [Fact]
    public void A_float_plan_is_near_its_graph_and_the_same_for_every_batch_and_thread_count() => Each(500, CheckFloat);

    [Fact]
    public void An_integer_plan_is_near_its_graph_and_equals_its_reference_bit_for_bit() => Each(500, CheckCodes);

    [Fact, Trait("speed", "slow")]
    public void Ten_thousand_plans() => Each(10_000, seed => { CheckFloat(seed); CheckCodes(seed); });

    private static void CheckFloat(ulong seed)
    {
        RandomFloatGraph drawn = new(seed);
        Plan plan = drawn.Graph.Compile();
        Tensor[] expected = drawn.Expected;
        Near(drawn, plan, expected, plan.RunReference([.. drawn.Inputs]), "reference");
        foreach (ExecutionMode mode in Modes)
        {
            Tensor[] y = Outputs(drawn, plan, mode);
            Near(drawn, plan, expected, y, mode.ToString());
        }
    }

    private static void CheckCodes(ulong seed)
    {
        RandomCodeGraph drawn = new(seed);
        LoweringResult lowered = drawn.Graph.Lower();
        Assert.True(lowered.Plan.IsInteger, Text(drawn, lowered.Plan, string.Join('\n', lowered.Floats)));
        Tensor[] slow = lowered.Plan.RunReference([.. drawn.Inputs]);
        foreach (ExecutionMode mode in Modes) Same(drawn, lowered.Plan, slow, Outputs(drawn, lowered.Plan, mode), mode.ToString());
        for (int i = 0; i < slow.Length; i++)
        {
            double distance = Codes(slow[i]).Zip(Codes(drawn.Expected[i]), (a, b) => (double)Math.Abs(a - b)).Average();
            Assert.True(distance <= 2, Text(drawn, lowered.Plan, $"output {i} is on average {distance} codes from the real graph"));
        }
    }

    // By one thread and by three, twice in one session so that its memory is used again, and sample by sample where the batch is open: all the same.
    private static Tensor[] Outputs(RandomGraph drawn, Plan plan, ExecutionMode mode)
    {
        Tensor[] inputs = [.. drawn.Inputs];
        Session session = new(plan, mode), shared = new(plan, mode with { Threads = 3 });
        Tensor[] y = session.Run(inputs);
        Same(drawn, plan, y, session.Run(inputs), $"{mode} again");
        Same(drawn, plan, y, shared.Run(inputs), $"{mode} on 3 threads");
        for (int n = 0; n < RandomGraph.Batch && drawn.IsBatched; n++)
        {
            Tensor[] one = session.Run([.. inputs.Select(x => Sample(x, n))]);
            Same(drawn, plan, [.. y.Select(t => Sample(t, n))], one, $"{mode} sample {n}");
        }
        return y;
    }

    private static Tensor Sample(Tensor x, int n) => Door.Run(new Slice([n], [n + 1], [0], [1]), [x])[0];

    private static void Near(RandomGraph drawn, Plan plan, Tensor[] expected, Tensor[] actual, string how)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            float[] e = expected[i].ToArray<float>(), a = actual[i].ToArray<float>();
            float most = e.Max(Math.Abs), distance = e.Zip(a, (p, q) => Math.Abs(p - q)).Max();
            Assert.True(distance <= Bound * Math.Max(1, most), Text(drawn, plan, $"{how}: output {i} is {distance} from the graph, whose largest value is {most}"));
        }
    }

    private static void Same(RandomGraph drawn, Plan plan, Tensor[] expected, Tensor[] actual, string how)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            byte[] e = Plans.Bytes(expected[i]), a = Plans.Bytes(actual[i]);
            if (!e.AsSpan().SequenceEqual(a)) Assert.Fail(Text(drawn, plan, $"{how}: output {i} differs from byte {e.AsSpan().CommonPrefixLength(a)} on"));
        }
    }

    private static int[] Codes(Tensor t) => t.Type == DType.Int8 ? Array.ConvertAll(t.ToArray<sbyte>(), x => (int)x) : Array.ConvertAll(t.ToArray<byte>(), x => (int)x);

    private static string Text(RandomGraph drawn, Plan plan, string what) => $"seed {drawn.Seed}: {what}\n{drawn.Graph}\n{plan}";

    private static void Each(int count, Action<ulong> check)
    {
        if (Number("DYADIC_FUZZ_SEED") is { } seed) check(seed);
        else for (ulong i = 0; i < (Number("DYADIC_FUZZ") ?? (ulong)count); i++) Checked(i, check);
    }

    private static void Checked(ulong seed, Action<ulong> check)
    {
        try
        {
            check(seed);
        }
        catch (Exception e) when (e is not Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException($"seed {seed}: {e.Message}", e);
        }
    }

    private static ulong? Number(string variable) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : null;
}
