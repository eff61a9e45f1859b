using Dyadic.Numerics;
using Dyadic.Recipes.Proteins;

namespace Dyadic.Recipes.Tests;

public class ProteinTests
{
    [Fact]
    public void A_sequence_becomes_one_hot_columns_with_unknown_residues_and_padding_in_place_0()
    {
        float[] columns = AminoAcids.Encode(["ARX"], length: 4).ToArray<float>();
        Assert.Equal((string[])["1@1", "2@1", "0@1", "0@1"], Enumerable.Range(0, 4).Select(i =>
            $"{Enumerable.Range(0, AminoAcids.Count).Single(p => columns[p * 4 + i] == 1)}@{Enumerable.Range(0, AminoAcids.Count).Sum(p => columns[p * 4 + i])}"));
        Assert.Equal('V', AminoAcids.Letter(20));
    }

    [Fact]
    public void Toy_proteins_hold_the_motifs_of_their_classes()
    {
        ProteinSet set = ProteinSet.Toy(400, new Rng(1), new Rng(2)), again = ProteinSet.Toy(400, new Rng(1), new Rng(2));
        Assert.Equal(set.Sequences, again.Sequences);
        Assert.All(set.Sequences, s => Assert.InRange(s.Length, 60, 120));
        float[] closed = [.. set.Labels];
        set.Hierarchy.Close(closed);
        Assert.Equal(closed, set.Labels);

        // A letter stays with probability 0.905 (a mutation may give the same letter), so all six of a motif do with 0.905⁶ = 0.55.
        for (int leaf = 12; leaf < 24; leaf++)
        {
            string[] with = [.. set.Sequences.Where((_, i) => set.Labels[i * 24 + leaf] == 1)], without = [.. set.Sequences.Where((_, i) => set.Labels[i * 24 + leaf] == 0)];
            string common = with.SelectMany(s => Enumerable.Range(0, s.Length - 5).Select(i => s.Substring(i, 6))).GroupBy(w => w).MaxBy(g => g.Count())!.Key;
            Assert.InRange(with.Count(s => s.Contains(common, StringComparison.Ordinal)) / (double)with.Length, 0.3, 0.8);
            Assert.DoesNotContain(without, s => s.Contains(common, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Enzyme_numbers_become_a_tree()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            File.WriteAllLines(file, ["1ABC-A\tMKV\t3.4.21.-,3.4.21.4", "1ABD-A\tMRR\t3.1.-.-", "1ABE-A\tAAA\t"]);
            (ProteinSet train, _) = ProteinSet.Read(file, file, least: 1);
            Assert.Equal(["MKV", "MRR", "AAA"], train.Sequences);
            Assert.Equal(5, train.Hierarchy.Count);       // 3; 3.1, 3.4; 3.4.21; 3.4.21.4
            Assert.Equal<float>([1, 0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], train.Labels);
            Assert.Equal([3], train.Hierarchy.Parents(4));
            (ProteinSet common, _) = ProteinSet.Read(file, file, least: 2);
            Assert.Equal<float>([1, 1, 0], common.Labels);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void The_filter_bank_takes_the_largest_value_of_each_filter()
    {
        DeepGoPlus net = new([2, 3], filters: 4, classes: 5, new Rng(1));
        Tensor x = AminoAcids.Encode(["ARNDC", "VVV"], length: 8);
        Assert.Equal([2, 5], net.Forward(x).Shape.ToArray());
        Assert.Equal(21 * 4 * 2 + 4 + 21 * 4 * 3 + 4 + 8 * 5 + 5, net.ParameterCount());
    }
}
