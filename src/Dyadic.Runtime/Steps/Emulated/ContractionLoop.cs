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

    public int Rows { get; init; }

    public int Columns { get; init; }

    public readonly long Work => 2L * Terms;

    public readonly void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        nint y = (row * RowY) + column;
        arith.Seek(Element + y, 0);
        TLane sum = Before == 0 ? TLane.Of(0) : TLane.Load(Y, y), zero = TLane.Of(0);
        nint a = row * RowA, b = column;
        for (int k = 0; k < Terms; k++, a += StepA, b += StepB)
        {
            arith.At(2 * (Before + k));
            TLane product = arith.Multiply(TLane.Broadcast(A, a), TLane.Load(B, b));
            TLane next = arith.Add(sum, product);
            sum = Present == null ? next : TLane.IfGreater(TLane.Load(Present, b), zero, next, sum);
        }
        if (Bias != null)
        {
            arith.At(2 * (Before + Terms));
            sum = arith.Add(sum, TLane.Broadcast(Bias, row));
        }
        sum.Store(Y, y);
    }
}
