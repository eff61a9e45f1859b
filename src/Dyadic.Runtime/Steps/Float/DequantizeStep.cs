using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>x = (q − z)·s, the difference in integers, the product in the type of s. Inputs q [*], s [] or [C], z like s; x [*] in the type of s.</summary>
/// <param name="axis">The axis of q that the C scales belong to; unused when s has one element.</param>
public sealed class DequantizeStep(int axis) : Step
{
    internal int Axis => axis;

    /// <inheritdoc/>
    public override string Kernel => "dequantize";

    internal override Step InChannelsLast(int rank) => new DequantizeStep(ChannelsLast.Axis(axis < 0 ? axis + rank : axis, rank));

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        switch (inputs[0].Type)
        {
            case DType.Int8: Run<sbyte>(inputs, outputs[0], in mode); break;
            case DType.UInt8: Run<byte>(inputs, outputs[0], in mode); break;
            case DType.Int16: Run<short>(inputs, outputs[0], in mode); break;
            case DType.UInt16: Run<ushort>(inputs, outputs[0], in mode); break;
            case DType.Int32: Run<int>(inputs, outputs[0], in mode); break;
            default: throw new PlanException($"{Kernel}: the input cannot be {inputs[0].Type}. Use an integer of 8, 16 or 32 bits.");
        }
    }

    private void Run<TInt>(ReadOnlySpan<TensorView> inputs, in TensorView x, in ExecutionMode mode) where TInt : unmanaged, IBinaryInteger<TInt>
    {
        switch (x.Type)
        {
            case DType.Float32: Run<TInt, float>(inputs, x, in mode); break;
            case DType.Float64: Run<TInt, double>(inputs, x, in mode); break;
            case DType.Float16: Run<TInt, Half>(inputs, x, in mode); break;
            default: throw new PlanException($"{Kernel}: the scale cannot be {x.Type}. Cast it to float32.");
        }
    }

    private unsafe void Run<TInt, T>(ReadOnlySpan<TensorView> inputs, in TensorView output, in ExecutionMode mode)
        where TInt : unmanaged, IBinaryInteger<TInt> where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<TInt> q = inputs[0].Span<TInt>(), zeroPoints = inputs[2].Span<TInt>();
        ReadOnlySpan<T> scales = inputs[1].Span<T>();
        Span<T> x = output.Span<T>();
        ChannelLayout layout = ChannelLayout.Of(inputs[0].Dims, axis, scales.Length);
        for (int start = 0, end, channel = 0; start < q.Length; start = end, channel = layout.Next(channel))
        {
            end = layout.End(start, q.Length);
            if (typeof(T) == typeof(float) && sizeof(TInt) == 1)
            {
                IntFormat from = IntFormat.Full(inputs[0].Type, int.CreateTruncating(zeroPoints[channel]));
                FloatCodes.Dequantize(inputs[0].Data + start, (float*)output.Data + start, end - start, (float)(object)scales[channel], from, in mode);
            }
            else Line(q[start..end], long.CreateTruncating(zeroPoints[channel]), scales[channel], x[start..end]);
        }
    }

    private static void Line<TInt, T>(ReadOnlySpan<TInt> q, long zeroPoint, T scale, Span<T> x)
        where TInt : unmanaged, IBinaryInteger<TInt> where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(TInt) == typeof(int))      // the difference of two int32 needs 33 bits
        {
            for (int i = 0; i < q.Length; i++) x[i] = T.CreateTruncating(long.CreateTruncating(q[i]) - zeroPoint) * scale;
            return;
        }
        int z = (int)zeroPoint;
        for (int i = 0; i < q.Length; i++) x[i] = T.CreateTruncating(int.CreateTruncating(q[i]) - z) * scale;
    }
}
