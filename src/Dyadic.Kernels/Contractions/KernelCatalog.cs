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
        foreach (TileEnd end in CodeEnds)
            for (int blocks = 1; blocks <= ContractionKey.PanelBlocks(InstructionSet.Amx); blocks++)
                for (int tiles = 1; tiles <= TileKey.MostTiles; tiles++) yield return new TileKey(tiles, blocks, end);
        yield return new PeakKey(InstructionSet.Amx, OperandKind.U8S8);
    }

    private static IEnumerable<KernelKey> OnVectors(InstructionSet set)
    {
        foreach (OperandKind kind in Enum.GetValues<OperandKind>())
        {
            if (kind == OperandKind.U8S8 && !set.HasDot()) continue;
            foreach (TileEnd end in kind == OperandKind.F32 ? FloatEnds : CodeEnds)
                for (int blocks = 1; blocks <= ContractionKey.PanelBlocks(set); blocks++)
                    for (int rows = 1; rows <= ContractionKey.MostRows(set); rows++) yield return new ContractionKey(set, kind, rows, blocks, end);
        }
        foreach (DepthwiseKind kind in Enum.GetValues<DepthwiseKind>())
            foreach (TileEnd end in kind == DepthwiseKind.F32 ? FloatEnds : IntegerEnds)
                for (int rows = 1; rows <= ContractionKey.MostRows(set); rows++) yield return new DepthwiseKey(set, kind, rows, end);
        foreach (DepthwiseKind kind in Enum.GetValues<DepthwiseKind>())
            foreach (TileEnd end in kind == DepthwiseKind.F32 ? FloatEnds : IntegerEnds)
                foreach (int kernelW in new[] { DepthwiseRowKey.Narrowest, DepthwiseRowKey.Widest })
                    for (int rows = 1; rows <= DepthwiseRowKey.MostRows(set, kernelW); rows++) yield return new DepthwiseRowKey(set, kind, kernelW, rows, end);
        yield return new AddKey(set);
        yield return new StreamKey(set);
        foreach (OperandKind kind in Enum.GetValues<OperandKind>())
            if (kind != OperandKind.U8S8 || set.HasDot()) yield return new PeakKey(set, kind);
    }
}
