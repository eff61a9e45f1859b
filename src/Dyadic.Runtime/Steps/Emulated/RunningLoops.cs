using Dyadic.Numerics.Emulation;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>y[i] = x[0] + … + x[i] along an axis; a row is an outer index, its columns are the inner ones.</summary>
internal readonly unsafe struct CumulativeSumLoop(int outer, int size, int inner, bool exclusive, bool reverse, void* x, void* y) : IEmulatedLoop
{
    public int Rows => outer;

    public int Columns => inner;

    public long Work => size;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        nint at = ((nint)row * size * inner) + column, step = reverse ? -inner : inner;
        if (reverse) at += (nint)(size - 1) * inner;
        arith.Seek(((long)row * inner) + column, 0);
        TLane sum = TLane.Of(0);
        for (int i = 0; i < size; i++, at += step)
        {
            TLane term = TLane.Load(x, at), next = i == 0 ? term : arith.Add(sum, term);
            (exclusive ? sum : next).Store(y, at);
            sum = next;
        }
    }
}

/// <summary>y[place[k], i] ∘= u[k, i] in order of k, where ∘ is + or ·; y holds x before. Columns are the i.</summary>
internal readonly unsafe struct UpdateLoop(ScatterReduction reduction, int inner, int count, int* place, void* u, void* y) : IEmulatedLoop
{
    public int Rows => 1;

    public int Columns => inner;

    public long Work => count;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        arith.Seek(column, 0);
        for (int k = 0; k < count; k++)
        {
            nint at = ((nint)place[k] * inner) + column;
            TLane old = TLane.Load(y, at), update = TLane.Load(u, ((nint)k * inner) + column);
            (reduction == ScatterReduction.Add ? arith.Add(old, update) : arith.Multiply(old, update)).Store(y, at);
        }
    }
}
