using System.Runtime.CompilerServices;

namespace Dyadic.Numerics.Emulation;

/// <summary>Monte Carlo operations on binary32, evaluated in binary64 and cast to nearest: the scalar definition.</summary>
public struct MonteCarlo32 : IArithmetic<FloatLane>
{
    private readonly MonteCarloRule _rule;
    private Noise _noise;

    /// <summary>The operations of op number <paramref name="op"/> of the run with this seed.</summary>
    public MonteCarlo32(MonteCarloOptions options, ulong seed, uint op) => (_rule, _noise) = (new(options, options.Precision32), new(seed, op));

    /// <inheritdoc/>
    public void Seek(long element, int stage) => _noise.Seek(element, stage);

    /// <inheritdoc/>
    public void At(int operation) => _noise.At(operation * _rule.Words);

    /// <inheritdoc/>
    public FloatLane Add(FloatLane a, FloatLane b)
    {
        double x = In(a), y = In(b);
        return Out(x + y);
    }

    /// <inheritdoc/>
    public FloatLane Subtract(FloatLane a, FloatLane b)
    {
        double x = In(a), y = In(b);
        return Out(x - y);
    }

    /// <inheritdoc/>
    public FloatLane Multiply(FloatLane a, FloatLane b)
    {
        double x = In(a), y = In(b);
        return Out(x * y);
    }

    /// <inheritdoc/>
    public FloatLane Divide(FloatLane a, FloatLane b)
    {
        double x = In(a), y = In(b);
        return Out(x / y);
    }

    /// <inheritdoc/>
    public FloatLane Sqrt(FloatLane a) => Out(Math.Sqrt(In(a)), skip: 1);

    /// <inheritdoc/>
    public FloatLane Apply<TFunction>(FloatLane a, TFunction f) where TFunction : struct, IRealFunction => Out(f.Of(In(a)), skip: 1);

    /// <inheritdoc/>
    public FloatLane Power(FloatLane a, FloatLane b)
    {
        double x = In(a), y = In(b);
        return Out(Math.Pow(x, y));
    }

    /// <inheritdoc/>
    public FloatLane Narrow(double x) => Out(x, skip: 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private double In(FloatLane a)
    {
        double x = a.Value;
        if (_rule.DenormalsAreZero && MathF.Abs(a.Value) < 1.17549435e-38f) x = Math.CopySign(0, x);
        return _rule.Inbound ? x + _rule.NoiseOf(x, ref _noise) : x;
    }

    // Operations of fewer operands leave the words of the others unused.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private FloatLane Out(double z, int skip = 0)
    {
        if (_rule.Inbound) for (int i = 0; i < skip * (_rule.Sparsity > 1 ? 2 : 1); i++) _noise.Next();
        if (_rule.Outbound)
        {
            double noise = _rule.NoiseOf(z, ref _noise);
            if (!_rule.Holds(z)) z += noise;
        }
        float y = (float)z;
        return new(_rule.FlushToZero && MathF.Abs(y) < 1.17549435e-38f ? MathF.CopySign(0, y) : y);
    }
}
