using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics;
using Dyadic.Kernels.Contractions;

namespace Dyadic.Kernels.Tests.Contractions;

/// <summary>The definition of the operations, lane by lane, on any machine.</summary>
internal readonly struct PlainDot : IByteDot
{
    public static Vector128<int> Add(Vector128<int> sum, Vector128<sbyte> w, Vector128<sbyte> x, [ConstantExpected(Max = (byte)3)] byte step) =>
        sum + Each(i => Enumerable.Range(0, 4).Sum(j => w[4 * i + j] * x[4 * step + j]));

    public static Vector128<int> MultiplyHigh(Vector128<int> a, Vector128<int> b) => Each(i => (int)((long)a[i] * b[i] >> 32));

    public static Vector128<int> ShiftRight(Vector128<int> a, Vector128<int> counts) => Each(i => a[i] >> counts[i]);

    private static Vector128<int> Each(Func<int, int> lane) => Vector128.Create(lane(0), lane(1), lane(2), lane(3));
}
