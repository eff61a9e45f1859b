using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = (q − z)·s, the value that the codes q of x stand for, whose gradient goes to x and to s as if rounding were the identity.</summary>
/// <remarks>
/// <para>
/// Inputs q [*] (integers), s [] or [C], z like s and of the type of q, x [*], and where the offset is trained β of the type and shape of s; y [*]. The codes come
/// from whoever computes them: from <see cref="QuantizeLinear"/>, or from the integer step that a plan runs.
/// </para>
/// <para>
/// Straight through: dx = dy where Low ≤ x/s + z ≤ High, else 0. Step size: ds = Σ dy·(q − z − x/s) inside and Σ dy·(q − z) outside, which is (Σ dy·y − Σ dx·x)/s.
/// With β, of which z = ⌊−β/s⌉ is made, y = q·s + β: outside ds takes q, and dβ = Σ dy over what lies outside.
/// Bengio et al. 2013, arXiv 1308.3432; Esser et al. 2020 (LSQ), eq. (3); Bhalgat et al. 2020 (LSQ+), §3.
/// </para>
/// </remarks>
/// <param name="Low">The least code.</param>
/// <param name="High">The greatest code.</param>
/// <param name="Axis">The axis of x that has C scales; unused when s has one element.</param>
public sealed record FakeQuantize(int Low, int High, int Axis = 1) : Op
{
    /// <inheritdoc/>
    public override bool HasSurrogateGradient => true;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Shape(inputs.Length is 4 or 5, $"{Name}: {inputs.Length} inputs; codes, scale, zero point, values and perhaps an offset are needed.");
        TensorType[] result = new DequantizeLinear(Axis).Infer(inputs[..3]);
        Ensure.Shape(inputs[3] == result[0], $"{Name}: the codes {inputs[0]} stand for {result[0]}, the values are {inputs[3]}.");
        Ensure.Shape(inputs.Length == 4 || inputs[4] == inputs[1], $"{Name}: the scale is {inputs[1]} and the offset {inputs[^1]}. They must be of one type and shape.");
        return result;
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new DequantizeStep(Axis);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        (Tensor x, Tensor s, Tensor dy) = (context.Inputs[3], context.Inputs[1], context.Dy);
        Tensor z = context.Inputs[2].Cast(s.Type), dx = s.Length == 1 ? Clipped(x, s, z, dy) : ClippedByChannel(x, s, z, dy);
        bool offset = context.Inputs.Count == 5;
        Tensor? outside = offset && (context.Needs(1) || context.Needs(4)) ? Total(dy - dx, s) : null, ds = null;
        if (context.Needs(1))
        {
            ds = Total((dy * context.Outputs[0]) - (dx * x), s) / s;
            if (outside is not null) ds += z * outside;
        }
        return offset ? [null, ds, null, dx, outside] : [null, ds, null, dx];
    }

    private Tensor Clipped(Tensor x, Tensor s, Tensor z, Tensor dy)
    {
        double step = s.Cast(DType.Float64).Item<double>(), zero = z.Cast(DType.Float64).Item<double>();
        return x.Apply(new ClipGradient((Low - zero) * step, (High - zero) * step), dy);
    }

    private Tensor ClippedByChannel(Tensor x, Tensor s, Tensor z, Tensor dy)
    {
        Shape channels = Contractions.ChannelShape(x.Shape, x.Shape.Axis(Axis, Name));
        Tensor low = ((Low - z) * s).Reshape(channels), high = ((High - z) * s).Reshape(channels);
        return x.Less(low).Or(high.Less(x)).Where(Tensor.Scalar(0, x.Type), dy);
    }

    // Summed to one value for each scale.
    private Tensor Total(Tensor t, Tensor s) => s.Length == 1 ? t.ReduceSum().Reshape(s.Shape) : t.SumTo(Contractions.ChannelShape(t.Shape, t.Shape.Axis(Axis, Name))).Reshape(s.Shape);
}

/// <summary>Quantisation as training sees it.</summary>
public static class FakeQuantizeExtensions
{
    extension(Tensor x)
    {
        /// <summary>The values after quantising and dequantising, with a gradient straight through the rounding: to x, and to <paramref name="scale"/> and <paramref name="offset"/>.</summary>
        /// <param name="scale">s: one element, or one for each index of <paramref name="axis"/>.</param>
        /// <param name="zeroPoint">z, of the integer type.</param>
        /// <param name="low">The least code; null for that of the type.</param>
        /// <param name="high">The greatest code; null for that of the type.</param>
        /// <param name="axis">The axis of several scales.</param>
        /// <param name="offset">β of which z was made, where it is trained.</param>
        public Tensor FakeQuantize(Tensor scale, Tensor zeroPoint, int? low = null, int? high = null, int axis = 1, Tensor? offset = null)
        {
            IntFormat full = IntFormat.Full(zeroPoint.Type);
            (int lo, int hi) = (low ?? full.Lo, high ?? full.Hi);
            Tensor codes = x.Detach().QuantizeLinear(scale.Detach(), zeroPoint, lo, hi, axis);
            FakeQuantize op = new(lo, hi, axis);
            return offset is null ? codes.Apply(op, scale, zeroPoint, x) : codes.Apply(op, scale, zeroPoint, x, offset);
        }
    }
}
