using System.Numerics;
using System.Runtime.InteropServices;
using Dyadic.Kernels;
using Dyadic.Kernels.Managed;
using Dyadic.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>
/// q = saturate(⌊x/s⌉ + z), ties to even, the quotient in the type of x; NaN gives z. Inputs x [*], s [] or [C], z like s; q [*] in the type of z.
/// </summary>
/// <param name="axis">The axis of x that the C scales belong to; unused when s has one element.</param>
public sealed class QuantizeStep(int axis) : Step
{
    private const int Block = 256;

    internal int Axis => axis;

    /// <inheritdoc/>
    public override string Kernel => "quantize";

    internal override Step InChannelsLast(int rank) => new QuantizeStep(ChannelsLast.Axis(axis < 0 ? axis + rank : axis, rank));

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        switch (outputs[0].Type)
        {
            case DType.Int8: Run<sbyte>(inputs, outputs[0], in mode); break;
            case DType.UInt8: Run<byte>(inputs, outputs[0], in mode); break;
            case DType.Int16: Run<short>(inputs, outputs[0], in mode); break;
            case DType.UInt16: Run<ushort>(inputs, outputs[0], in mode); break;
            default: throw new PlanException($"{Kernel}: the result cannot be {outputs[0].Type}. Use an integer of 8 or 16 bits.");
        }
    }

    private void Run<TInt>(ReadOnlySpan<TensorView> inputs, in TensorView q, in ExecutionMode mode) where TInt : unmanaged, IBinaryInteger<TInt>, IMinMaxValue<TInt>
    {
        switch (inputs[0].Type)
        {
            case DType.Float32: Run<float, TInt>(inputs, q, in mode); break;
            case DType.Float64: Run<double, TInt>(inputs, q, in mode); break;
            case DType.Float16: Run<Half, TInt>(inputs, q, in mode); break;
            default: throw new PlanException($"{Kernel}: the input cannot be {inputs[0].Type}. Cast it to float32.");
        }
    }

    private unsafe void Run<T, TInt>(ReadOnlySpan<TensorView> inputs, in TensorView output, in ExecutionMode mode)
        where T : unmanaged, IFloatingPointIeee754<T> where TInt : unmanaged, IBinaryInteger<TInt>, IMinMaxValue<TInt>
    {
        ReadOnlySpan<T> x = inputs[0].Span<T>(), scales = inputs[1].Span<T>();
        ReadOnlySpan<TInt> zeroPoints = inputs[2].Span<TInt>();
        Span<TInt> q = output.Span<TInt>();
        ChannelLayout layout = ChannelLayout.Of(inputs[0].Dims, axis, scales.Length);
        for (int start = 0, end, channel = 0; start < x.Length; start = end, channel = layout.Next(channel))
        {
            end = layout.End(start, x.Length);
            if (typeof(T) == typeof(float) && sizeof(TInt) == 1)
            {
                IntFormat to = IntFormat.Full(output.Type, int.CreateTruncating(zeroPoints[channel]));
                FloatCodes.Quantize((float*)inputs[0].Data + start, output.Data + start, end - start, (float)(object)scales[channel], to, in mode);
            }
            else if (typeof(T) == typeof(float)) Line(MemoryMarshal.Cast<T, float>(x[start..end]), (float)(object)scales[channel], zeroPoints[channel], q[start..end]);
            else Line(x[start..end], scales[channel], zeroPoints[channel], q[start..end]);
        }
    }

    private static void Line<T, TInt>(ReadOnlySpan<T> x, T scale, TInt zeroPoint, Span<TInt> q)
        where T : unmanaged, IFloatingPointIeee754<T> where TInt : unmanaged, IBinaryInteger<TInt>, IMinMaxValue<TInt>
    {
        int z = int.CreateTruncating(zeroPoint);
        for (int i = 0; i < x.Length; i++)
        {
            double quotient = double.CreateTruncating(T.Round(x[i] / scale, MidpointRounding.ToEven));
            q[i] = double.IsNaN(quotient) ? zeroPoint : TInt.CreateSaturating(quotient + z);
        }
    }

    // The same in vectors: ⌊x/s⌉ is clamped to [min − z, max − z], where float32 is exact, and z is added in integers.
    private static void Line<TInt>(ReadOnlySpan<float> x, float scale, TInt zeroPoint, Span<TInt> q)
        where TInt : unmanaged, IBinaryInteger<TInt>, IMinMaxValue<TInt>
    {
        int z = int.CreateTruncating(zeroPoint);
        Vector<float> s = new(scale), low = new(int.CreateTruncating(TInt.MinValue) - z), high = new(int.CreateTruncating(TInt.MaxValue) - z);
        Span<int> block = stackalloc int[Block];
        for (int start = 0; start < x.Length; start += Block)
        {
            int n = Math.Min(Block, x.Length - start), i = 0;
            for (; i <= n - Vector<float>.Count; i += Vector<float>.Count)
            {
                Vector<float> y = Vector.Round(new Vector<float>(x.Slice(start + i, Vector<float>.Count)) / s);
                y = Vector.ConditionalSelect(Vector.Equals(y, y), Vector.Min(Vector.Max(y, low), high), Vector<float>.Zero);
                (Vector.ConvertToInt32(y) + new Vector<int>(z)).CopyTo(block[i..]);
            }
            for (; i < n; i++)
            {
                float y = MathF.Round(x[start + i] / scale, MidpointRounding.ToEven);
                block[i] = float.IsNaN(y) ? z : (int)Math.Clamp(y, low[0], high[0]) + z;
            }
            Primitives.ConvertTruncating<int, TInt>(block[..n], q.Slice(start, n));
        }
    }
}
