using Dyadic.Numerics.Emulation;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>A function of the mathematical library, evaluated in binary64: one operation of an emulating arithmetic.</summary>
internal readonly struct RealFunction(UnaryFunction function) : IRealFunction
{
    public double Of(double x) => DoubleLines.Of(function, x, 0, 0);
}

/// <summary>ln(1 + x), one operation.</summary>
internal readonly struct LogOnePlus : IRealFunction
{
    public double Of(double x) => DoubleLines.LogOnePlus(x);
}

/// <summary>Φ(x) = erfc(−x/√2)/2, one operation.</summary>
internal readonly struct NormalDistribution : IRealFunction
{
    public double Of(double x) => 0.5 * ErrorFunction.Erfc(-x * 0.70710678118654752440);
}
