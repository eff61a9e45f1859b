using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>y = x in the element type of y.</summary>
/// <remarks>
/// To a narrower float: nearest, ties to even (float64 to bfloat16 by way of float32). Float to integer: towards zero, saturating, NaN to 0.
/// Integer to integer: the low bits. To Bool: x ≠ 0 (NaN is true). From Bool: 0 or 1. To and from 8-bit floats: as <see cref="StoredNumbers"/> say.
/// </remarks>
/// <param name="saturate">Whether what is too large for a float of 8 bits becomes its largest value; else infinity, or NaN where there is none.</param>
public sealed unsafe class CastStep(bool saturate = true) : Step
{
    private const int Piece = 256;

    /// <inheritdoc/>
    public override string Kernel => "cast";

    internal override Step InChannelsLast(int rank) => this;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        Loop loop = new(inputs[0].Type, outputs[0].Type, inputs[0].Data, outputs[0].Data, saturate);
        WorkerPool.For(outputs[0].Length, mode, ref loop, 1 << 14);
    }

    private readonly struct Loop(DType from, DType to, byte* x, byte* y, bool saturate) : IParallelBody
    {
        public void Run(int start, int end)
        {
            byte* source = x + ((nint)start * from.Size()), target = y + ((nint)start * to.Size());
            int n = end - start;
            if (from == to) new ReadOnlySpan<byte>(source, n * to.Size()).CopyTo(new(target, n * to.Size()));
            else if (from.IsStored()) FromStored(from, to, source, target, n, saturate);
            else if (to.IsStored()) ToStored(from, to, source, target, n, saturate);
            else if (from == DType.BFloat16) FromBFloat16(to, source, target, n);
            else From(from, to, source, target, n);
        }
    }

    private static void FromStored(DType from, DType to, byte* x, byte* y, int count, bool saturate)
    {
        double* piece = stackalloc double[Piece];
        for (int i = 0, n; i < count; i += n)
        {
            n = Math.Min(Piece, count - i);
            for (int k = 0; k < n; k++) piece[k] = StoredNumbers.Read(from, x[i + k]);
            if (to.IsStored()) Store(to, new(piece, n), y + i, saturate);
            else if (to == DType.Float64) new ReadOnlySpan<double>(piece, n).CopyTo(new(y + (8 * (nint)i), n));
            else To<double>(to, new(piece, n), y + ((nint)i * to.Size()));
        }
    }

    private static void ToStored(DType from, DType to, byte* x, byte* y, int count, bool saturate)
    {
        if (to.IsFourBits() && !from.IsFloat())
        {
            From(from, DType.UInt8, x, y, count);
            for (int i = 0; i < count; i++) y[i] = StoredNumbers.LowBits(to, y[i]);
            return;
        }
        double* piece = stackalloc double[Piece];
        for (int i = 0, n; i < count; i += n)
        {
            n = Math.Min(Piece, count - i);
            if (from == DType.BFloat16) FromBFloat16(DType.Float64, x + (2 * (nint)i), (byte*)piece, n);
            else From(from, DType.Float64, x + ((nint)i * from.Size()), (byte*)piece, n);
            Store(to, new(piece, n), y + i, saturate);
        }
    }

    private static void Store(DType to, ReadOnlySpan<double> values, byte* y, bool saturate)
    {
        for (int k = 0; k < values.Length; k++) y[k] = StoredNumbers.Write(to, values[k], saturate);
    }

    private static void FromBFloat16(DType to, byte* x, byte* y, int count)
    {
        float* piece = stackalloc float[Piece];
        for (int i = 0, n; i < count; i += n)
        {
            n = Math.Min(Piece, count - i);
            NarrowFloats.Widen(DType.BFloat16, x + (2 * i), 1, new(piece, n));
            if (to == DType.Float32) new ReadOnlySpan<float>(piece, n).CopyTo(new(y + (4 * i), n));
            else To<float>(to, new(piece, n), y + ((nint)i * to.Size()));
        }
    }

    private static void From(DType from, DType to, byte* x, byte* y, int n)
    {
        switch (from)
        {
            case DType.Float32: To<float>(to, new(x, n), y); break;
            case DType.Float64: To<double>(to, new(x, n), y); break;
            case DType.Float16: To<Half>(to, new(x, n), y); break;
            case DType.Int8: To<sbyte>(to, new(x, n), y); break;
            case DType.Int16: To<short>(to, new(x, n), y); break;
            case DType.UInt16: To<ushort>(to, new(x, n), y); break;
            case DType.UInt32: To<uint>(to, new(x, n), y); break;
            case DType.UInt64: To<ulong>(to, new(x, n), y); break;
            case DType.Int32: To<int>(to, new(x, n), y); break;
            case DType.Int64: To<long>(to, new(x, n), y); break;
            default: To<byte>(to, new(x, n), y); break;
        }
    }

    private static void To<TFrom>(DType to, ReadOnlySpan<TFrom> x, byte* y) where TFrom : unmanaged, INumber<TFrom>
    {
        switch (to)
        {
            case DType.Float32: Convert<TFrom, float>(x, new(y, x.Length)); break;
            case DType.Float64: Convert<TFrom, double>(x, new(y, x.Length)); break;
            case DType.Float16: Convert<TFrom, Half>(x, new(y, x.Length)); break;
            case DType.BFloat16: ToBFloat16(x, (BFloat16*)y); break;
            case DType.Int8: Convert<TFrom, sbyte>(x, new(y, x.Length)); break;
            case DType.UInt8: Convert<TFrom, byte>(x, new(y, x.Length)); break;
            case DType.Int16: Convert<TFrom, short>(x, new(y, x.Length)); break;
            case DType.UInt16: Convert<TFrom, ushort>(x, new(y, x.Length)); break;
            case DType.UInt32: Convert<TFrom, uint>(x, new(y, x.Length)); break;
            case DType.UInt64: Convert<TFrom, ulong>(x, new(y, x.Length)); break;
            case DType.Int32: Convert<TFrom, int>(x, new(y, x.Length)); break;
            case DType.Int64: Convert<TFrom, long>(x, new(y, x.Length)); break;
            default: for (int i = 0; i < x.Length; i++) y[i] = TFrom.IsZero(x[i]) ? (byte)0 : (byte)1; break;
        }
    }

    private static void ToBFloat16<TFrom>(ReadOnlySpan<TFrom> x, BFloat16* y) where TFrom : unmanaged, INumber<TFrom>
    {
        for (int i = 0; i < x.Length; i++) y[i] = (BFloat16)float.CreateTruncating(x[i]);
    }

    // Saturating conversions of integers would clamp where ONNX keeps the low bits.
    private static void Convert<TFrom, TTo>(ReadOnlySpan<TFrom> x, Span<TTo> y) where TFrom : unmanaged, INumber<TFrom> where TTo : unmanaged, INumber<TTo>
    {
        bool fromFloat = typeof(TFrom) == typeof(float) || typeof(TFrom) == typeof(double) || typeof(TFrom) == typeof(Half);
        if (fromFloat) Primitives.ConvertSaturating(x, y);
        else Primitives.ConvertTruncating(x, y);
    }
}
