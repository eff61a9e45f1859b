using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Dropout: for inference the input passes; in training mode the mask is a function of the node's seed (0 where it has none) and its name.</summary>
internal static class Dropouts
{
    public static IEnumerable<ImportRule> Imports => [new("Dropout", 1, Import, "the ratio is constant; training mode draws the same mask at each run")];

    private static void Import(NodeImport n)
    {
        long seed = n.Long("seed", 0);
        float ratio = n.Float("ratio", 0.5f);
        bool trains = n.Opset < 7 ? !n.Flag("is_test", false) : n.Has(2) && n.Constant(2, "training_mode").Item<bool>();
        if (n.Opset >= 12 && trains) ratio = n.Has(1) ? (float)Scalars.Read(n.Constant(1, "the ratio")) : 0.5f;
        NodeImport.Require(ratio is >= 0 and < 1, $"the ratio is {ratio}; it must be at least 0 and below 1");
        if (!trains || ratio == 0) Pass(n);
        else if (n.Wants(1)) Masked(n, Drop(n, seed, ratio));
        else n.Return(Drop(n, seed, ratio), n[0]);
    }

    private static Dropout Drop(NodeImport n, long seed, float ratio)
    {
        RngState state = new Rng((ulong)seed).Split(n.Name).State;
        return new(ratio, state.Seed, state.Stream);
    }

    private static void Pass(NodeImport n)
    {
        n.Return(new Identity(), n[0]);
        if (n.Wants(1)) n.Define(1, MaskOf(n, Ones(n, DType.Bool)));
    }

    // y = x·d with d = 0 or 1/(1 − p); the mask is d > 0.
    private static void Masked(NodeImport n, Dropout drop)
    {
        Value d = n.Emit(drop, Ones(n, n[0].Type.Type));
        n.Return(new Mul(), n[0], d);
        n.Define(1, MaskOf(n, n.Emit(new Greater(), d, n.Number("zero", 0, d))));
    }

    // Before opset 10 the mask has the type of x.
    private static Value MaskOf(NodeImport n, Value mask) => n.Opset < 10 ? n.Emit(new Cast(n[0].Type.Type), mask) : mask;

    private static Value Ones(NodeImport n, DType type)
    {
        NodeImport.Require(n[0].Shape.IsKnown, $"the mask of {n[0].Shape} is read, whose size is symbolic; bind it to a size on import");
        return n.NewConstant("ones", Tensor.Ones(Shape.Of(1), type).Expand(n[0].Shape));
    }
}
