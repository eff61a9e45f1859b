using System.Runtime.InteropServices;
using System.Text.Json;
using Dyadic.Cli.Benchmarks;
using Dyadic.Cli.Framework;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps;

namespace Dyadic.Cli.Tests.Benchmarks;

/// <summary>Every row gives the same bytes with every kind of kernels, and what bench kernels says of rows.</summary>
public sealed class KernelTableTests
{
    private static readonly ExecutionMode Managed = new(SimdWidth.V256, 1);

    public static TheoryData<string> Small => [.. KernelTable.Rows.Where(r => r.Small).Select(r => r.Name)];

    public static TheoryData<string> Large => [.. KernelTable.Rows.Where(r => !r.Small).Select(r => r.Name)];

    [Theory, MemberData(nameof(Small))]
    public void A_small_row_gives_the_same_bytes_on_every_rung_and_number_of_threads(string name) => Check(Row(name), ExecutionMode.Rungs, seeds: 5);

    [Theory, MemberData(nameof(Large))]
    [Trait("speed", "slow")]
    public void A_large_row_gives_the_same_bytes_on_generated_rungs_as_on_managed(string name) =>
        Check(Row(name), [.. ExecutionMode.Rungs.Where(r => r.Code != InstructionSet.None)], seeds: 1);

    [Fact]
    public void Names_are_unique_and_rows_are_small_by_their_name()
    {
        Assert.Equal(KernelTable.Rows.Count, KernelTable.Rows.Select(r => r.Name).Distinct().Count());
        Assert.All(KernelTable.Rows, r => Assert.Equal(r.Small, r.Name.StartsWith("small/", StringComparison.Ordinal)));
    }

    [Fact]
    public void Rows_taken_from_plans_are_the_kernels_meant()
    {
        Assert.All(KernelTable.Rows.Where(r => r.Name.Contains("layout_")), r => Assert.StartsWith(r.Step.Kernel, r.Name.Replace("small/", "")));
        Assert.All(KernelTable.Rows.Where(r => r.Name.Contains("pool_f32")), r =>
            Assert.Equal(r.Name.Contains("maxpool") ? "pool_max_nhwc" : "pool_average_nhwc", r.Step.Kernel));
    }

    [Fact]
    public void Outputs_of_products_neither_saturate_nor_stand_still()
    {
        KernelRow row = KernelTable.Rows.First(r => r.Name == "gemm_u8s8_128x768x768");
        byte[] codes = row.Run(row.Call(1), Managed);
        Assert.InRange(codes.Count(c => c is 0 or 255) / (double)codes.Length, 0, 0.1);
        Assert.InRange(codes.Distinct().Count(), 200, 256);
    }

    [Fact]
    public void Bench_kernels_measures_rows_with_peak_and_managed_kernels()
    {
        JsonElement json = Tool.Ok("bench", "kernels", "--filter", "small/gemm", "--rounds", "2", "--threads", "1,2", "--json").Json;
        JsonElement[] rows = [.. json.GetProperty("rows").EnumerateArray()];
        Assert.Equal(2 * KernelTable.Rows.Count(r => r.Name.StartsWith("small/gemm", StringComparison.Ordinal)), rows.Length);
        Assert.Equal([1, 2], rows.Take(2).Select(r => r.GetProperty("threads").GetInt32()));
        Assert.All(rows, r =>
        {
            Assert.True(r.GetProperty("medianUs").GetDouble() > 0);
            Assert.True(r.GetProperty("gopPerSecond").GetDouble() > 0);
            Assert.Equal(ExecutionMode.Default.Rung, r.GetProperty("rung").GetString());
            JsonElement peak = r.GetProperty("peakRatio");
            if (InstructionSets.Best != InstructionSet.None) Assert.True(peak.GetDouble() > 0);      // of a peak that was measured beside other work: no bound from above
            else Assert.Equal(JsonValueKind.Null, peak.ValueKind);
            Assert.Equal(peak.ValueKind, r.GetProperty("bandwidthRatio").ValueKind);
        });
        Assert.Equal(0, json.GetProperty("slow").GetArrayLength());
    }

    [Fact]
    public void Assert_measures_every_rung_and_names_what_is_slow()
    {
        ToolResult result = Tool.Run("bench", "kernels", "--filter", "small/conv_u8s8_3x3_19", "--rounds", "3", "--assert", "--json");
        JsonElement row = result.Json.GetProperty("rows")[0];
        Assert.Equal(ExecutionMode.Rungs.Select(r => r.Rung).Order(StringComparer.Ordinal), row.GetProperty("rungs").EnumerateObject().Select(r => r.Name));
        Assert.Equal(result.Json.GetProperty("slow").GetArrayLength() > 0 ? ExitCode.GateNotMet : ExitCode.Done, result.Code);
    }

    [Fact]
    public void A_row_that_took_ten_percent_longer_than_another_rung_is_in_excess()
    {
        KernelTime time = new("x", "x", 1, "avx2", 112, null, 1, null, null, null, new Dictionary<string, double?> { ["avx2"] = 112, ["managed256"] = 100, ["scalar"] = null }, "managed256");
        Assert.Equal(1.12, time.Excess, 1e-9);
    }

    private static KernelRow Row(string name) => KernelTable.Rows.First(r => r.Name == name);

    private static void Check(KernelRow row, IReadOnlyList<ExecutionMode> modes, ulong seeds)
    {
        for (ulong seed = 1; seed <= seeds; seed++)
        {
            StepCall call = row.Call(seed);
            byte[] expected = row.Run(call, Managed);
            foreach (ExecutionMode mode in modes)
                foreach (int threads in (int[])[1, 2])
                {
                    byte[] actual = row.Run(call, mode with { Threads = threads });
                    int at = actual.AsSpan().CommonPrefixLength(expected);
                    if (at == actual.Length) continue;
                    int element = at / row.Output.Type.Size();
                    Assert.Fail($"{row.Name}, seed {seed}, {mode.Rung}, {threads} threads: element {element} is {Element(row, actual, element)}, of {Managed.Rung} {Element(row, expected, element)}");
                }
        }
    }

    private static string Element(KernelRow row, byte[] bytes, int index) => row.Output.Type switch
    {
        DType.Float32 => MemoryMarshal.Cast<byte, float>(bytes)[index].ToString("R"),
        DType.Int8 => $"{(sbyte)bytes[index]}",
        _ => $"{bytes[index]}",
    };
}
