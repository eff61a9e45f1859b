namespace Dyadic.Numerics.Emulation;

/// <summary>
/// One number of a container (binary32, binary64), or several that are computed alike. A loop that is written once over this type is both the scalar
/// definition and the vector form of what it computes. The operators are those of IEEE 754 in the container, lane by lane.
/// </summary>
/// <typeparam name="TSelf">The lane itself.</typeparam>
public unsafe interface ILane<TSelf> where TSelf : unmanaged, ILane<TSelf>
{
    /// <summary>How many numbers it holds.</summary>
    static abstract int Count { get; }

    /// <summary>Number <paramref name="value"/>, rounded to the container, in every lane.</summary>
    static abstract TSelf Of(double value);

    /// <summary>Element <paramref name="index"/> of memory in every lane.</summary>
    static abstract TSelf Broadcast(void* memory, nint index);

    /// <summary>Lane i = element <paramref name="index"/> + i·<paramref name="stride"/> of memory.</summary>
    static abstract TSelf Load(void* memory, nint index, nint stride = 1);

    /// <summary>Element <paramref name="index"/> + i·<paramref name="stride"/> of memory = lane i.</summary>
    void Store(void* memory, nint index, nint stride = 1);

    /// <summary>a + b.</summary>
    static abstract TSelf operator +(TSelf a, TSelf b);

    /// <summary>a − b.</summary>
    static abstract TSelf operator -(TSelf a, TSelf b);

    /// <summary>a·b.</summary>
    static abstract TSelf operator *(TSelf a, TSelf b);

    /// <summary>a/b.</summary>
    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>√a.</summary>
    static abstract TSelf Sqrt(TSelf a);

    /// <summary>|a|; exact in every arithmetic.</summary>
    static abstract TSelf Abs(TSelf a);

    /// <summary>−a; exact in every arithmetic.</summary>
    static abstract TSelf Negate(TSelf a);

    /// <summary>The larger of a and b, NaN when one is NaN; exact in every arithmetic.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>x where a &gt; b, y elsewhere.</summary>
    static abstract TSelf IfGreater(TSelf a, TSelf b, TSelf x, TSelf y);

    /// <summary>f of each lane in binary64, rounded to the container.</summary>
    static abstract TSelf Apply<TFunction>(TSelf a, TFunction f) where TFunction : struct, IRealFunction;

    /// <summary>aᵇ of each lane in binary64, rounded to the container.</summary>
    static abstract TSelf Power(TSelf a, TSelf b);

    /// <summary>Each lane rounded to the format that replaces the container.</summary>
    static abstract TSelf Round(TSelf a, in VprecRounding rounding);
}

/// <summary>A real function in binary64: a call of the mathematical library, which counts as one operation.</summary>
public interface IRealFunction
{
    /// <summary>f(x).</summary>
    double Of(double x);
}
