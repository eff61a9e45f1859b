using Dyadic.Kernels;
using Dyadic.Kernels.Reference;
using Dyadic.Numerics.Emulation;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>y = the mean of each window, summed in row-major order from 0; a row is one place of the window, its columns are the planes.</summary>
internal readonly unsafe struct AveragePoolLoop(PoolGeometry g, bool countPad, void* x, void* y) : IEmulatedLoop
{
    public int Rows => g.OutHeight * g.OutWidth;

    public int Columns => g.Planes;

    public long Work => g.KernelH * g.KernelW;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        PoolWindow window = new(in g, row);
        int plane = g.Height * g.Width;
        nint start = (nint)column * plane;
        arith.Seek(((long)row * Columns) + column, 0);
        TLane sum = TLane.Of(0);
        for (int h = window.Top; h < window.Bottom; h += g.DilationH)
            for (int w = window.Left; w < window.Right; w += g.DilationW) sum = arith.Add(sum, TLane.Load(x, start + (h * g.Width) + w, plane));
        arith.Divide(sum, TLane.Of(countPad ? window.PaddedCount : window.Count)).Store(y, ((nint)column * Rows) + row, Rows);
    }
}

/// <summary>dx = each dy spread evenly over the values of its window, added in the order of the windows; a unit is one plane.</summary>
internal readonly unsafe struct AveragePoolTransposeLoop(PoolGeometry g, bool countPad, void* dy, void* dx) : IEmulatedLoop
{
    public int Rows => 1;

    public int Columns => g.Planes;

    public long Work => (long)g.OutHeight * g.OutWidth * g.KernelH * g.KernelW;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        int plane = g.Height * g.Width, windows = g.OutHeight * g.OutWidth;
        nint start = (nint)column * plane;
        for (int i = 0; i < plane; i++) TLane.Of(0).Store(dx, start + i, plane);
        arith.Seek(column, 0);
        for (int o = 0; o < windows; o++)
        {
            PoolWindow window = new(in g, o);
            TLane share = arith.Divide(TLane.Load(dy, ((nint)column * windows) + o, windows), TLane.Of(countPad ? window.PaddedCount : window.Count));
            for (int h = window.Top; h < window.Bottom; h += g.DilationH)
                for (int w = window.Left; w < window.Right; w += g.DilationW)
                {
                    nint at = start + (h * g.Width) + w;
                    arith.Add(TLane.Load(dx, at, plane), share).Store(dx, at, plane);
                }
        }
    }
}
