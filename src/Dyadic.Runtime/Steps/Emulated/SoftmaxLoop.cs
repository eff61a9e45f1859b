using Dyadic.Numerics.Emulation;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>Softmax along one axis, its logarithm and the gradients of both; a unit is one line of <paramref name="size"/> elements.</summary>
internal readonly unsafe struct SoftmaxLoop(SoftmaxFunction function, int lines, int size, int inner, void* a, void* b, void* y) : IEmulatedLoop
{
    public int Rows => inner == 1 ? 1 : lines / inner;

    public int Columns => inner == 1 ? lines : inner;

    public long Work => 40L * size;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        int line = (row * Columns) + column;
        nint start = inner == 1 ? (nint)column * size : ((nint)row * size * inner) + column, lane = inner == 1 ? size : 1;
        Strided first = new(a, start, lane, inner), second = new(b, start, lane, inner), result = new(y, start, lane, inner);
        switch (function)
        {
            case SoftmaxFunction.Softmax: Softmax<TLane, TArith>(ref arith, line, first, result); break;
            case SoftmaxFunction.LogSoftmax: LogSoftmax<TLane, TArith>(ref arith, line, first, result); break;
            case SoftmaxFunction.SoftmaxGradient: Gradient<TLane, TArith>(ref arith, line, first, second, result); break;
            default: LogGradient<TLane, TArith>(ref arith, line, first, second, result); break;
        }
    }

    private void Softmax<TLane, TArith>(ref TArith arith, int line, Strided x, Strided result) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        TLane max = Max<TLane>(x);
        arith.Seek(line, 0);
        for (int j = 0; j < size; j++) result.Store(j, arith.Apply(arith.Subtract(x.Load<TLane>(j), max), new RealFunction(UnaryFunction.Exp)));
        arith.Seek(line, 1);
        PlainTerms terms = new(result);
        TLane sum = Sums.Of<TLane, TArith, PlainTerms>(ref arith, ref terms, 0, size);
        arith.Seek(line, 2);
        for (int j = 0; j < size; j++) result.Store(j, arith.Divide(result.Load<TLane>(j), sum));
    }

    private void LogSoftmax<TLane, TArith>(ref TArith arith, int line, Strided x, Strided result) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        TLane max = Max<TLane>(x);
        arith.Seek(line, 0);
        for (int j = 0; j < size; j++) result.Store(j, arith.Subtract(x.Load<TLane>(j), max));
        arith.Seek(line, 1);
        ExponentialTerms terms = new(result);
        TLane sum = Sums.Of<TLane, TArith, ExponentialTerms>(ref arith, ref terms, 0, size);
        arith.Seek(line, 2);
        TLane log = arith.Apply(sum, new RealFunction(UnaryFunction.Log));
        for (int j = 0; j < size; j++) result.Store(j, arith.Subtract(result.Load<TLane>(j), log));
    }

    // y·(dy − Σ y·dy).
    private void Gradient<TLane, TArith>(ref TArith arith, int line, Strided s, Strided dy, Strided result)
        where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        arith.Seek(line, 0);
        ProductTerms terms = new(s, dy);
        TLane dot = Sums.Of<TLane, TArith, ProductTerms>(ref arith, ref terms, 0, size);
        arith.Seek(line, 1);
        for (int j = 0; j < size; j++) result.Store(j, arith.Multiply(arith.Subtract(dy.Load<TLane>(j), dot), s.Load<TLane>(j)));
    }

    // dy − exp(y)·Σ dy.
    private void LogGradient<TLane, TArith>(ref TArith arith, int line, Strided s, Strided dy, Strided result)
        where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        arith.Seek(line, 0);
        PlainTerms terms = new(dy);
        TLane sum = Sums.Of<TLane, TArith, PlainTerms>(ref arith, ref terms, 0, size);
        arith.Seek(line, 1);
        for (int j = 0; j < size; j++)
            result.Store(j, arith.Subtract(dy.Load<TLane>(j), arith.Multiply(arith.Apply(s.Load<TLane>(j), new RealFunction(UnaryFunction.Exp)), sum)));
    }

    private TLane Max<TLane>(Strided x) where TLane : unmanaged, ILane<TLane>
    {
        TLane max = x.Load<TLane>(0);
        for (int j = 1; j < size; j++) max = TLane.Max(max, x.Load<TLane>(j));
        return max;
    }
}
