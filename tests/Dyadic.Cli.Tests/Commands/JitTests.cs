using System.Text.Json;
using Dyadic.Kernels;
using Dyadic.Kernels.Contractions;

namespace Dyadic.Cli.Tests.Commands;

/// <summary>jit list, jit show and jit check, also for sets that this machine may lack.</summary>
public sealed class JitTests
{
    [Theory]
    [InlineData("avx2", "vpmaddwd", "ymm")]
    [InlineData("avxvnni", "vpdpwssd", "ymm")]
    [InlineData("avx512", "vpmaddwd", "zmm")]
    [InlineData("avx512vnni", "vpdpwssd", "zmm")]
    public void A_listing_shows_the_instructions_of_its_set(string set, string product, string register)
    {
        JsonElement json = Tool.Ok("jit", "show", $"contract_s16s16_2x16_store@{set}", "--json").Json;
        string listing = json.GetProperty("listing").GetString()!;
        Assert.Contains(product, listing);
        Assert.Contains(register, listing);
        Assert.Contains("; loopslot", listing);
        Assert.Equal(set, json.GetProperty("set").GetString());
        Assert.Equal(InstructionSets.Available.Any(s => s.Name() == set), json.GetProperty("runsHere").GetBoolean());
        Assert.Equal(0, json.GetProperty("counts").GetProperty("floatingPoint").GetInt32());
        Assert.Contains(listing, Tool.Ok("jit", "show", $"contract_s16s16_2x16_store@{set}").Output);
    }

    [Fact]
    public void Kernels_on_tiles_are_listed_and_shown_where_none_can_run()
    {
        JsonElement[] kernels = [.. Tool.Ok("jit", "list", "--isa", "amx", "--json").Json.GetProperty("kernels").EnumerateArray()];
        Assert.Equal(KernelCatalog.Of(InstructionSet.Amx).Select(k => k.Name), kernels.Select(k => k.GetProperty("name").GetString()));
        Assert.All(kernels, k => Assert.Equal(k.GetProperty("name").GetString()!.Contains("bf16", StringComparison.Ordinal), k.GetProperty("counts").GetProperty("floatingPoint").GetInt32() > 0));
        Assert.Contains("tdpbf16ps tmm0,tmm4,tmm6", Tool.Ok("jit", "show", "contract_bf16_32x32_store@amx").Output);
        JsonElement json = Tool.Ok("jit", "show", "contract_u8s8_32x32_store@amx", "--json").Json;
        Assert.Contains("tdpbusd tmm0,tmm4,tmm6", json.GetProperty("listing").GetString());
        Assert.Contains("t0 = tiledot t4, t6", json.GetProperty("ir").GetString());
        Assert.Equal(InstructionSets.Available.Contains(InstructionSet.Amx), json.GetProperty("runsHere").GetBoolean());
    }

    [Theory]
    [InlineData("amx")]
    [InlineData("avx2")]
    public void A_check_interprets_every_kernel_and_executes_those_of_this_machine(string set)
    {
        JsonElement json = Tool.Ok("jit", "check", "--isa", set, "--json").Json;
        int kernels = Enum.GetValues<InstructionSet>().Where(s => s.Name() == set).SelectMany(KernelCatalog.Of).Count();
        Assert.Equal(kernels, json.GetProperty("kernels").GetArrayLength());
        Assert.Equal(InstructionSets.Available.Any(s => s.Name() == set) ? kernels : 0, json.GetProperty("ran").GetInt32());
        Assert.Equal(0, json.GetProperty("different").GetArrayLength());
        Assert.Contains($"{kernels} kernels interpreted", Tool.Ok("jit", "check", "--isa", set).Output);
    }

    [Fact]
    public void A_list_has_every_key_of_a_set_once_and_counts_its_instructions()
    {
        JsonElement[] kernels = [.. Tool.Ok("jit", "list", "--isa", "avxvnni", "--json").Json.GetProperty("kernels").EnumerateArray()];
        Assert.Equal(KernelCatalog.Of(InstructionSet.AvxVnni).Select(k => k.Name), kernels.Select(k => k.GetProperty("name").GetString()));
        Assert.All(kernels, k => Assert.Equal(k.GetProperty("instructions").GetInt32(), k.GetProperty("counts").EnumerateObject().Sum(c => c.Value.GetInt32())));
        Assert.Equal(kernels.Length, kernels.Select(k => k.GetProperty("name").GetString()).Distinct().Count());
    }

    [Fact]
    public void A_filter_keeps_what_holds_its_text()
    {
        JsonElement json = Tool.Ok("jit", "list", "--filter", "PEAK", "--json").Json;
        Assert.Equal(InstructionSets.Available.Select(s => s.Name()), json.GetProperty("sets").EnumerateArray().Select(s => s.GetString()));
        Assert.All(json.GetProperty("kernels").EnumerateArray(), k => Assert.StartsWith("peak_", k.GetProperty("name").GetString()));
    }
}
