using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Tests.Contractions;

public sealed class KernelCatalogTests
{
    public static TheoryData<InstructionSet> Sets => [.. Enum.GetValues<InstructionSet>().Where(s => s != InstructionSet.None)];

    [Theory]
    [MemberData(nameof(Sets))]
    public void Reference_interpreter_and_machine_code_agree_in_every_byte(InstructionSet set)
    {
        foreach (KernelKey key in KernelCatalog.Of(set))
        {
            KernelCheck check = KernelCheck.Of(key);
            Assert.Equal(new(key.Name, null, null, InstructionSets.Available.Contains(set)), check);
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Integer_kernels_hold_no_floating_point_instruction_and_float_kernels_do(InstructionSet set)
    {
        foreach (KernelKey key in KernelCatalog.Of(set))
        {
            bool any = KernelListing.Count(X64Emitter.Emit(key.Generate())).Keys.Any(k => k.Class == InstructionClass.FloatingPoint);
            Assert.Equal(key.Name.Contains("f32", StringComparison.Ordinal) || key.Name.Contains("bf16", StringComparison.Ordinal), any);
        }
    }
}
