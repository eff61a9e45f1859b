using Dyadic.Numerics.Emulation;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>y[o, target[k], i] += x[o, k, i] in order of k, from 0, over [outer, size, inner]; a row is one o, its columns are the i.</summary>
internal readonly unsafe struct SliceScatterLoop(int outer, int size, int inner, int count, int* target, void* x, void* y) : IEmulatedLoop
{
    public int Rows => outer;

    public int Columns => inner;

    public long Work => count + size;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        nint first = ((nint)row * size * inner) + column, source = ((nint)row * count * inner) + column;
        for (int i = 0; i < size; i++) TLane.Of(0).Store(y, first + ((nint)i * inner));
        arith.Seek(((long)row * inner) + column, 0);
        for (int k = 0; k < count; k++)
        {
            nint at = first + ((nint)target[k] * inner);
            arith.Add(TLane.Load(y, at), TLane.Load(x, source + ((nint)k * inner))).Store(y, at);
        }
    }
}

/// <summary>The same with a target for each element, target[o, k, i]; a unit is one (o, i), and no two share a lane.</summary>
internal readonly unsafe struct ElementScatterLoop(int outer, int size, int inner, int count, int* target, void* x, void* y) : IEmulatedLoop
{
    public int Rows => outer * inner;

    public int Columns => 1;

    public long Work => count + size;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        int o = row / inner, i = row % inner;
        nint first = ((nint)o * size * inner) + i, source = ((nint)o * count * inner) + i;
        for (int j = 0; j < size; j++) TLane.Of(0).Store(y, first + ((nint)j * inner));
        arith.Seek(row, 0);
        for (int k = 0; k < count; k++)
        {
            nint from = source + ((nint)k * inner), at = first + ((nint)target[from] * inner);
            arith.Add(TLane.Load(y, at), TLane.Load(x, from)).Store(y, at);
        }
    }
}
