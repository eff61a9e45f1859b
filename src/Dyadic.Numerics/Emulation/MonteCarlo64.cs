namespace Dyadic.Numerics.Emulation;

/// <summary>Monte Carlo operations on binary64: the exact result as a sum of two doubles, the noise added to the smaller, rounded once.</summary>
/// <remarks>TwoSum (Knuth) and TwoProduct (by a fused multiply-add) are exact; quotients and roots carry their first-order remainder.</remarks>
public struct MonteCarlo64 : IArithmetic<DoubleLane>
{
    private const double MinNormal = 2.2250738585072014e-308;
    private readonly MonteCarloRule _rule;
    private Noise _noise;

    /// <summary>The operations of op number <paramref name="op"/> of the run with this seed.</summary>
    public MonteCarlo64(MonteCarloOptions options, ulong seed, uint op) => (_rule, _noise) = (new(options, options.Precision64), new(seed, op));

    /// <inheritdoc/>
    public void Seek(long element, int stage) => _noise.Seek(element, stage);

    /// <inheritdoc/>
    public void At(int operation) => _noise.At(operation * _rule.Words);

    /// <inheritdoc/>
    public DoubleLane Add(DoubleLane a, DoubleLane b)
    {
        (double x, double dx) = In(a);
        (double y, double dy) = In(b);
        double s = x + y, rest = s - x;
        return Out(s, (x - (s - rest)) + (y - rest) + dx + dy);
    }

    /// <inheritdoc/>
    public DoubleLane Subtract(DoubleLane a, DoubleLane b) => Add(a, DoubleLane.Negate(b));

    /// <inheritdoc/>
    public DoubleLane Multiply(DoubleLane a, DoubleLane b)
    {
        (double x, double dx) = In(a);
        (double y, double dy) = In(b);
        double p = x * y;
        return Out(p, Math.FusedMultiplyAdd(x, y, -p) + (x * dy + y * dx));
    }

    /// <inheritdoc/>
    public DoubleLane Divide(DoubleLane a, DoubleLane b)
    {
        (double x, double dx) = In(a);
        (double y, double dy) = In(b);
        double q = x / y;
        return Out(q, (Math.FusedMultiplyAdd(-q, y, x) + (dx - q * dy)) / y);
    }

    /// <inheritdoc/>
    public DoubleLane Sqrt(DoubleLane a)
    {
        (double x, double dx) = In(a);
        double s = Math.Sqrt(x);
        return Out(s, s == 0 ? 0 : (Math.FusedMultiplyAdd(-s, s, x) + dx) / (2 * s), skip: 1);
    }

    /// <inheritdoc/>
    public DoubleLane Apply<TFunction>(DoubleLane a, TFunction f) where TFunction : struct, IRealFunction
    {
        (double x, double dx) = In(a);
        return Out(f.Of(x + dx), 0, skip: 1, isExact: false);
    }

    /// <inheritdoc/>
    public DoubleLane Power(DoubleLane a, DoubleLane b)
    {
        (double x, double dx) = In(a);
        (double y, double dy) = In(b);
        return Out(Math.Pow(x + dx, y + dy), 0, isExact: false);
    }

    /// <inheritdoc/>
    public DoubleLane Narrow(double x) => new(x);

    private (double X, double Dx) In(DoubleLane a)
    {
        double x = _rule.DenormalsAreZero && Math.Abs(a.Value) < MinNormal ? Math.CopySign(0, a.Value) : a.Value;
        return (x, _rule.Inbound ? _rule.NoiseOf(x, ref _noise) : 0);
    }

    private DoubleLane Out(double z, double rest, int skip = 0, bool isExact = true)
    {
        if (_rule.Inbound) for (int i = 0; i < skip * (_rule.Sparsity > 1 ? 2 : 1); i++) _noise.Next();
        double noise = _rule.Outbound ? _rule.NoiseOf(z, ref _noise) : 0;
        bool holds = rest == 0 && isExact && _rule.Holds(z);
        double y = double.IsFinite(z) && double.IsFinite(rest) ? z + (rest + (holds ? 0 : noise)) : z;
        return new(_rule.FlushToZero && Math.Abs(y) < MinNormal ? Math.CopySign(0, y) : y);
    }
}
