using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Testing;

public static partial class OpCases
{
    private static partial IEnumerable<OpCase> Shapes()
    {
        yield return new(new Reshape([0, -1]), rng => [Uniform(rng, -2, 2, 2, 3, 4)]);
        yield return new(new Flatten(2), rng => [Uniform(rng, -2, 2, 2, 3, 4)]);
        yield return new(new Squeeze([1, -1]), rng => [Uniform(rng, -2, 2, 3, 1, 4, 1)]);
        yield return new(new Unsqueeze([0, -1]), rng => [Uniform(rng, -2, 2, 3, 4)]);
        yield return new(new Contiguous(), rng => [Uniform(rng, -2, 2, 3, 4).Transpose()], "of a transposed view");
        yield return new(new Transpose([2, 0, 1]), rng => [Uniform(rng, -2, 2, 2, 3, 4)]);
        yield return new(new Transpose(Dims.Empty), rng => [Uniform(rng, -2, 2, 3, 4)], "reversed");
        yield return new(new Slice([1, -1], [5, int.MinValue], [0, 2], [2, -2]), rng => [Uniform(rng, -2, 2, 5, 2, 6)]);
        yield return new(new SliceScatter([1, -1], [5, int.MinValue], [0, 2], [2, -2], [5, 6]), rng => [Uniform(rng, -2, 2, 2, 2, 3)]);
        yield return new(new Expand([2, 3, 4]), rng => [Uniform(rng, -2, 2, 3, 1)]);
        yield return new(new Concat(-1), rng => [Uniform(rng, -2, 2, 2, 3), Uniform(rng, -2, 2, 2, 1), Uniform(rng, -2, 2, 2, 2)]);
        yield return new(new Split(1, [2, 0, 3]), rng => [Uniform(rng, -2, 2, 2, 5, 2)]);
        yield return new(new Pad([1, 0, 2, -1], Value: 3), rng => [Uniform(rng, -2, 2, 3, 4)]);
        yield return new(new Pad([0, 2, 1, 2], PadMode.Reflect), rng => [Uniform(rng, -2, 2, 3, 4)], "reflect");
        yield return new(new Pad([3, 0, 1, 2], PadMode.Edge), rng => [Uniform(rng, -2, 2, 2, 3)], "edge");
        yield return new(new Gather(1), rng => [Uniform(rng, -2, 2, 2, 4, 3), Tensor.From<long>([0, -1, 3, 0], [2, 2])]);
        yield return new(new GatherGradient(1, 4), rng => [Uniform(rng, -2, 2, 2, 2, 2, 3), Tensor.From<long>([0, -1, 3, 0], [2, 2])]);
        yield return new(new ReverseSequence(true), rng => [Uniform(rng, -2, 2, 4, 3, 2), Tensor.Vector(4L, 0, 3)], "time first");
        yield return new(new ReverseSequence(false), rng => [Uniform(rng, -2, 2, 2, 5), Tensor.Vector(2L, 5)], "batch first");
        yield return new(new GatherElements(-1), rng => [Uniform(rng, -2, 2, 2, 4), Tensor.From([0, 3, -1, 2, 2, 0], [2, 3])]);
        foreach ((bool upper, long diagonal) in ((bool, long)[])[(true, 0), (false, 0), (true, -1), (false, 2), (true, 9), (false, -9)])
            yield return new(new Trilu(upper, diagonal), rng => [Uniform(rng, -2, 2, 2, 3, 4)], $"{(upper ? "upper" : "lower")} {diagonal}");
        yield return new(new Tile([2, 1, 3]), rng => [Uniform(rng, -2, 2, 2, 3, 2)]);
        yield return new(new Tile([4]), rng => [Uniform(rng, -2, 2, 3)], "vector");
        foreach ((bool exclusive, bool reverse) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
            yield return new(new CumSum(1, exclusive, reverse), rng => [Uniform(rng, -2, 2, 2, 5, 3)], $"{exclusive}, {reverse}");
        yield return new(new CumSum(-1), rng => [Uniform(rng, -2, 2, 3, 6)], "last axis");
        yield return Distinct(new TopK(3, 1), [2, 7, 3], "largest");
        yield return Distinct(new TopK(7, -1, false), [3, 7], "all, smallest first");
        foreach (ScatterReduction reduction in Enum.GetValues<ScatterReduction>())
        {
            yield return new(new ScatterElements(1, reduction), rng => [Uniform(rng, -2, 2, 2, 4), Tensor.From<long>([0, 3, -2, 2, 1, 0], [2, 3]), Uniform(rng, -2, 2, 2, 3)], $"{reduction}");
            yield return new(new ScatterND(reduction), rng => [Uniform(rng, -2, 2, 3, 4, 2), Tensor.From<long>([0, 3, -1, 2, 1, 0], [3, 2]), Uniform(rng, -2, 2, 3, 2)], $"{reduction}");
        }
        yield return new(new ScatterElements(-1, ScatterReduction.Add), rng => [Uniform(rng, -2, 2, 3, 3), Tensor.From([1, 1, 1, 2], [2, 2]), Uniform(rng, -2, 2, 2, 2)], "shorter indices, twice the same");
        yield return new(new ScatterND(ScatterReduction.Add), rng => [Uniform(rng, -2, 2, 4, 2), Tensor.From<long>([1, 1, 3], [3, 1]), Uniform(rng, -2, 2, 3, 2)], "slices, twice the same");
        yield return new(new GatherND(), rng => [Uniform(rng, -2, 2, 3, 4, 2), Tensor.From<long>([0, 3, -1, 2, 0, 3], [3, 2])]);
        yield return new(new GatherND(1), rng => [Uniform(rng, -2, 2, 2, 3, 4), Tensor.From<long>([1, -1, 0, 2], [2, 2, 1])], "one batch axis");
        yield return new(new RandomLike(false, -1, 2, 7), rng => [Uniform(rng, -2, 2, 2, 30)], "uniform");
        yield return new(new RandomLike(true, 1, 0.5, 7, DType.Float64), rng => [Uniform(rng, -2, 2, 2, 30)], "normal");
        foreach (bool left in (bool[])[true, false])
            yield return new(new BitShift(left), rng => [Tensor.From<byte>([255, 1, 7, 128, 0, 200], [2, 3]), Tensor.From<byte>([0, 1, 7], [3])], left ? "left" : "right");
        yield return new(new Det(), rng => [Uniform(rng, -2, 2, 2, 3, 3)]);
        yield return new(new NGramCount([5, 6, 5, 6], [0, 2], [0, 1, 2], 1, 2, 1), rng => [Tensor.From<long>([5, 6, 5, 7, 6, 6], [2, 3])]);
        yield return new(new SizeOf(-1), rng => [Uniform(rng, -2, 2, 2, 3)]);
        yield return new(new Positions(1), rng => [Uniform(rng, -2, 2, 2, 5)]);
        yield return new(new GatherElementsGradient(1, 4), rng => [Uniform(rng, -2, 2, 2, 3), Tensor.From([0, 3, -1, 2, 2, 0], [2, 3])]);
    }
}
