using Dyadic.Ops;

namespace Dyadic.Cli.Models;

/// <summary>Inputs of a model, one tensor for each in its order, all samples along the first axis; with labels where the data has them.</summary>
/// <param name="Names">The names of the inputs.</param>
/// <param name="Tensors">Their data.</param>
/// <param name="Labels">One label for each sample, or null.</param>
/// <param name="ClassNames">The names of the classes, or none.</param>
internal sealed record InputSet(string[] Names, Tensor[] Tensors, int[]? Labels, IReadOnlyList<string> ClassNames)
{
    /// <summary>The number of samples.</summary>
    public int Count => Tensors.Length == 0 || Tensors[0].Rank == 0 ? 1 : Tensors[0].Shape[0];

    /// <summary>The samples from <paramref name="first"/> on.</summary>
    public Tensor[] Rows(int first, int count)
    {
        if (first == 0 && count == Count) return Tensors;
        return [.. Tensors.Select(t => t.Rank == 0 ? t : t.Slice(0, first, first + count))];
    }

    /// <summary>The first samples only.</summary>
    public InputSet Take(int count) => count >= Count ? this : this with { Tensors = Rows(0, count), Labels = Labels?[..count] };

    /// <summary>The sizes that symbolic dimensions of a graph have in this data.</summary>
    public Dictionary<string, int> Sizes(Ir.Graph graph)
    {
        Dictionary<string, int> sizes = [];
        for (int i = 0; i < Tensors.Length; i++)
        {
            Shape declared = graph.Inputs[i].Shape;
            for (int axis = 0; axis < declared.Rank && axis < Tensors[i].Rank; axis++)
                if (!declared[axis].IsKnown) sizes.TryAdd(declared[axis].ToString(), Tensors[i].Shape[axis]);
        }
        return sizes;
    }
}
