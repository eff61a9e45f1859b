using Dyadic.Numerics.Emulation;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>Batch normalisation over [N, C, plane]; a unit is one channel. The vectors are those of <see cref="BatchNormStep"/>, in the order of its inputs and outputs.</summary>
internal unsafe struct BatchNormLoop : IEmulatedLoop
{
    public BatchNormFunction Function;
    public double Epsilon;
    public int Batch, Plane;
    public void* X, Scale, In2, In3, In4, Y, Out1, Out2;

    public readonly int Rows => 1;

    public int Columns { get; init; }

    public readonly long Work => 8L * Count;

    private readonly int Count => Batch * Plane;

    public readonly void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        if (Function == BatchNormFunction.Gradient)
        {
            Gradient<TLane, TArith>(ref arith, column);
            return;
        }
        TLane mean, variance;
        if (Function == BatchNormFunction.Training) (mean, variance) = Statistics<TLane, TArith>(ref arith, column);
        else (mean, variance) = (TLane.Load(In3, column), TLane.Load(In4, column));
        TLane bias = TLane.Load(In2, column);
        Strided x = Lines(X, column), y = Lines(Y, column);
        arith.Seek(column, 2);
        TLane a = arith.Divide(TLane.Load(Scale, column), arith.Sqrt(arith.Add(variance, TLane.Of(Epsilon))));
        arith.Seek(column, 3);
        for (int t = 0; t < Count; t++) y.Store(t, arith.Add(arith.Multiply(arith.Subtract(x.Load<TLane>(t), mean), a), bias));
    }

    private readonly (TLane Mean, TLane Variance) Statistics<TLane, TArith>(ref TArith arith, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        TLane n = TLane.Of(Count);
        PlainTerms terms = new(Lines(X, column));
        arith.Seek(column, 0);
        TLane sum = Sums.Of<TLane, TArith, PlainTerms>(ref arith, ref terms, 0, Count);
        arith.At(Count);
        TLane mean = arith.Divide(sum, n);
        mean.Store(Out1, column);
        CenteredTerms squares = new(Lines(X, column), Vector(Out1, column));
        arith.Seek(column, 1);
        sum = Sums.Of<TLane, TArith, CenteredTerms>(ref arith, ref squares, 0, Count);
        arith.At(3 * Count);
        TLane variance = arith.Divide(sum, n);
        variance.Store(Out2, column);
        return (mean, variance);
    }

    // With r = 1/√(var + ε) and x̂ = (x − mean)·r: dbias = Σdy, dscale = r·Σ(x − mean)·dy, dx = scale·r·(dy − dbias/n − x̂·dscale/n).
    private readonly void Gradient<TLane, TArith>(ref TArith arith, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        TLane n = TLane.Of(Count), mean = TLane.Load(In2, column);
        Strided x = Lines(X, column), dy = Lines(In4, column), dx = Lines(Y, column);
        PlainTerms plain = new(dy);
        arith.Seek(column, 0);
        TLane sum = Sums.Of<TLane, TArith, PlainTerms>(ref arith, ref plain, 0, Count);
        sum.Store(Out2, column);
        CenteredTerms centered = new(x, Vector(In2, column), dy);
        arith.Seek(column, 1);
        TLane dot = Sums.Of<TLane, TArith, CenteredTerms>(ref arith, ref centered, 0, Count);
        arith.Seek(column, 2);
        TLane r = arith.Divide(TLane.Of(1), arith.Sqrt(arith.Add(TLane.Load(In3, column), TLane.Of(Epsilon))));
        TLane dscale = arith.Multiply(dot, r);
        dscale.Store(Out1, column);
        TLane a = arith.Multiply(TLane.Load(Scale, column), r), meanDy = arith.Divide(sum, n), meanDot = arith.Divide(dscale, n);
        arith.Seek(column, 3);
        for (int t = 0; t < Count; t++)
        {
            TLane normal = arith.Multiply(arith.Subtract(x.Load<TLane>(t), mean), r);
            TLane rest = arith.Subtract(arith.Subtract(dy.Load<TLane>(t), meanDy), arith.Multiply(normal, meanDot));
            dx.Store(t, arith.Multiply(a, rest));
        }
    }

    private readonly Strided Lines(void* data, int channel) => new(data, (nint)channel * Plane, Plane, 1, Plane, (nint)Columns * Plane);

    private static Strided Vector(void* data, int channel) => new(data, channel, 1, 0);
}
