using Dyadic.Numerics.Emulation;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>
/// Lines of numbers in memory, one a lane: element j of lane i stands at start + i·lane + ⌊j/inner⌋·outer + (j mod inner)·step.
/// </summary>
internal readonly unsafe struct Strided(void* memory, nint start, nint lane, nint step, int inner = int.MaxValue, nint outer = 0)
{
    public TLane Load<TLane>(int j) where TLane : unmanaged, ILane<TLane> => TLane.Load(memory, At(j), lane);

    public void Store<TLane>(int j, TLane value) where TLane : unmanaged, ILane<TLane> => value.Store(memory, At(j), lane);

    private nint At(int j) => j < inner ? start + (j * step) : start + (j / inner * outer) + (j % inner * step);
}

/// <summary>Σ xⱼ.</summary>
internal readonly struct PlainTerms(Strided x) : ITerms
{
    public int Operations => 0;

    public TLane Term<TLane, TArith>(ref TArith arith, int t) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane> => x.Load<TLane>(t);
}

/// <summary>Σ xⱼ·zⱼ.</summary>
internal readonly struct ProductTerms(Strided x, Strided z) : ITerms
{
    public int Operations => 1;

    public TLane Term<TLane, TArith>(ref TArith arith, int t) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane> =>
        arith.Multiply(x.Load<TLane>(t), z.Load<TLane>(t));
}

/// <summary>Σ exp xⱼ.</summary>
internal readonly struct ExponentialTerms(Strided x) : ITerms
{
    public int Operations => 1;

    public TLane Term<TLane, TArith>(ref TArith arith, int t) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane> =>
        arith.Apply(x.Load<TLane>(t), new RealFunction(Float.UnaryFunction.Exp));
}

/// <summary>Σ (xⱼ − mean)·(xⱼ − mean), or Σ (xⱼ − mean)·zⱼ; the mean of a lane is element 0 of its line.</summary>
internal readonly struct CenteredTerms(Strided x, Strided mean, Strided? z = null) : ITerms
{
    public int Operations => 2;

    public TLane Term<TLane, TArith>(ref TArith arith, int t) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        TLane centered = arith.Subtract(x.Load<TLane>(t), mean.Load<TLane>(0));
        return arith.Multiply(centered, z is { } other ? other.Load<TLane>(t) : centered);
    }
}
