using Dyadic.Numerics.Emulation;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>dx = dy·(Φ(x) + x·φ(x)), element by element; Φ and φ are one operation each.</summary>
internal readonly unsafe struct GeluGradientLoop(void* x, void* dy, void* dx, int length) : IEmulatedLoop
{
    public int Rows => 1;

    public int Columns => length;

    public long Work => 40;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        arith.Seek(column, 0);
        TLane a = TLane.Load(x, column), slope = arith.Apply(a, default(NormalDistribution));
        slope = arith.Add(slope, arith.Multiply(a, arith.Apply(a, default(NormalDensity))));
        arith.Multiply(TLane.Load(dy, column), slope).Store(dx, column);
    }
}

/// <summary>φ(x) = exp(−x²/2)/√(2π), one operation.</summary>
internal readonly struct NormalDensity : IRealFunction
{
    public double Of(double x) => 0.39894228040143268 * Math.Exp(-0.5 * x * x);
}
