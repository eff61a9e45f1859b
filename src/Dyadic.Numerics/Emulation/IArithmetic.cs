namespace Dyadic.Numerics.Emulation;

/// <summary>
/// What an emulating arithmetic does to each elementary operation. Random numbers belong to an element of a result, a stage of its computation and
/// the number of the operation there, so that neither the order of elements nor the number of lanes matters.
/// </summary>
/// <typeparam name="TLane">The numbers that an operation computes at once.</typeparam>
public interface IArithmetic<TLane> where TLane : unmanaged, ILane<TLane>
{
    /// <summary>What follows computes elements <paramref name="element"/>, <paramref name="element"/> + 1, …, one a lane, from operation 0 of the stage.</summary>
    void Seek(long element, int stage);

    /// <summary>The next operation is number <paramref name="operation"/> of the stage; those after it follow it.</summary>
    void At(int operation);

    /// <summary>a + b.</summary>
    TLane Add(TLane a, TLane b);

    /// <summary>a − b.</summary>
    TLane Subtract(TLane a, TLane b);

    /// <summary>a·b.</summary>
    TLane Multiply(TLane a, TLane b);

    /// <summary>a/b.</summary>
    TLane Divide(TLane a, TLane b);

    /// <summary>√a.</summary>
    TLane Sqrt(TLane a);

    /// <summary>f(a), one operation.</summary>
    TLane Apply<TFunction>(TLane a, TFunction f) where TFunction : struct, IRealFunction;

    /// <summary>aᵇ, one operation.</summary>
    TLane Power(TLane a, TLane b);

    /// <summary>The wider <paramref name="x"/>, one number, rounded to the container: a cast.</summary>
    TLane Narrow(double x);
}
