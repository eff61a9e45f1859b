using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;
using Dyadic.Runtime.Tests.Sessions;

namespace Dyadic.Runtime.Tests.Planning;

public class PlanTests
{
    [Fact]
    public void Values_alive_together_never_overlap()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            Plan plan = RandomChain(seed);
            int[] first = new int[plan.Values.Count], last = new int[plan.Values.Count];
            for (int s = plan.Steps.Count - 1; s >= 0; s--)
                foreach (PlanArgument o in plan.Steps[s].Outputs) first[o.Value] = s;
            for (int s = 0; s < plan.Steps.Count; s++)
                foreach (PlanArgument a in plan.Steps[s].Inputs.Concat(plan.Steps[s].Outputs)) last[a.Value] = s;
            int[] arena = [.. Enumerable.Range(0, plan.Values.Count).Where(v => plan.Offset(v) >= 0)];
            foreach (int a in arena)
                foreach (int b in arena.Where(b => b > a && first[a] <= last[b] && first[b] <= last[a]))
                {
                    bool apart = plan.Offset(a) + plan.Values[a].Bytes <= plan.Offset(b) || plan.Offset(b) + plan.Values[b].Bytes <= plan.Offset(a);
                    Assert.True(apart || InPlace(a, b) || InPlace(b, a), $"seed {seed}: values {a} and {b} overlap\n{plan}");
                }
            Assert.True(plan.ArenaBytes <= plan.SumBytes);
            Assert.All(arena, v => Assert.Equal(0, plan.Offset(v) % 64));

            // b is made from a by the step that reads a last.
            bool InPlace(int a, int b) => last[a] == first[b] && plan.Steps[last[a]].Step.InPlaceInput == 0 && plan.Steps[last[a]].Inputs[0].Value == a;
        }
    }

    [Fact]
    public void A_random_plan_equals_the_reference_interpreter()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            Plan plan = RandomChain(seed);
            int length = (int)plan.Outputs[0].Length;
            sbyte[] x = SampleNetworks.Codes(new Rng(seed), 3 * 64), expected = new sbyte[3 * length], y = new sbyte[3 * length];
            ReferenceInterpreter.Run<sbyte, sbyte>(plan, x, expected);
            new Session(plan).Run<sbyte, sbyte>(x, y);
            Assert.Equal(expected, y);
        }
    }

    [Fact]
    public void A_chain_needs_two_buffers_and_reshapes_none()
    {
        PlanBuilder b = new(batched: true);
        int v = b.Input("x", DType.Int8, [1, 128]);
        for (int i = 0; i < 6; i++)
        {
            v = b.Add($"t{i}", new IntLookup(new byte[256]), [v], (DType.Int8, [1, 128]))[0];
            v = b.Add($"r{i}", new IntReshape(), [v], (DType.Int8, [1, 2, 64]))[0];
        }
        b.Output("y", b.Add("end", new IntLookup(new byte[256]), [v], (DType.Int8, [1, 128]))[0]);
        Plan plan = b.Build();
        Assert.Equal(256, plan.ArenaBytes);
        Assert.Equal(12 * 128, plan.SumBytes);
    }

    [Fact]
    public void Layout_conversions_stand_only_where_orders_differ()
    {
        Plan plan = SampleNetworks.Residual();
        // In: x [3 channels] to channels-last once for the stem; turned needs logical, mean channels-last again; flat follows [40, 1, 1] and needs none.
        Assert.Equal(["stem/layout", "turned/layout", "mean/layout"], plan.Steps.Where(s => s.Name.EndsWith("/layout", StringComparison.Ordinal)).Select(s => s.Name));
        Assert.Equal(plan.Nodes.Count + 3, plan.Steps.Count);
    }

    [Fact]
    public void The_table_names_kernels_shapes_and_the_peak()
    {
        string table = SampleNetworks.Residual().ToString();
        Assert.Contains("conv_s8s8s32", table);
        Assert.Contains("Int8[1,9,9,20]", table);
        Assert.Contains("bytes a sample (without overlay", table);
    }

    [Fact]
    public void Limits_and_mistakes_are_refused()
    {
        Assert.Throws<PlanException>(() => new PlanBuilder(true).Build());
        Assert.Throws<PlanException>(() => new PlanBuilder(true).Input("x", DType.Int8, [1, 0]));
        Assert.Throws<PlanException>(() => new PlanBuilder(true).Input("x", DType.Int8, []));
        Assert.Throws<PlanException>(() => new PlanBuilder(true).Constant("c", DType.Int32, [3], new byte[11]));
        Assert.Throws<PlanException>(() => new PlanBuilder(true).Add("n", new IntReshape(), [0], (DType.Int8, [1])));
        PlanBuilder b = new(batched: false);
        int x = b.Input("x", DType.Int8, [1000]);
        int y = b.Add("a", new IntReshape(), [x], (DType.Int8, [1000]))[0];
        b.Output("y", b.Add("b", new IntReshape(), [y], (DType.Int8, [1000]))[0]);
        Assert.Equal("RunBudget.ArenaBytes", Assert.Throws<BudgetException>(() => b.Build(new() { ArenaBytes = 1000 })).Limit);
        Assert.Equal("RunBudget.Steps", Assert.Throws<BudgetException>(() => b.Build(new() { Steps = 1 })).Limit);
        Assert.Equal(1024, b.Build().ArenaBytes);
    }

    // Random steps on random earlier values, all of 64 elements a sample; reads of old values keep them alive for long.
    private static Plan RandomChain(ulong seed)
    {
        Rng rng = new(seed);
        PlanBuilder b = new(batched: true);
        List<int> values = [b.Input("x", DType.Int8, [1, 4, 4, 4])];
        IntFormat format = IntFormat.Full(DType.Int8, 2);
        for (int i = 0; i < 25; i++)
        {
            int a = values[rng.NextInt(values.Count)], c = values[rng.NextInt(values.Count)];
            (DType, int[]) same = (DType.Int8, [1, 4, 4, 4]);
            values.Add(rng.NextInt(6) switch
            {
                0 => SampleNetworks.Conv(b, rng, $"conv{i}", a, 4, 4, 4, new(3, 3, 1, 1, 1, 1, 1, 1)),
                1 => b.Add($"add{i}", new IntAdd(DyadicScale.Nearest(0.5), format, DyadicScale.Nearest(0.7), format, format), [a, c], same)[0],
                2 => b.Add($"turn{i}", new IntTranspose([0, 2, 3, 1]), [a], same)[0],
                3 => b.Add($"pool{i}", new IntMaxPool(new(3, 3, 1, 1, 1, 1, 1, 1), format), [a], same)[0],
                4 => b.Add($"shape{i}", new IntReshape(), [a], same)[0],
                _ => b.Add($"pad{i}", new IntSlice([0, 3, 0, 0], [1, -1, 1, 1]), [a], same)[0],
            });
        }
        b.Output("y", values[^1]);
        return b.Build();
    }
}
