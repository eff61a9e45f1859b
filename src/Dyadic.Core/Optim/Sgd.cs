using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Ops;

namespace Dyadic.Optim;

/// <summary>Stochastic gradient descent: g ← g + λp; v ← μv + g; p ← p − η·(g + μv if Nesterov, else v).</summary>
/// <remarks>
/// Sutskever et al. 2013, in the form that PyTorch uses: the first v is g, and η multiplies the velocity. In integer arithmetic p, v and g are codes of the
/// optimiser's bits and every sum is rounded stochastically (<see cref="IntegerSgd"/>).
/// </remarks>
public sealed class Sgd : Optimizer
{
    private readonly Tensor?[] _velocity;

    /// <summary>An optimiser of the given parameters.</summary>
    /// <param name="parameters">Names and tensors, from <c>module.NamedParameters()</c>.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="momentum">μ in [0, 1).</param>
    /// <param name="weightDecay">λ, added to the gradient as λp.</param>
    /// <param name="nesterov">Look ahead along the velocity.</param>
    public Sgd(IEnumerable<(string Name, Tensor Tensor)> parameters, double learningRate, double momentum = 0, double weightDecay = 0, bool nesterov = false)
        : base(parameters, learningRate)
    {
        Ensure.Argument(momentum is >= 0 and < 1, $"Sgd: momentum is {momentum}, it must be in [0, 1).");
        Ensure.Argument(weightDecay >= 0, $"Sgd: weight decay is {weightDecay}, it must not be negative.");
        Ensure.Argument(!nesterov || momentum > 0, $"Sgd: Nesterov needs a momentum above 0, it is {momentum}.");
        (Momentum, WeightDecay, Nesterov) = (momentum, weightDecay, nesterov);
        _velocity = new Tensor?[Count];
    }

    /// <summary>μ.</summary>
    public double Momentum { get; }

    /// <summary>λ.</summary>
    public double WeightDecay { get; }

    /// <summary>Whether the step looks ahead along the velocity.</summary>
    public bool Nesterov { get; }

    /// <inheritdoc/>
    protected override IEnumerable<(string Slot, Tensor?[] Tensors)> Slots => [("velocity", _velocity)];

    /// <inheritdoc/>
    private protected override bool KeepsState => Momentum > 0;

    // One pass over memory.
    /// <inheritdoc/>
    protected override void Update(int index, int start, Span<float> p, ReadOnlySpan<float> g)
    {
        Span<float> v = Momentum > 0 ? Slot(_velocity, index, start, p.Length) : [];
        Span<Vector<float>> wideP = MemoryMarshal.Cast<float, Vector<float>>(p), wideV = MemoryMarshal.Cast<float, Vector<float>>(v);
        ReadOnlySpan<Vector<float>> wideG = MemoryMarshal.Cast<float, Vector<float>>(g);
        Rule rule = new(-(float)LearningRate, (float)Momentum, (float)WeightDecay, Nesterov);
        Vector<float> none = default;
        for (int i = 0; i < wideP.Length; i++) rule.Step(ref wideP[i], wideG[i], ref Momentum > 0 ? ref wideV[i] : ref none);
        if (wideP.Length * Vector<float>.Count is var done && done == p.Length) return;
        Vector<float> restP = Rest(p[done..]), restV = Momentum > 0 ? Rest(v[done..]) : default;
        rule.Step(ref restP, Rest(g[done..]), ref restV);
        Store(restP, p[done..]);
        if (Momentum > 0) Store(restV, v[done..]);
    }

    private readonly record struct Rule(float Rate, float Momentum, float Decay, bool Nesterov)
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Step(ref Vector<float> p, Vector<float> g, ref Vector<float> v)
        {
            Vector<float> d = Decay > 0 ? (p * Decay) + g : g;
            if (Momentum > 0)
            {
                v = (v * Momentum) + d;
                d = Nesterov ? (v * Momentum) + d : v;
            }
            p += d * Rate;
        }
    }

    private protected override Tensor? UpdatedByOps(int index, Tensor p, Tensor g)
    {
        Tensor d = WeightDecay > 0 ? (p * WeightDecay) + g : g;
        if (Momentum > 0)
        {
            Tensor v = _velocity[index] is { } last ? (last * Momentum) + d : d.Clone();
            _velocity[index] = v;
            d = Nesterov ? (v * Momentum) + d : v;
        }
        return (d * -LearningRate) + p;
    }

    // Weights and velocity are 16-bit codes: held as floats that are such numbers, or as codes, they map to themselves.
    private protected override bool UpdateIntegers(int index, Tensor p, Tensor g, IntegerArithmetic arithmetic)
    {
        OptimizerCodes codes = new(arithmetic);
        (Tensor w, int weightExponent) = codes.Of(p);
        (Tensor m, int velocityExponent) = codes.Of(_velocity[index] ?? Tensor.Zeros(p.Shape));
        (Tensor slope, int gradientExponent) = codes.Of(g);
        (Rounding rounding, RoundingDraw draw) = arithmetic.NextRounding();
        IntegerSgd.Step(
            w.Span<short>(), ref weightExponent, m.Span<short>(), ref velocityExponent, slope.Span<short>(), gradientExponent,
            Scale(LearningRate), Scale(Momentum), Scale(WeightDecay), Nesterov, codes.Bits, rounding, draw, Door.Mode);
        FixedPointMap.Dequantize(w.Span<short>(), weightExponent, p.Span<float>(), Door.Mode);
        _velocity[index] = new(new FixedPointTensor(m, velocityExponent, codes.Bits));
        GC.KeepAlive(w);
        GC.KeepAlive(slope);
        return true;

        static DyadicScale Scale(double x) => DyadicScale.Nearest(x, IntegerSgd.ScaleBits);
    }
}
