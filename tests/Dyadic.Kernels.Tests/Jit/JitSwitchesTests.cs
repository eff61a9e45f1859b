using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Tests.Jit;

public sealed class JitSwitchesTests
{
    [Theory]
    [InlineData("DYADIC_ISA", "avx3", "amx")]
    [InlineData("DYADIC_ISA", "AVX2", "avx2")]
    [InlineData("DYADIC_JIT", "off", "0 or 1")]
    [InlineData("DYADIC_PERF_MAP", "yes", "0 or 1")]
    public void A_value_that_means_nothing_is_named_with_what_it_may_be(string name, string value, string allowed)
    {
        string? problem = JitSwitches.ProblemOf(n => n == name ? value : null);
        Assert.StartsWith($"{name} is '{value}'", problem);
        Assert.Contains(allowed, problem);
    }

    [Fact]
    public void Every_name_of_a_set_is_understood_and_so_is_an_empty_value()
    {
        Assert.All(["", .. InstructionSets.Names], value => Assert.Null(JitSwitches.ProblemOf(n => n == "DYADIC_ISA" ? value : "")));
        Assert.Contains("none", InstructionSets.Names);
        Assert.Equal(InstructionSets.Names.Count, InstructionSets.Names.Distinct().Count());
    }
}
