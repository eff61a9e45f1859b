using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Ops;

namespace Dyadic.Optim;

/// <summary>Adam: m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; p ← p − η·m̂/(√v̂ + ε), with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).</summary>
/// <remarks>
/// Kingma and Ba 2015, Algorithm 1. Weight decay λ is added to the gradient here; <see cref="AdamW"/> decouples it. In integer arithmetic p and g are codes of the optimiser's bits, and m and √v are
/// codes in blocks of 64 with an exponent each, about four bytes a parameter together (<see cref="IntegerAdam"/>).
/// </remarks>
public class Adam : Optimizer
{
    private const string CodesSlot = "moments";
    private readonly Tensor?[] _m, _v, _moments;      // of each parameter either m and v as floats, or both as codes

    /// <summary>An optimiser of the given parameters.</summary>
    /// <param name="parameters">Names and tensors, from <c>module.NamedParameters()</c>.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="beta1">Decay of the mean of gradients, in [0, 1).</param>
    /// <param name="beta2">Decay of the mean of squared gradients, in [0, 1).</param>
    /// <param name="epsilon">ε, added to the root.</param>
    /// <param name="weightDecay">λ.</param>
    public Adam(
        IEnumerable<(string Name, Tensor Tensor)> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0)
        : base(parameters, learningRate)
    {
        Ensure.Argument(beta1 is >= 0 and < 1 && beta2 is >= 0 and < 1, $"Adam: β₁ is {beta1} and β₂ is {beta2}, both must be in [0, 1).");
        Ensure.Argument(epsilon >= 0 && weightDecay >= 0, $"Adam: ε is {epsilon} and weight decay is {weightDecay}, neither may be negative.");
        (Beta1, Beta2, Epsilon, WeightDecay) = (beta1, beta2, epsilon, weightDecay);
        (_m, _v, _moments) = (new Tensor?[Count], new Tensor?[Count], new Tensor?[Count]);
    }

    /// <summary>β₁.</summary>
    public double Beta1 { get; }

    /// <summary>β₂.</summary>
    public double Beta2 { get; }

    /// <summary>ε.</summary>
    public double Epsilon { get; }

    /// <summary>λ.</summary>
    public double WeightDecay { get; }

    /// <inheritdoc/>
    protected override IEnumerable<(string Slot, Tensor?[] Tensors)> Slots => [("m", _m), ("v", _v), (CodesSlot, _moments)];

    private protected sealed override TensorType StateType(string slot, Tensor parameter) => slot == CodesSlot ? AdamMoments.TypeOf(parameter.Length) : base.StateType(slot, parameter);

    /// <summary>True when λ shrinks the parameters directly instead of adding to the gradient.</summary>
    private protected virtual bool DecouplesDecay => false;

    // One pass over memory.
    /// <inheritdoc/>
    protected override void Update(int index, int start, Span<float> p, ReadOnlySpan<float> g)
    {
        Span<float> m = Slot(_m, index, start, p.Length), v = Slot(_v, index, start, p.Length);
        Span<Vector<float>> wideP = MemoryMarshal.Cast<float, Vector<float>>(p), wideM = MemoryMarshal.Cast<float, Vector<float>>(m), wideV = MemoryMarshal.Cast<float, Vector<float>>(v);
        ReadOnlySpan<Vector<float>> wideG = MemoryMarshal.Cast<float, Vector<float>>(g);
        Rule rule = new(this);
        for (int i = 0; i < wideP.Length; i++) rule.Step(ref wideP[i], wideG[i], ref wideM[i], ref wideV[i]);
        if (wideP.Length * Vector<float>.Count is var done && done == p.Length) return;
        Vector<float> restP = Rest(p[done..]), restM = Rest(m[done..]), restV = Rest(v[done..]);
        rule.Step(ref restP, Rest(g[done..]), ref restM, ref restV);
        Store(restP, p[done..]);
        Store(restM, m[done..]);
        Store(restV, v[done..]);
    }

    private readonly struct Rule(Adam a)
    {
        private readonly float _shrink = a.DecouplesDecay ? (float)(1 - (a.LearningRate * a.WeightDecay)) : 1, _decay = a.DecouplesDecay ? 0 : (float)a.WeightDecay;
        private readonly float _keepM = (float)a.Beta1, _takeM = (float)(1 - a.Beta1), _keepV = (float)a.Beta2, _takeV = (float)(1 - a.Beta2), _epsilon = (float)a.Epsilon;
        private readonly float _root = (float)(1 / Math.Sqrt(1 - Math.Pow(a.Beta2, a.Steps))), _rate = -(float)(a.LearningRate / (1 - Math.Pow(a.Beta1, a.Steps)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Step(ref Vector<float> p, Vector<float> g, ref Vector<float> m, ref Vector<float> v)
        {
            Vector<float> w = p * _shrink, d = (w * _decay) + g;
            m = (d * _takeM) + (m * _keepM);
            v = (d * d * _takeV) + (v * _keepV);
            p = (m / ((Vector.SquareRoot(v) * _root) + new Vector<float>(_epsilon)) * _rate) + w;
        }
    }

    private protected override Tensor? UpdatedByOps(int index, Tensor p, Tensor g)
    {
        ToFloats(index);
        if (WeightDecay > 0 && DecouplesDecay) p *= 1 - (LearningRate * WeightDecay);
        Tensor d = WeightDecay > 0 && !DecouplesDecay ? (p * WeightDecay) + g : g;
        Tensor m = (d * (1 - Beta1)) + (Last(_m) * Beta1), v = (d * d * (1 - Beta2)) + (Last(_v) * Beta2);
        (_m[index], _v[index]) = (m, v);
        Tensor root = (v.Sqrt() * (1 / Math.Sqrt(1 - Math.Pow(Beta2, Steps)))) + Epsilon;
        return (m / root * -(LearningRate / (1 - Math.Pow(Beta1, Steps)))) + p;

        Tensor Last(Tensor?[] moments) => moments[index] ?? Tensor.Zeros(p.Shape);
    }

    // Weights are 16-bit codes, as those of Sgd are; m and the root of v are codes in blocks of 64 with an exponent each.
    private protected override bool UpdateIntegers(int index, Tensor p, Tensor g, IntegerArithmetic arithmetic)
    {
        OptimizerCodes codes = new(arithmetic);
        (Tensor w, int weightExponent) = codes.Of(p);
        (Tensor slope, int gradientExponent) = codes.Of(g);
        (Rounding rounding, RoundingDraw u) = arithmetic.NextRounding();
        AdamMoments state = new(_moments[index] ??= AdamMoments.Of(_m[index], _v[index], p.Length, codes.Bits, rounding, u, Door.Mode), p.Length);
        (_m[index], _v[index]) = (null, null);
        AdamScales scales = AdamScales.Of(LearningRate, Beta1, Beta2, Epsilon, WeightDecay, DecouplesDecay, Steps);
        IntegerAdam.Step(
            w.Span<short>(), ref weightExponent, state.M, state.MExponents, state.R, state.RExponents, slope.Span<short>(), gradientExponent, in scales, codes.Bits, rounding, u, Door.Mode);
        FixedPointMap.Dequantize(w.Span<short>(), weightExponent, p.Span<float>(), Door.Mode);
        GC.KeepAlive(w);
        GC.KeepAlive(slope);
        return true;
    }

    private protected sealed override void Prepare(int index)
    {
        ToFloats(index);
        (_m[index], _v[index]) = (Floats(_m[index], index), Floats(_v[index], index));
    }

    // What integer steps left as codes becomes floats.
    private void ToFloats(int index)
    {
        if (_moments[index] is not { } codes) return;
        (_m[index], _v[index]) = new AdamMoments(codes, ShapeOf(index).Length).ToFloats(ShapeOf(index), Door.Mode);
        _moments[index] = null;
    }
}

/// <summary>Adam with decoupled weight decay: p ← (1 − ηλ)p before each step.</summary>
/// <remarks>Loshchilov and Hutter 2019, Algorithm 2.</remarks>
public sealed class AdamW(
    IEnumerable<(string Name, Tensor Tensor)> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 1e-2)
    : Adam(parameters, learningRate, beta1, beta2, epsilon, weightDecay)
{
    private protected override bool DecouplesDecay => true;
}
