using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>x = (q − z)·s: the difference in integers, the product in the type of s.</summary>
/// <remarks>
/// Inputs q [*] (Int8, UInt8, Int16, UInt16, Int32), s [] or [C], z like s and of the type of q; output x [*] in the type of s. The semantics of
/// ONNX DequantizeLinear, opset 13; Int32 serves biases, with z = 0. It has no gradient, as q is an integer tensor.
/// </remarks>
/// <param name="Axis">The axis of q that has C scales; unused when s has one element. Negative counts from the end.</param>
public sealed record DequantizeLinear(int Axis = 1) : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        (TensorType q, TensorType scale, TensorType zeroPoint) = (inputs[0], inputs[1], inputs[2]);
        Ensure.Shape(
            q.Type is >= DType.Int8 and <= DType.Int32 && zeroPoint.Type == q.Type,
            $"{Name}: q is {q} and the zero point {zeroPoint}. Both must be of one integer type of 8, 16 or 32 bits.");
        Ensure.Shape(
            scale.Type is DType.Float32 or DType.Float64 or DType.Float16,
            $"{Name}: the scale is {scale}. Its type is that of the result: Float32, Float64 or Float16.");
        QuantizationShapes.Check(Name, q.Shape, scale.Shape, zeroPoint.Shape, Axis);
        return [new(scale.Type, q.Shape)];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new DequantizeStep(Axis);
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
