using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>x = (q − z)·s: the difference in integers, the product in the type of s.</summary>
/// <remarks>
/// Inputs q [*] (integers of 4 to 32 bits, 8-bit floats), s [] or [C] or one for each block, z like s and of the type of q; output x [*] in the type of s. The
/// semantics of ONNX DequantizeLinear, opset 21; Int32 serves biases, with z = 0. It has no gradient, as q is an integer tensor.
/// </remarks>
/// <param name="Axis">The axis of q that has C scales, or blocks; unused when s has one element. Negative counts from the end.</param>
/// <param name="Block">Elements along the axis that share a scale, the last block being shorter perhaps: s [… ⌈n/Block⌉ …]; 0 for one scale an index.</param>
public sealed record DequantizeLinear(int Axis = 1, int Block = 0) : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        (TensorType q, TensorType scale, TensorType zeroPoint) = (inputs[0], inputs[1], inputs[2]);
        Ensure.Shape(
            (q.Type is DType.Int8 or DType.UInt8 or DType.Int16 or DType.UInt16 or DType.Int32 || q.Type.IsStored()) && zeroPoint.Type == q.Type,
            $"{Name}: q is {q} and the zero point {zeroPoint}. Both must be of one type: an integer of 4, 8 or 16 bits, Int32, or a float of 8 bits.");
        Ensure.Shape(
            scale.Type is DType.Float32 or DType.Float64 or DType.Float16,
            $"{Name}: the scale is {scale}. Its type is that of the result: Float32, Float64 or Float16.");
        QuantizationShapes.Check(Name, q.Shape, scale.Shape, zeroPoint.Shape, Axis, Block);
        return [new(scale.Type, q.Shape)];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        Block > 0 || inputs[0].Type.IsStored() ? new StoredDequantizeStep(Axis, Block) : new DequantizeStep(Axis);
}

/// <summary>Dequantisation of tensors.</summary>
public static class DequantizeLinearExtensions
{
    extension(Tensor q)
    {
        /// <summary>x = (q − z)·s, in the type of <paramref name="scale"/>.</summary>
        /// <param name="scale">s: one element, or one for each index of <paramref name="axis"/>.</param>
        /// <param name="zeroPoint">z: as many as scales, of the type of q.</param>
        /// <param name="axis">The axis of several scales.</param>
        public Tensor DequantizeLinear(Tensor scale, Tensor zeroPoint, int axis = 1) => q.Apply(new DequantizeLinear(axis), scale, zeroPoint);

        /// <summary>x = (q − z)·s in float32; q has the storage type of <paramref name="parameters"/>.</summary>
        public Tensor DequantizeLinear(QuantParams parameters) =>
            q.DequantizeLinear(parameters.ScaleTensor(), parameters.ZeroPointTensor(), parameters.Axis ?? 1);
    }
}
