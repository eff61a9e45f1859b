using Dyadic.Numerics.Emulation;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>y = f(x), element by element. exp, ln, erf, tanh and Φ are one operation each; what is made of them is computed operation by operation.</summary>
internal readonly unsafe struct UnaryLoop(UnaryFunction function, double alpha, void* x, void* y, int length) : IEmulatedLoop
{
    public int Rows => 1;

    public int Columns => length;

    public long Work => 20;

    /// <summary>True for functions whose result is exact, so that no arithmetic can see them.</summary>
    public static bool IsExact(UnaryFunction function) => function is UnaryFunction.Abs or UnaryFunction.Neg or UnaryFunction.Relu or UnaryFunction.Clip
        or UnaryFunction.Sign or UnaryFunction.Floor or UnaryFunction.Ceil or UnaryFunction.Round;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        arith.Seek(column, 0);
        TLane a = TLane.Load(x, column);
        TLane result = function switch
        {
            UnaryFunction.Sqrt => arith.Sqrt(a),
            UnaryFunction.LeakyRelu => TLane.IfGreater(a, TLane.Of(0), a, arith.Multiply(TLane.Of(alpha), a)),
            UnaryFunction.Sigmoid => Sigmoid<TLane, TArith>(ref arith, a),
            UnaryFunction.Gelu => arith.Multiply(a, arith.Apply(a, default(NormalDistribution))),
            UnaryFunction.GeluTanh => GeluTanh<TLane, TArith>(ref arith, a),
            UnaryFunction.Reciprocal => arith.Divide(TLane.Of(1), a),
            UnaryFunction.Softplus => arith.Add(TLane.Max(a, TLane.Of(0)), arith.Apply(Decay<TLane, TArith>(ref arith, a), default(LogOnePlus))),
            _ => arith.Apply(a, new RealFunction(function)),
        };
        result.Store(y, column);
    }

    // e⁻|x|.
    private static TLane Decay<TLane, TArith>(ref TArith arith, TLane a) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane> =>
        arith.Apply(TLane.Negate(TLane.Abs(a)), new RealFunction(UnaryFunction.Exp));

    // 1/(1 + e) for x ≥ 0, e/(1 + e) below, as the float32 kernel does.
    private static TLane Sigmoid<TLane, TArith>(ref TArith arith, TLane a) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        TLane e = Decay<TLane, TArith>(ref arith, a), one = TLane.Of(1);
        return arith.Divide(TLane.IfGreater(TLane.Of(0), a, e, one), arith.Add(one, e));
    }

    // x·sigmoid(√(8/π)·x·(1 + 0.044715·x²)).
    private static TLane GeluTanh<TLane, TArith>(ref TArith arith, TLane a) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        TLane inner = arith.Add(TLane.Of(1), arith.Multiply(TLane.Of(0.044715), arith.Multiply(a, a)));
        TLane twice = arith.Multiply(arith.Multiply(TLane.Of(1.5957691216057307117), a), inner);
        return arith.Multiply(a, Sigmoid<TLane, TArith>(ref arith, twice));
    }
}
