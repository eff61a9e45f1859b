using Dyadic.Nn;

namespace Dyadic.Recipes.Proteins;

/// <summary>
/// A filter bank over one-hot sequences and a linear layer: convolutions of several lengths, no activation, the largest value of each filter over the whole
/// sequence. Shapes: x [N, 21, L] → logits [N, classes]; the class probabilities are their sigmoids.
/// </summary>
/// <remarks>Kulmanov and Hoehndorf 2020 (DeepGOPlus): lengths 8, 16, …, 128 with 512 filters each over 2000 residues.</remarks>
internal sealed class DeepGoPlus : Module
{
    private readonly FilterBank1D _bank;
    private readonly Linear _head;

    public DeepGoPlus(ReadOnlySpan<int> lengths, int filters, int classes, Rng rng)
    {
        _bank = Child("bank", new FilterBank1D(AminoAcids.Count, filters, lengths, rng.Split("bank"), relu: false));
        _head = Child("head", new Linear(filters * lengths.Length, classes, rng.Split("head")));
    }

    protected override Tensor Compute(Tensor x) => _head.Forward(_bank.Forward(x));
}
