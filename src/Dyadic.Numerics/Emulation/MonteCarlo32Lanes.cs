using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Dyadic.Numerics.Emulation;

/// <summary>Sixteen of <see cref="MonteCarlo32"/> at once, in two vectors of binary64; equal to it bit for bit. For options without absolute noise, flushing and sparsity.</summary>
public struct MonteCarlo32Lanes : IArithmetic<FloatLanes>
{
    private readonly MonteCarloRule _rule;
    private NoiseLanes _noise;

    /// <summary>The operations of op number <paramref name="op"/> of the run with this seed.</summary>
    public MonteCarlo32Lanes(MonteCarloOptions options, ulong seed, uint op) => (_rule, _noise) = (new(options, options.Precision32), new(seed, op));

    /// <summary>Whether the vector form knows these options.</summary>
    public static bool Supports(MonteCarloOptions options) => new MonteCarloRule(options, options.Precision32).IsPlain;

    /// <inheritdoc/>
    public void Seek(long element, int stage) => _noise.Seek(element, stage);

    /// <inheritdoc/>
    public void At(int operation) => _noise.At(operation * _rule.Words);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FloatLanes Add(FloatLanes a, FloatLanes b)
    {
        In(a, out Vector512<double> x0, out Vector512<double> x1);
        In(b, out Vector512<double> y0, out Vector512<double> y1);
        return Out(x0 + y0, x1 + y1);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FloatLanes Subtract(FloatLanes a, FloatLanes b)
    {
        In(a, out Vector512<double> x0, out Vector512<double> x1);
        In(b, out Vector512<double> y0, out Vector512<double> y1);
        return Out(x0 - y0, x1 - y1);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public FloatLanes Multiply(FloatLanes a, FloatLanes b)
    {
        In(a, out Vector512<double> x0, out Vector512<double> x1);
        In(b, out Vector512<double> y0, out Vector512<double> y1);
        return Out(x0 * y0, x1 * y1);
    }

    /// <inheritdoc/>
    public FloatLanes Divide(FloatLanes a, FloatLanes b)
    {
        In(a, out Vector512<double> x0, out Vector512<double> x1);
        In(b, out Vector512<double> y0, out Vector512<double> y1);
        return Out(x0 / y0, x1 / y1);
    }

    /// <inheritdoc/>
    public FloatLanes Sqrt(FloatLanes a)
    {
        In(a, out Vector512<double> x0, out Vector512<double> x1);
        Skip(1);
        return Out(Vector512.Sqrt(x0), Vector512.Sqrt(x1));
    }

    /// <inheritdoc/>
    public unsafe FloatLanes Apply<TFunction>(FloatLanes a, TFunction f) where TFunction : struct, IRealFunction
    {
        In(a, out Vector512<double> x0, out Vector512<double> x1);
        Skip(1);
        double* x = stackalloc double[16];
        x0.Store(x);
        x1.Store(x + 8);
        for (int i = 0; i < 16; i++) x[i] = f.Of(x[i]);
        return Out(Vector512.Load(x), Vector512.Load(x + 8));
    }

    /// <inheritdoc/>
    public unsafe FloatLanes Power(FloatLanes a, FloatLanes b)
    {
        In(a, out Vector512<double> x0, out Vector512<double> x1);
        In(b, out Vector512<double> y0, out Vector512<double> y1);
        double* z = stackalloc double[16];
        for (int i = 0; i < 8; i++) (z[i], z[i + 8]) = (Math.Pow(x0[i], y0[i]), Math.Pow(x1[i], y1[i]));
        return Out(Vector512.Load(z), Vector512.Load(z + 8));
    }

    /// <inheritdoc/>
    public FloatLanes Narrow(double x)
    {
        Skip(2);
        return Out(Vector512.Create(x), Vector512.Create(x));
    }

    private void Skip(int operands)
    {
        for (int i = 0; _rule.Inbound && i < operands; i++) _noise.Next(out _, out _);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void In(FloatLanes a, out Vector512<double> low, out Vector512<double> high)
    {
        (low, high) = Vector512.Widen(a.Values);
        if (!_rule.Inbound) return;
        _noise.Next(out Vector512<ulong> w0, out Vector512<ulong> w1);
        low = Vector512.ConditionalSelect(IsFinite(low), Perturb(low, w0), low);
        high = Vector512.ConditionalSelect(IsFinite(high), Perturb(high, w1), high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FloatLanes Out(Vector512<double> low, Vector512<double> high)
    {
        if (_rule.Outbound)
        {
            _noise.Next(out Vector512<ulong> w0, out Vector512<ulong> w1);
            low = Vector512.ConditionalSelect(Holds(low), low, Perturb(low, w0));
            high = Vector512.ConditionalSelect(Holds(high), high, Perturb(high, w1));
        }
        return new(Vector512.Narrow(low, high));
    }

    // 0 and ±∞ are held by any precision.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<double> Holds(Vector512<double> z) => Vector512.Equals(z.AsUInt64() & Vector512.Create(_rule.Beyond), Vector512<ulong>.Zero).AsDouble();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> IsFinite(Vector512<double> z) =>
        Vector512.LessThan(Vector512.Abs(z), Vector512.Create(double.PositiveInfinity)) & Vector512.GreaterThan(Vector512.Abs(z), Vector512<double>.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector512<double> Perturb(Vector512<double> z, Vector512<ulong> word)
    {
        Vector512<ulong> bits = (word & Vector512.Create(0xFFFF_FFFFUL)) | Vector512.Create(MonteCarloRule.WordExponent);
        Vector512<double> xi = bits.AsDouble() - Vector512.Create(MonteCarloRule.Bias);
        Vector512<double> power = (z.AsUInt64() & Vector512.Create(MonteCarloRule.Exponent)).AsDouble();
        return z + xi * (power * Vector512.Create(_rule.Relative));
    }
}
