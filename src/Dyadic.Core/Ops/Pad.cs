using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>y[i] = x[i − before] inside x; outside <paramref name="Value"/>, the mirrored or the nearest element.</summary>
/// <param name="Pads">Elements added in front of each axis, then those behind each axis (ONNX); negative ones cut.</param>
/// <param name="Mode">What is outside.</param>
/// <param name="Value">The constant, converted to the element type.</param>
public sealed record Pad(Dims Pads, PadMode Mode = PadMode.Constant, double Value = 0) : Op, IIntegerOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape x = inputs[0].Shape, y = x;
        Ensure.Shape(Pads.Count == 2 * x.Rank, $"Pad: {Pads} has {Pads.Count} values, x is {x} and needs {2 * x.Rank}.");
        for (int axis = 0; axis < x.Rank; axis++)
        {
            (int before, int after) = (Pads[axis], Pads[x.Rank + axis]);
            if (before == 0 && after == 0) continue;
            if (!x[axis].IsKnown)
            {
                y = y.With(axis, x[axis].Moved(before + after));
                continue;
            }
            CheckReach(x, axis, Math.Max(before, after));
            Ensure.Shape((long)x[axis] + before + after >= 0, $"Pad: {Pads} cuts more than axis {axis} of {x} has.");
            y = y.With(axis, checked(x[axis].Size + before + after));
        }
        return [new(inputs[0].Type, y)];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) =>
        new PadStep(Pads.Span[..inputs[0].Shape.Rank].ToArray(), Mode, Bits(Value, inputs[0].Type));

    // Constant: dx = dy with the padding cut off. Otherwise each element of dy is added where it was read, axis by axis.
    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        Tensor dx = context.Dy;
        if (Mode == PadMode.Constant) return [dx.Apply(new Pad([.. Pads.Select(p => -p)]))];
        Shape x = context.Inputs[0].Shape;
        for (int axis = 0; axis < x.Rank; axis++)
        {
            (int before, int size) = (Pads[axis], x[axis]);
            if (before == 0 && Pads[x.Rank + axis] == 0) continue;
            int[] read = new int[dx.Shape[axis]];
            for (int i = 0; i < read.Length; i++) read[i] = PadStep.Source(Mode, i - before, size);
            dx = dx.Apply(new GatherGradient(axis, size), Tensor.Vector<int>(read));
        }
        return [dx];
    }

    private void CheckReach(Shape x, int axis, int pad)
    {
        int limit = Mode switch { PadMode.Constant => int.MaxValue, PadMode.Reflect => x[axis] - 1, _ => x[axis] == 0 ? 0 : int.MaxValue };
        Ensure.Shape(pad <= limit, $"Pad: {Mode} padding of {pad} reaches beyond axis {axis} of {x}; at most {limit}.");
    }

    internal static ulong Bits(double value, DType type)
    {
        Tensor one = Tensor.Full(Shape.Scalar, value, type);
        Span<byte> bits = stackalloc byte[8];
        bits.Clear();
        one.Bytes().CopyTo(bits);
        GC.KeepAlive(one);
        return BitConverter.ToUInt64(bits);   // the first bytes are the low ones: every supported machine is little-endian
    }

    // A constant becomes the nearest code, at the exponent of x or the one that it needs.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        if (Value == 0 || Mode != PadMode.Constant || call.Inputs[0].FixedPoint is null) return CodeMovement.Run(this, call);
        if (call.HasSums) return null;
        FixedPointTensor x = call.Codes(0);
        int needed = FixedPointCode.Exponent((float)Math.Abs(Value), x.Bits), exponent = x.IsZero(call.Mode) ? needed : Math.Max(x.Exponent, needed);
        int code = FixedPointCode.Quantize((float)Value, x.Bits, exponent, Rounding.HalfEven, 0);
        FixedPointTensor aligned = x.At(exponent, x.Bits, call.Draw(), call.Mode);
        return [IntegerCall.Like(aligned, (this with { Value = code }).Forward([aligned.Codes], call.Mode)[0])];
    }
}

/// <summary>Borders.</summary>
public static class PadExtensions
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="Ops.Pad"/>
        /// <param name="pads">Elements in front of each axis, then those behind each axis.</param>
        /// <param name="mode">What is outside.</param>
        /// <param name="value">The constant.</param>
        public Tensor Pad(Dims pads, PadMode mode = PadMode.Constant, double value = 0) => x.Apply(new Pad(pads, mode, value));
    }
}
