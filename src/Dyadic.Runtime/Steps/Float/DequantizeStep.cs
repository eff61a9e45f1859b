using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>x = (q − z)·s, the difference in integers, the product in the type of s. Inputs q [*], s [] or [C], z like s; x [*] in the type of s.</summary>
/// <param name="axis">The axis of q that the C scales belong to; unused when s has one element.</param>
public sealed class DequantizeStep(int axis) : Step
{
    /// <inheritdoc/>
    public override string Kernel => "dequantize";

    internal override Step InChannelsLast(int rank) => new DequantizeStep(ChannelsLast.Axis(axis < 0 ? axis + rank : axis, rank));

    /// <inheritdoc/>
    public override unsafe void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        if (inputs is [{ Type: DType.Int8 or DType.UInt8 }, { Type: DType.Float32, Length: 1 }, _])
        {
            IntFormat from = IntFormat.Full(inputs[0].Type, inputs[0].Type == DType.Int8 ? *(sbyte*)inputs[2].Data : *inputs[2].Data);
            FloatCodes.Dequantize(inputs[0].Data, (float*)outputs[0].Data, outputs[0].Length, *(float*)inputs[1].Data, from, in mode);
            return;
        }
        switch (inputs[0].Type)
        {
            case DType.Int8: Run<sbyte>(inputs, outputs[0]); break;
            case DType.UInt8: Run<byte>(inputs, outputs[0]); break;
            case DType.Int16: Run<short>(inputs, outputs[0]); break;
            case DType.UInt16: Run<ushort>(inputs, outputs[0]); break;
            case DType.Int32: Run<int>(inputs, outputs[0]); break;
            default: throw new PlanException($"{Kernel}: the input cannot be {inputs[0].Type}. Use an integer of 8, 16 or 32 bits.");
        }
    }

    private void Run<TInt>(ReadOnlySpan<TensorView> inputs, in TensorView x) where TInt : unmanaged, IBinaryInteger<TInt>
    {
        switch (x.Type)
        {
            case DType.Float32: Run<TInt, float>(inputs, x); break;
            case DType.Float64: Run<TInt, double>(inputs, x); break;
            case DType.Float16: Run<TInt, Half>(inputs, x); break;
            default: throw new PlanException($"{Kernel}: the scale cannot be {x.Type}. Cast it to float32.");
        }
    }

    private void Run<TInt, T>(ReadOnlySpan<TensorView> inputs, in TensorView output)
        where TInt : unmanaged, IBinaryInteger<TInt> where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<TInt> q = inputs[0].Span<TInt>(), zeroPoints = inputs[2].Span<TInt>();
        ReadOnlySpan<T> scales = inputs[1].Span<T>();
        Span<T> x = output.Span<T>();
        ChannelLayout layout = ChannelLayout.Of(inputs[0].Dims, axis, scales.Length);
        for (int start = 0, end, channel = 0; start < q.Length; start = end, channel = layout.Next(channel))
        {
            end = layout.End(start, q.Length);
            Line(q[start..end], long.CreateTruncating(zeroPoints[channel]), scales[channel], x[start..end]);
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
