using Dyadic.Numerics.Emulation;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>y = f(a, b), element by element; a row is a run in which each input advances by 1 or stays.</summary>
internal readonly unsafe struct BinaryLoop(BinaryFunction function, double alpha, BroadcastLayout layout, int length, void* a, void* b, void* y) : IEmulatedLoop
{
    public int Rows => length / Math.Max(1, layout.Inner);

    public int Columns => layout.Inner;

    public long Work => function == BinaryFunction.Power ? 40 : 8;

    /// <summary>True for functions whose result is one of the operands, 0 or a remainder, which is exact.</summary>
    public static bool IsExact(BinaryFunction function, double alpha) => function is BinaryFunction.Minimum or BinaryFunction.Maximum or BinaryFunction.Inside or BinaryFunction.Remainder
        || (function == BinaryFunction.Rectify && alpha == 0);

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        int at = (row * layout.Inner) + column;
        int stepA = layout.Stride(0, 0), stepB = layout.Stride(1, 0);
        (int atA, int atB) = layout.Levels <= 1 ? (column * stepA, column * stepB) : Start(at);
        TLane x = TLane.Load(a, atA, stepA), z = TLane.Load(b, atB, stepB);
        arith.Seek(at, 0);
        TLane result = function switch
        {
            BinaryFunction.Add => arith.Add(x, z),
            BinaryFunction.Subtract => arith.Subtract(x, z),
            BinaryFunction.Multiply => arith.Multiply(x, z),
            BinaryFunction.Divide => arith.Divide(x, z),
            BinaryFunction.Power => Power<TLane, TArith>(ref arith, x, z),
            _ => TLane.IfGreater(x, TLane.Of(0), z, arith.Multiply(TLane.Of(alpha), z)),
        };
        result.Store(y, at);
    }

    private (int A, int B) Start(int at)
    {
        BroadcastLayout.Cursor cursor = new(layout, at);
        return (cursor.A, cursor.B);
    }

    // x², x³ and x are products and a copy, as in the float32 kernel, where one exponent serves all.
    private TLane Power<TLane, TArith>(ref TArith arith, TLane x, TLane exponent) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        if (layout.Stride(1, 0) != 0) return arith.Power(x, exponent);
        if (exponent.Equals(TLane.Of(2))) return arith.Multiply(x, x);
        if (exponent.Equals(TLane.Of(3))) return arith.Multiply(arith.Multiply(x, x), x);
        return exponent.Equals(TLane.Of(1)) ? x : arith.Power(x, exponent);
    }
}
