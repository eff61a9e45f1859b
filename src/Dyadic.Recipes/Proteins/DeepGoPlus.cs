using Dyadic.Nn;
using Dyadic.Ops;

namespace Dyadic.Recipes.Proteins;

/// <summary>
/// A filter bank over one-hot sequences: convolutions of several lengths beside each other, no activation, the largest value of each filter over the whole
/// sequence, and a linear layer. Shapes: x [N, 21, L] → logits [N, classes]; the class probabilities are their sigmoids.
/// </summary>
/// <remarks>Kulmanov and Hoehndorf 2020 (DeepGOPlus): lengths 8, 16, …, 128 with 512 filters each over 2000 residues.</remarks>
internal sealed class DeepGoPlus : Module
{
    private readonly Conv1D[] _bank;
    private readonly Linear _head;

    public DeepGoPlus(IReadOnlyList<int> lengths, int filters, int classes, Rng rng)
    {
        _bank = [.. lengths.Select(k => Child($"conv{k}", new Conv1D(AminoAcids.Count, filters, k, rng.Split($"conv{k}"))))];
        _head = Child("head", new Linear(filters * lengths.Count, classes, rng.Split("head")));
    }

    protected override Tensor Compute(Tensor x)
    {
        Tensor[] largest = [.. _bank.Select(conv => conv.Forward(x).ReduceMax([-1]))];
        return _head.Forward(Tensor.Concat(1, largest));
    }
}
