using System.Numerics;
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

    // One pass over memory; the rest of a part goes through the same operations one by one.
    /// <inheritdoc/>
    protected override void Update(int index, int start, Span<float> p, ReadOnlySpan<float> g)
    {
        Span<float> v = Momentum > 0 ? Slot(_velocity, index, start, p.Length) : [];
        (float rate, float momentum, float decay) = (-(float)LearningRate, (float)Momentum, (float)WeightDecay);
        Span<Vector<float>> wideP = MemoryMarshal.Cast<float, Vector<float>>(p), wideV = MemoryMarshal.Cast<float, Vector<float>>(v);
        ReadOnlySpan<Vector<float>> wideG = MemoryMarshal.Cast<float, Vector<float>>(g);
        for (int i = 0; i < wideP.Length; i++)
        {
            Vector<float> d = WeightDecay > 0 ? (wideP[i] * decay) + wideG[i] : wideG[i];
            if (Momentum > 0)
            {
                wideV[i] = (wideV[i] * momentum) + d;
                d = Nesterov ? (wideV[i] * momentum) + d : wideV[i];
            }
            wideP[i] += d * rate;
        }
        for (int i = wideP.Length * Vector<float>.Count; i < p.Length; i++)
        {
            float d = WeightDecay > 0 ? (p[i] * decay) + g[i] : g[i];
            if (Momentum > 0)
            {
                v[i] = (v[i] * momentum) + d;
                d = Nesterov ? (v[i] * momentum) + d : v[i];
            }
            p[i] += d * rate;
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
        RoundingDraw? draw = arithmetic.Draw();
        IntegerSgd.Step(
            w.Span<short>(), ref weightExponent, m.Span<short>(), ref velocityExponent, slope.Span<short>(), gradientExponent,
            Scale(LearningRate), Scale(Momentum), Scale(WeightDecay), Nesterov, codes.Bits, draw is null ? Rounding.HalfEven : Rounding.Stochastic, draw.GetValueOrDefault(), Door.Mode);
        FixedPointMap.Dequantize(w.Span<short>(), weightExponent, p.Span<float>(), Door.Mode);
        _velocity[index] = new(new FixedPointTensor(m, velocityExponent, codes.Bits));
        GC.KeepAlive(w);
        GC.KeepAlive(slope);
        return true;

        static DyadicScale Scale(double x) => DyadicScale.Nearest(x, IntegerSgd.ScaleBits);
    }
}
