using System.Runtime.CompilerServices;
using Dyadic.Numerics.Emulation;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>
/// y[i, n] = Σₖ a[i, k]·b[k, n] (+ bias[i]), k upwards from 0, two operations a term: the product, then its addition. A lane is neighbouring n.
/// </summary>
internal unsafe struct ContractionLoop : IEmulatedLoop
{
    /// <summary>a[i, k] stands at i·RowA + k·StepA.</summary>
    public void* A;

    /// <summary>b[k, n] stands at k·StepB + n.</summary>
    public void* B;

    /// <summary>Like <see cref="B"/>: positive where a term exists, 0 where it does not (padding); null where all do.</summary>
    public void* Present;

    /// <summary>y[i, n] stands at i·RowY + n, which is also its number for random words, from <see cref="Element"/> on.</summary>
    public void* Y;

    /// <summary>bias[i], or null.</summary>
    public void* Bias;

    /// <summary>Strides in elements.</summary>
    public nint RowA, StepA, StepB, RowY;

    /// <summary>The number of terms, and the number of those that y holds the sum of already.</summary>
    public int Terms, Before;

    /// <summary>The number of element (0, 0).</summary>
    public long Element;

    /// <summary>The number of i.</summary>
    public int Height;

    // Two at a time: each operation waits for the one before, and two sums wait together.
    public readonly int Rows => (Height + 1) / 2;

    public int Columns { get; init; }

    public readonly long Work => 4L * Terms;

    public readonly void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        int i = 2 * row;
        if (i + 1 < Height) Two<TLane, TArith>(ref arith, i, column);
        else One<TLane, TArith>(ref arith, i, column);
    }

    private readonly void One<TLane, TArith>(ref TArith arith, int i, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        TLane sum = Start<TLane, TArith>(ref arith, i, column);
        nint a = i * RowA, b = column;
        for (int k = 0; k < Terms; k++, a += StepA, b += StepB) sum = Next(ref arith, k, sum, TLane.Broadcast(A, a), TLane.Load(B, b), b);
        Finish(ref arith, i, column, sum);
    }

    private readonly void Two<TLane, TArith>(ref TArith arith, int i, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        TArith other = arith;
        TLane sum0 = Start<TLane, TArith>(ref arith, i, column), sum1 = Start<TLane, TArith>(ref other, i + 1, column);
        nint a = i * RowA, b = column;
        for (int k = 0; k < Terms; k++, a += StepA, b += StepB)
        {
            TLane right = TLane.Load(B, b);
            sum0 = Next(ref arith, k, sum0, TLane.Broadcast(A, a), right, b);
            sum1 = Next(ref other, k, sum1, TLane.Broadcast(A, a + RowA), right, b);
        }
        Finish(ref arith, i, column, sum0);
        Finish(ref other, i + 1, column, sum1);
    }

    private readonly TLane Start<TLane, TArith>(ref TArith arith, int i, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        nint y = (i * RowY) + column;
        arith.Seek(Element + y, 0);
        return Before == 0 ? TLane.Of(0) : TLane.Load(Y, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly TLane Next<TLane, TArith>(ref TArith arith, int k, TLane sum, TLane left, TLane right, nint b)
        where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        arith.At(2 * (Before + k));
        TLane product = arith.Multiply(left, right);
        TLane next = arith.Add(sum, product);
        return Present == null ? next : TLane.IfGreater(TLane.Load(Present, b), TLane.Of(0), next, sum);
    }

    private readonly void Finish<TLane, TArith>(ref TArith arith, int i, int column, TLane sum) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        if (Bias != null)
        {
            arith.At(2 * (Before + Terms));
            sum = arith.Add(sum, TLane.Broadcast(Bias, i));
        }
        sum.Store(Y, (i * RowY) + column);
    }
}
