using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Tests.Contractions;

public sealed unsafe class ContractionKeyTests
{
    private static readonly (OperandKind Kind, TileEnd[] Ends)[] Families =
    [
        (OperandKind.U8S8, [TileEnd.Store, TileEnd.Requantize]),
        (OperandKind.S16S16, [TileEnd.Store, TileEnd.Requantize]),
        (OperandKind.F32, [TileEnd.Store, TileEnd.Clamp, TileEnd.AddClamp]),
    ];

    public static TheoryData<InstructionSet> Sets => [.. Enum.GetValues<InstructionSet>().Where(s => s != InstructionSet.None)];

    [Theory]
    [MemberData(nameof(Sets))]
    public void Reference_interpreter_and_machine_code_agree_in_every_byte(InstructionSet set)
    {
        foreach (KernelKey key in Keys(set))
        {
            KernelInterpreter interpreter = new(key.Generate());
            Assert.Null(Named(key, key.Check(interpreter.Run)));
            if (!InstructionSets.Available.Contains(set)) continue;
            using GeneratedKernel kernel = GeneratedKernel.Of(key)!;
            Assert.Null(Named(key, key.Check(kernel.Run)));
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Integer_kernels_hold_no_floating_point_instruction_and_float_kernels_do(InstructionSet set)
    {
        foreach (KernelKey key in Keys(set))
        {
            bool any = KernelListing.Count(X64Emitter.Emit(key.Generate())).Keys.Any(k => k.Class == InstructionClass.FloatingPoint);
            Assert.Equal(key is ContractionKey { Kind: OperandKind.F32 } or DepthwiseKey { Kind: DepthwiseKind.F32 }, any);
        }
    }

    private static IEnumerable<KernelKey> Keys(InstructionSet set) =>
        (from family in Families
         where family.Kind != OperandKind.U8S8 || set.HasDot()
         from end in family.Ends
         from rows in Enumerable.Range(1, ContractionKey.MostRows(set))
         from blocks in Enumerable.Range(1, ContractionKey.PanelBlocks(set))
         select (KernelKey)new ContractionKey(set, family.Kind, rows, blocks, end))
        .Concat(
         from kind in Enum.GetValues<DepthwiseKind>()
         from end in kind == DepthwiseKind.F32 ? new[] { TileEnd.Clamp, TileEnd.AddClamp } : [TileEnd.Store, TileEnd.Requantize]
         from rows in Enumerable.Range(1, ContractionKey.MostRows(set))
         select new DepthwiseKey(set, kind, rows, end));

    private static string? Named(KernelKey key, string? difference) => difference is null ? null : $"{key}: {difference}";
}
