using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Blocks of pixels as channels, and back: a transposition between two changes of dimensions.</summary>
internal static class Blocks
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("DepthToSpace", 1, ImportDepthToSpace, "all sizes but the batch are known"),
        new("SpaceToDepth", 1, ImportSpaceToDepth, "all sizes but the batch are known"),
    ];

    // [N, b, b, C, H, W] (DCR) or [N, C, b, b, H, W] (CRD) → [N, C, H, b, W, b].
    private static void ImportDepthToSpace(NodeImport n)
    {
        (int b, int c, int h, int w) = Sizes(n);
        string mode = n.Opset < 11 ? "DCR" : n.Text("mode", "DCR");
        NodeImport.Require(mode is "DCR" or "CRD", $"mode '{mode}' is unknown; DCR and CRD are known");
        NodeImport.Require(c % (b * b) == 0, $"{c} channels are not blocks of {b}·{b}");
        int channels = c / (b * b);
        Reshape apart = mode == "DCR" ? new([0, b, b, channels, h, w]) : new([0, channels, b, b, h, w]);
        Transpose order = mode == "DCR" ? new([0, 3, 4, 1, 5, 2]) : new([0, 1, 4, 2, 5, 3]);
        n.Return(new Reshape([0, channels, h * b, w * b]), n.Emit(order, n.Emit(apart, n[0])));
    }

    // [N, C, H, b, W, b] → [N, b, b, C, H, W].
    private static void ImportSpaceToDepth(NodeImport n)
    {
        (int b, int c, int h, int w) = Sizes(n);
        NodeImport.Require(h % b == 0 && w % b == 0, $"{h}×{w} pixels are not blocks of {b}·{b}");
        n.Return(new Reshape([0, c * b * b, h / b, w / b]), n.Emit(new Transpose([0, 3, 5, 1, 2, 4]), n.Emit(new Reshape([0, c, h / b, b, w / b, b]), n[0])));
    }

    private static (int Block, int Channels, int Height, int Width) Sizes(NodeImport n)
    {
        Shape x = n[0].Shape;
        int block = n.Int("blocksize", 0);
        NodeImport.Require(block > 0, "blocksize is missing or not positive");
        NodeImport.Require(x.Rank == 4 && x[1].IsKnown && x[2].IsKnown && x[3].IsKnown, $"x is {x}; [N, C, H, W] with known sizes behind the batch is needed");
        return (block, x[1], x[2], x[3]);
    }
}
