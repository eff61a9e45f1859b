using System.Buffers;
using Dyadic.Arithmetics;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Ops;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

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

    /// <inheritdoc/>
    protected override void Update(int index, Span<float> p, ReadOnlySpan<float> g)
    {
        ToFloats(index);
        float[] rented = ArrayPool<float>.Shared.Rent(p.Length);
        Span<float> d = rented.AsSpan(0, p.Length), m = Slot(_m, index), v = Slot(_v, index);
        if (WeightDecay > 0 && DecouplesDecay) Primitives.Multiply(p, (float)(1 - (LearningRate * WeightDecay)), p);
        if (WeightDecay > 0 && !DecouplesDecay) Primitives.MultiplyAdd(p, (float)WeightDecay, g, d);
        else g.CopyTo(d);

        Primitives.Multiply(m, (float)Beta1, m);
        Primitives.MultiplyAdd(d, (float)(1 - Beta1), m, m);
        Primitives.Multiply(d, d, d);
        Primitives.Multiply(v, (float)Beta2, v);
        Primitives.MultiplyAdd(d, (float)(1 - Beta2), v, v);

        Primitives.Sqrt(v, d);
        Primitives.Multiply(d, (float)(1 / Math.Sqrt(1 - Math.Pow(Beta2, Steps))), d);
        Primitives.Add(d, (float)Epsilon, d);
        Primitives.Divide(m, d, d);
        Primitives.MultiplyAdd(d, -(float)(LearningRate / (1 - Math.Pow(Beta1, Steps))), p, p);
        ArrayPool<float>.Shared.Return(rented);
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
        RoundingDraw? draw = arithmetic.Draw();
        (Rounding rounding, RoundingDraw u) = (draw is null ? Rounding.HalfEven : Rounding.Stochastic, draw.GetValueOrDefault());
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
