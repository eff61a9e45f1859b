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
        yield return new(new GatherElementsGradient(1, 4), rng => [Uniform(rng, -2, 2, 2, 3), Tensor.From([0, 3, -1, 2, 2, 0], [2, 3])]);
    }
}
