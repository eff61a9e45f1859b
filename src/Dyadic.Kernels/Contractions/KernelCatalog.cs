using Dyadic.Kernels.Elementwise;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Contractions;

/// <summary>Every key that production code asks for.</summary>
public static class KernelCatalog
{
    private static readonly TileEnd[] IntegerEnds = [TileEnd.Store, TileEnd.Requantize], CodeEnds = [.. IntegerEnds, TileEnd.RequantizeAdd], FloatEnds = [TileEnd.Clamp, TileEnd.AddClamp];

    /// <summary>The keys of a set, also of one that this machine does not have; see <see cref="InstructionSets.OnVectors"/>.</summary>
    public static IEnumerable<KernelKey> Of(InstructionSet set) => set switch
    {
        InstructionSet.None => [],
        InstructionSet.Amx => OnTiles(),
        _ => OnVectors(set),
    };

    /// <summary>The key called <paramref name="name"/>, or null.</summary>
    public static KernelKey? Find(string name) => Enum.GetValues<InstructionSet>().SelectMany(Of).FirstOrDefault(k => k.Name == name);

    private static IEnumerable<KernelKey> OnTiles()
    {
        foreach ((OperandKind kind, TileEnd end) in CodeEnds.Select(e => (OperandKind.U8S8, e)).Append((OperandKind.BF16, TileEnd.Store)))
            for (int blocks = 1; blocks <= ContractionKey.PanelBlocks(InstructionSet.Amx); blocks++)
                for (int tiles = 1; tiles <= TileKey.MostTiles; tiles++) yield return new TileKey(kind, tiles, blocks, end);
        yield return new PeakKey(InstructionSet.Amx, OperandKind.U8S8);
        yield return new PeakKey(InstructionSet.Amx, OperandKind.BF16);
    }

    private static IEnumerable<KernelKey> OnVectors(InstructionSet set)
    {
        OperandKind[] kinds = set.HasDot() ? [OperandKind.U8S8, OperandKind.S16S16, OperandKind.F32] : [OperandKind.S16S16, OperandKind.F32];
        foreach (OperandKind kind in kinds)
        {
            (TileEnd End, bool GoesOn)[] ends = kind == OperandKind.F32 ? [.. FloatEnds.Select(e => (e, false)), (TileEnd.Clamp, true)] : [.. CodeEnds.Select(e => (e, false))];
            foreach ((TileEnd end, bool goesOn) in ends)
                foreach ((int blocks, bool half) in Panels(set, kind == OperandKind.F32))
                    for (int rows = 1; rows <= ContractionKey.MostRows(set, half); rows++) yield return new ContractionKey(set, kind, rows, blocks, end, goesOn, half);
        }
        foreach (DepthwiseKind kind in Enum.GetValues<DepthwiseKind>())
            foreach (TileEnd end in kind == DepthwiseKind.F32 ? FloatEnds : IntegerEnds)
                foreach (bool half in Halves(set, kind == DepthwiseKind.F32))
                    for (int rows = 1; rows <= ContractionKey.MostRows(set, half); rows++) yield return new DepthwiseKey(set, kind, rows, end, half);
        foreach (DepthwiseKind kind in Enum.GetValues<DepthwiseKind>())
            foreach (TileEnd end in kind == DepthwiseKind.F32 ? FloatEnds : IntegerEnds)
                foreach (int kernelW in new[] { DepthwiseRowKey.Narrowest, DepthwiseRowKey.Widest })
                    foreach (bool half in Halves(set, kind == DepthwiseKind.F32))
                        for (int rows = 1; rows <= DepthwiseRowKey.MostRows(set, kernelW, half); rows++) yield return new DepthwiseRowKey(set, kind, kernelW, rows, end, half);
        for (int blocks = 1; blocks <= ContractionKey.PanelBlocks(set); blocks++)
            for (int rows = 1; rows <= OuterProductKey.MostRows(set, blocks); rows++) yield return new OuterProductKey(set, rows, blocks);
        yield return new AddKey(set);
        yield return new StreamKey(set);
        foreach (OperandKind kind in kinds) yield return new PeakKey(set, kind);
    }

    private static IEnumerable<(int Blocks, bool Half)> Panels(InstructionSet set, bool isFloat)
    {
        for (int blocks = 1; blocks <= ContractionKey.PanelBlocks(set); blocks++) yield return (blocks, false);
        if (isFloat && ContractionKey.TakesHalf(set)) yield return (1, true);
    }

    private static bool[] Halves(InstructionSet set, bool isFloat) => isFloat && ContractionKey.TakesHalf(set) ? [false, true] : [false];
}
