using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Jit;
using Dyadic.Testing;

namespace Dyadic.Kernels.Tests.Jit;

/// <summary>Machine code as text, so that a review sees what a change does to it. Emitted for one convention, whatever the machine.</summary>
public sealed class ListingTests
{
    [Theory]
    [InlineData("contract_u8s8_2x16_requantize@avxvnni")]
    [InlineData("contract_u8s8_2x16_requantizeadd@avx512vnni")]
    [InlineData("contract_s16s16_2x16_store@avx2")]
    [InlineData("contract_f32_2x32_clamp@avx512")]
    [InlineData("depthwise_u8_2x16_requantize@avx512vnni")]
    [InlineData("depthwise_f32_1x16_addclamp@avx2")]
    [InlineData("peak_s16s16@avx512vnni")]
    [InlineData("contract_u8s8_32x32_requantize@amx")]
    [InlineData("peak_u8s8@amx")]
    public void Machine_code_is_that_of_the_golden_listing(string name)
    {
        KernelIr ir = KernelCatalog.Find(name)!.Generate();
        Golden.Check($"kernels/{name}.txt", KernelListing.Of(ir, X64Emitter.Emit(ir, windows: false)));
    }
}
