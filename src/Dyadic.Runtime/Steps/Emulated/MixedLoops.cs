using Dyadic.Numerics.Emulation;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>y = x·y where y &gt; 0, else 0: the product of dropout, whose factor stands in y.</summary>
internal readonly unsafe struct DropoutLoop(int length, void* x, void* y) : IEmulatedLoop
{
    public int Rows => 1;

    public int Columns => length;

    public long Work => 4;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        arith.Seek(column, 0);
        TLane factor = TLane.Load(y, column);
        TLane.IfGreater(factor, TLane.Of(0), arith.Multiply(TLane.Load(x, column), factor), TLane.Of(0)).Store(y, column);
    }
}

/// <summary>y = x of binary64 cast to binary32; a unit is one element, and no two share a lane.</summary>
internal readonly unsafe struct NarrowLoop(int length, double* x, void* y) : IEmulatedLoop
{
    public int Rows => length;

    public int Columns => 1;

    public long Work => 4;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        arith.Seek(row, 0);
        arith.Narrow(x[row]).Store(y, row);
    }
}
