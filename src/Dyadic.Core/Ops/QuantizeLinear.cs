using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>q = saturate(⌊x/s⌉ + z): rounds ties to even, then adds z; the quotient is taken in the type of x.</summary>
/// <remarks>
/// Inputs x [*], s [] or [C] or one for each block, z like s; output q [*] in the type of z (integers of 4 to 16 bits, 8-bit floats, which round x/s + z once).
/// The semantics of ONNX QuantizeLinear, opset 21; NaN gives z. It has no gradient: the tape carries gradients on floating-point tensors only, and q is an integer tensor.
/// </remarks>
/// <param name="Axis">The axis of x that has C scales, or blocks; unused when s has one element. Negative counts from the end.</param>
/// <param name="Block">Elements along the axis that share a scale, the last block being shorter perhaps: s [… ⌈n/Block⌉ …]; 0 for one scale an index.</param>
/// <param name="Saturate">Whether what is too large for a float of 8 bits becomes its largest value; else infinity, or NaN where there is none.</param>
public sealed record QuantizeLinear(int Axis = 1, int Block = 0, bool Saturate = true) : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        (TensorType x, TensorType scale, TensorType zeroPoint) = (inputs[0], inputs[1], inputs[2]);
        Ensure.Shape(
            x.Type is DType.Float32 or DType.Float64 or DType.Float16 && scale.Type == x.Type,
            $"{Name}: x is {x} and the scale {scale}. Both must be of one floating-point type; cast one of them.");
        Ensure.Shape(
            zeroPoint.Type is DType.Int8 or DType.UInt8 or DType.Int16 or DType.UInt16 || zeroPoint.Type.IsStored(),
            $"{Name}: the zero point is {zeroPoint}. Its type is that of the result: an integer of 4, 8 or 16 bits, or a float of 8.");
        QuantizationShapes.Check(Name, x.Shape, scale.Shape, zeroPoint.Shape, Axis, Block);
        return [new(zeroPoint.Type, x.Shape)];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        Block > 0 || inputs[2].Type.IsStored() ? new StoredQuantizeStep(Axis, Block, Saturate) : new QuantizeStep(Axis);
}

/// <summary>Quantisation of tensors.</summary>
public static class QuantizeLinearExtensions
{
    extension(Tensor x)
    {
        /// <summary>q = saturate(⌊x/s⌉ + z), in the type of <paramref name="zeroPoint"/>.</summary>
        /// <param name="scale">s: one element, or one for each index of <paramref name="axis"/>.</param>
        /// <param name="zeroPoint">z: as many as scales.</param>
        /// <param name="axis">The axis of several scales.</param>
        public Tensor QuantizeLinear(Tensor scale, Tensor zeroPoint, int axis = 1) => x.Apply(new QuantizeLinear(axis), scale, zeroPoint);

        /// <summary>q = clamp(⌊x/s⌉ + z, <paramref name="low"/>, <paramref name="high"/>), in the type of <paramref name="zeroPoint"/>.</summary>
        /// <param name="scale">s: one element, or one for each index of <paramref name="axis"/>.</param>
        /// <param name="zeroPoint">z: as many as scales.</param>
        /// <param name="low">The least code; that of the type, or more.</param>
        /// <param name="high">The greatest code; that of the type, or less.</param>
        /// <param name="axis">The axis of several scales.</param>
        public Tensor QuantizeLinear(Tensor scale, Tensor zeroPoint, int low, int high, int axis = 1)
        {
            IntFormat full = IntFormat.Full(zeroPoint.Type);
            if (low <= full.Lo && high >= full.Hi) return x.QuantizeLinear(scale, zeroPoint, axis);
            Tensor z = zeroPoint.Cast(scale.Type);                                    // (low − z)·s is divided by s again: that rounds to low − z
            Shape shape = scale.Length == 1 ? Shape.Scalar : Contractions.ChannelShape(x.Shape, x.Shape.Axis(axis, nameof(QuantizeLinear)));
            Tensor bounded = x.Max(((low - z) * scale).Reshape(shape)).Min(((high - z) * scale).Reshape(shape));
            return bounded.QuantizeLinear(scale, zeroPoint, axis);
        }

        /// <summary>q = saturate(⌊x/s⌉ + z), in the storage type of <paramref name="parameters"/>.</summary>
        /// <exception cref="PrecisionException">The parameters do not use every code of their storage type.</exception>
        public Tensor QuantizeLinear(QuantParams parameters) =>
            x.QuantizeLinear(parameters.ScaleTensor(), parameters.ZeroPointTensor(), parameters.Axis ?? 1);
    }
}
