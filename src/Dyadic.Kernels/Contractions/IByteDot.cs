using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics;

namespace Dyadic.Kernels.Contractions;

/// <summary>The operations of <see cref="ByteTile{TDot}"/> that are a machine's own.</summary>
internal interface IByteDot
{
    /// <summary>sum[i] + Σⱼ w[4i + j]·x[4·step + j], j = 0 … 3, signed.</summary>
    static abstract Vector128<int> Add(Vector128<int> sum, Vector128<sbyte> w, Vector128<sbyte> x, [ConstantExpected(Max = (byte)3)] byte step);

    /// <summary>⌊a·b·2⁻³²⌋ of each lane.</summary>
    static abstract Vector128<int> MultiplyHigh(Vector128<int> a, Vector128<int> b);

    /// <summary>Arithmetic right shift of each lane by its own count, 0 … 31.</summary>
    static abstract Vector128<int> ShiftRight(Vector128<int> a, Vector128<int> counts);
}
