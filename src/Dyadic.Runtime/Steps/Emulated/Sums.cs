using Dyadic.Numerics.Emulation;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>The terms of a sum, each computed by some operations.</summary>
internal interface ITerms
{
    /// <summary>Operations of one term, the addition left out.</summary>
    int Operations { get; }

    /// <summary>Term t.</summary>
    TLane Term<TLane, TArith>(ref TArith arith, int t) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>;
}

/// <summary>Pairwise sums: a binary tree over groups of eight, so that the error grows with the logarithm of the number of terms.</summary>
internal static class Sums
{
    private const int Group = 8;

    /// <summary>Σ terms [first, last), at least one. The addition that brings in what starts at term t takes the random numbers after those of t.</summary>
    public static TLane Of<TLane, TArith, TTerms>(ref TArith arith, ref TTerms terms, int first, int last)
        where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane> where TTerms : struct, ITerms
    {
        int each = terms.Operations + 1;
        if (last - first > Group)
        {
            int middle = first + ((last - first) / 2);
            TLane left = Of<TLane, TArith, TTerms>(ref arith, ref terms, first, middle), right = Of<TLane, TArith, TTerms>(ref arith, ref terms, middle, last);
            arith.At((middle * each) + each - 1);
            return arith.Add(left, right);
        }
        arith.At(first * each);
        TLane sum = terms.Term<TLane, TArith>(ref arith, first);
        for (int t = first + 1; t < last; t++)
        {
            arith.At(t * each);
            TLane term = terms.Term<TLane, TArith>(ref arith, t);
            sum = arith.Add(sum, term);
        }
        return sum;
    }
}
