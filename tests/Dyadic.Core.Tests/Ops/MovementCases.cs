using Dyadic.Numerics;

namespace Dyadic.Core.Tests.Ops;

/// <summary>Random shapes, and tensors read and written by index: the plain definition of every op that moves data.</summary>
internal static class MovementCases
{
    public static int Next(this Rng rng, int low, int high) => low + (int)(rng.NextUInt32() % (uint)(high - low + 1));

    public static int[] Shape(Rng rng, int rank, int least = 1) => [.. Enumerable.Range(0, rank).Select(_ => rng.Next(least, 5))];

    /// <summary>0, 1, 2, … , sometimes as a view that is not contiguous.</summary>
    public static Tensor Counting(Rng rng, params int[] dims)
    {
        int n = dims.Aggregate(1, (a, b) => a * b);
        Tensor x = Tensor.From([.. Enumerable.Range(0, n)], Dyadic.Shape.Of(dims));
        if (dims.Length < 2 || rng.Next(0, 1) == 0) return x;
        Tensor turned = Dyadic.Ops.TransposeExtensions.Transpose(x);
        return Dyadic.Ops.TransposeExtensions.Transpose(Dyadic.Ops.ReshapeExtensions.Contiguous(turned));
    }

    /// <summary>Every index of a shape, row-major.</summary>
    public static IEnumerable<int[]> Indices(Shape shape)
    {
        int n = shape.Length;
        for (int flat = 0; flat < n; flat++)
        {
            int[] index = new int[shape.Rank];
            for (int axis = shape.Rank - 1, rest = flat; axis >= 0; rest /= shape[axis], axis--) index[axis] = rest % shape[axis];
            yield return index;
        }
    }

    /// <summary>y[i] = source(i) for every index i.</summary>
    public static void Check(Tensor y, Func<int[], int> source)
    {
        int[] actual = y.ToArray<int>(), expected = [.. Indices(y.Shape).Select(source)];
        Assert.Equal(expected, actual);
    }

    /// <summary>The op's step, run as a plan would, gives what the op gives eagerly.</summary>
    public static void CheckStep(Op op, params Tensor[] inputs)
    {
        Tensor[] eager = Dyadic.Arithmetics.Door.Run(op, inputs);
        Tensor[] sources = Array.ConvertAll(inputs, x => x.ToContiguous()), copies = Array.ConvertAll(eager, y => Tensor.Empty(y.Shape, y.Type));
        op.Lower(Array.ConvertAll(inputs, x => x.TensorType)).Run(
            Array.ConvertAll(sources, x => x.View()), Array.ConvertAll(copies, y => y.View()), Kernels.ExecutionMode.Default);
        for (int i = 0; i < eager.Length; i++) Assert.Equal(eager[i].ToContiguous().Bytes().ToArray(), copies[i].Bytes().ToArray());
        GC.KeepAlive(sources);
    }
}
