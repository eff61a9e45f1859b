using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Ops;

/// <summary>y = Σₖ (a[.., m, k] − z_a)·(b[.., k, n] − z_b), int32 modulo 2³². Exact, with both factors known only when it runs.</summary>
/// <remarks>
/// ONNX MatMulInteger. Inputs a [.., M, K], b [.., K, N] of int8 or uint8, z_a [] or [M] in the type of a, z_b [] or [N] in that of b. Products of weights that are
/// known become integer steps by way of <see cref="DequantizeLinear"/>, <see cref="MatMul"/> and <see cref="QuantizeLinear"/>.
/// </remarks>
public sealed record MatMulInteger : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        (Shape a, Shape b) = (inputs[0].Shape, inputs[1].Shape);
        Shape y = IntegerSums.Like(new MatMul(), inputs);
        IntegerSums.CheckZero(Name, inputs[0], inputs[2], a.Rank > 1 ? a[-2] : 1);
        IntegerSums.CheckZero(Name, inputs[1], inputs[3], b.Rank > 1 ? b[-1] : 1);
        return [new(DType.Int32, y)];
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => Infer(inputs)[0].Shape.Product() * inputs[0].Shape[-1].Size;

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new IntMatMul();
}

/// <summary>y[n, m, i, j] = Σ (x − z_x)·(w − z_w[m]), int32 modulo 2³²: a convolution of codes, exact, whose padding is worth z_x.</summary>
/// <param name="Strides">One entry a spatial axis, here and below; empty means ones.</param>
/// <param name="Pads">All before, then all after; empty means none.</param>
/// <param name="Dilations">Steps between taps; empty means ones.</param>
/// <param name="Groups">Output channel m sees the channels of its group only.</param>
/// <remarks>ONNX ConvInteger. Inputs x [N, C, (H,) W], w [M, C/g, (kH,) kW] of int8 or uint8, z_x [] in the type of x, z_w [] or [M] in that of w.</remarks>
public sealed record ConvInteger(Dims Strides, Dims Pads, Dims Dilations, int Groups = 1) : Op
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape y = IntegerSums.Like(new Conv(Strides, Pads, Dilations, Groups), inputs);
        IntegerSums.CheckZero(Name, inputs[0], inputs[2], 1);
        IntegerSums.CheckZero(Name, inputs[1], inputs[3], inputs[1].Shape[0]);
        return [new(DType.Int32, y)];
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => Infer(inputs)[0].Shape.Product() * inputs[1].Shape.Product(1);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        new IntConvSums(SlidingWindows.Lift(SlidingWindows.Spatial(inputs[1].Shape).Span, Strides, Pads, Dilations), Groups);
}

/// <summary>What the sums of products of codes check.</summary>
internal static class IntegerSums
{
    /// <summary>The shape that <paramref name="op"/> gives for real factors of these shapes.</summary>
    public static Shape Like(Op op, ReadOnlySpan<TensorType> inputs)
    {
        foreach (TensorType input in inputs[..2])
            Ensure.Shape(input.Type is DType.Int8 or DType.UInt8, $"{op.Name}Integer: an input is {input}; int8 and uint8 are supported. Quantise it.");
        return op.Infer([new(DType.Float32, inputs[0].Shape), new(DType.Float32, inputs[1].Shape)])[0].Shape;
    }

    /// <summary>Checks that there is one zero point, or one for each channel.</summary>
    public static void CheckZero(string op, TensorType codes, TensorType zero, Dim channels)
    {
        bool fits = zero.Shape.Rank == 0 || (zero.Shape.Rank == 1 && (zero.Shape[0] == 1 || zero.Shape[0] == channels));
        Ensure.Shape(fits && zero.Type == codes.Type, $"{op}: the zero point of {codes} is {zero}; one of that type is needed, or {channels} of them.");
    }
}
