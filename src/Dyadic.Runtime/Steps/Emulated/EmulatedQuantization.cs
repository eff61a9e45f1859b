using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>Steps of one floating-point operation among exact ones: the exact part runs as it is, with a scale of 1.</summary>
internal static unsafe class EmulatedQuantization
{
    // x/s in the arithmetic; rounding to integers, the zero point and saturation are exact.
    public static void Quantize(in EmulatedCall call, QuantizeStep step, ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        TensorView x = inputs[0], scale = inputs[1];
        using ScratchBuffer<byte> quotients = Scratch.Rent<byte>((nint)x.Length * x.Type.Size()), ones = Ones(scale.Type, scale.Length);
        call.Run(new BinaryLoop(BinaryFunction.Divide, 0, Layout(x.Dims, step.Axis, scale), x.Length, x.Data, scale.Data, quotients.Pointer));
        step.Run([new(x.Type, x.Dims, quotients.Pointer), new(scale.Type, scale.Dims, ones.Pointer), inputs[2]], outputs, call.Mode);
    }

    // (q − z)·s: the difference is exact, the product is not.
    public static void Dequantize(in EmulatedCall call, DequantizeStep step, ReadOnlySpan<TensorView> inputs, in TensorView x)
    {
        TensorView scale = inputs[1];
        using ScratchBuffer<byte> ones = Ones(scale.Type, scale.Length);
        step.Run([inputs[0], new(scale.Type, scale.Dims, ones.Pointer), inputs[2]], [x], call.Mode);
        call.Run(new BinaryLoop(BinaryFunction.Multiply, 0, Layout(x.Dims, step.Axis, scale), x.Length, x.Data, scale.Data, x.Data));
    }

    /// <inheritdoc cref="Quantize(in EmulatedCall, QuantizeStep, ReadOnlySpan{TensorView}, ReadOnlySpan{TensorView})"/>
    public static void Quantize(in EmulatedCall call, StoredQuantizeStep step, ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        TensorView x = inputs[0], scale = inputs[1];
        using ScratchBuffer<byte> quotients = Scratch.Rent<byte>((nint)x.Length * x.Type.Size()), ones = Ones(scale.Type, scale.Length), each = Each(scale, x.Length, step.ScalesOver(x.Dims, scale.Length));
        call.Run(new BinaryLoop(BinaryFunction.Divide, 0, BroadcastLayout.Of(x.Dims, x.Dims, x.Dims), x.Length, x.Data, each.Pointer, quotients.Pointer));
        step.Run([new(x.Type, x.Dims, quotients.Pointer), new(scale.Type, scale.Dims, ones.Pointer), inputs[2]], outputs, call.Mode);
    }

    /// <inheritdoc cref="Dequantize(in EmulatedCall, DequantizeStep, ReadOnlySpan{TensorView}, in TensorView)"/>
    public static void Dequantize(in EmulatedCall call, StoredDequantizeStep step, ReadOnlySpan<TensorView> inputs, in TensorView x)
    {
        TensorView scale = inputs[1];
        using ScratchBuffer<byte> ones = Ones(scale.Type, scale.Length), each = Each(scale, x.Length, step.ScalesOver(x.Dims, scale.Length));
        step.Run([inputs[0], new(scale.Type, scale.Dims, ones.Pointer), inputs[2]], [x], call.Mode);
        call.Run(new BinaryLoop(BinaryFunction.Multiply, 0, BroadcastLayout.Of(x.Dims, x.Dims, x.Dims), x.Length, x.Data, each.Pointer, x.Data));
    }

    // What the step makes of ones is the factor 1/(1 − p), or 0.
    public static void Dropout(in EmulatedCall call, DropoutStep step, in TensorView x, in TensorView y)
    {
        using ScratchBuffer<byte> ones = Ones(x.Type, x.Length);
        step.Run([new(x.Type, x.Dims, ones.Pointer)], [y], call.Mode);
        call.Run(new DropoutLoop(y.Length, x.Data, y.Data));
    }

    private static ScratchBuffer<byte> Ones(DType type, int length)
    {
        ScratchBuffer<byte> ones = Scratch.Rent<byte>((nint)length * type.Size());
        if (type == DType.Float32) new Span<float>(ones.Pointer, length).Fill(1);
        else new Span<double>(ones.Pointer, length).Fill(1);
        return ones;
    }

    // The scale of each element.
    private static ScratchBuffer<byte> Each(in TensorView scale, int length, ScaleLayout layout)
    {
        ScratchBuffer<byte> each = Scratch.Rent<byte>((nint)length * scale.Type.Size());
        for (int i = 0; i < length; i++)
        {
            if (scale.Type == DType.Float32) ((float*)each.Pointer)[i] = ((float*)scale.Data)[layout.Of(i)];
            else ((double*)each.Pointer)[i] = ((double*)scale.Data)[layout.Of(i)];
        }
        return each;
    }

    // One scale, or one for each index of the axis.
    private static BroadcastLayout Layout(int[] dims, int axis, in TensorView scale)
    {
        int[] lined = [1];
        if (scale.Length > 1)
        {
            lined = new int[dims.Length - (axis < 0 ? axis + dims.Length : axis)];
            Array.Fill(lined, 1);
            lined[0] = scale.Length;
        }
        return BroadcastLayout.Of(dims, dims, lined);
    }
}
