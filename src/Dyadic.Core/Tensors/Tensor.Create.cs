using System.Buffers;
using Dyadic.Runtime.Memory;

namespace Dyadic;

public sealed partial class Tensor
{
    /// <summary>A tensor with arbitrary content; of strings, of empty ones.</summary>
    public static Tensor Empty(Shape shape, DType type = DType.Float32) => Empty(shape, type, type == DType.String ? StringTable.OfEmpty : null);

    /// <summary>A tensor of zeros; of strings, of empty ones.</summary>
    public static Tensor Zeros(Shape shape, DType type = DType.Float32) =>
        new(MemoryBlock.Rent((long)shape.Length * type.Size(), clear: true), type, shape, shape.RowMajorStrides(), 0, type == DType.String ? StringTable.OfEmpty : null);

    /// <summary>A tensor whose bytes, row-major in the machine's byte order, <paramref name="fill"/> writes; all of them.</summary>
    /// <exception cref="InvalidOperationException">The type is String.</exception>
    public static Tensor Create<TState>(Shape shape, DType type, TState state, SpanAction<byte, TState> fill)
    {
        Tensor result = Empty(shape, type);
        result.RequireNumbers(nameof(Create));
        fill(result.Bytes(), state);
        GC.KeepAlive(result);
        return result;
    }

    /// <summary>A tensor filled with ones.</summary>
    public static Tensor Ones(Shape shape, DType type = DType.Float32) => Full(shape, 1, type);

    /// <summary>A tensor filled with <paramref name="value"/>, converted to <paramref name="type"/> (saturating for integers).</summary>
    /// <exception cref="InvalidOperationException">The type is String.</exception>
    public static Tensor Full(Shape shape, double value, DType type = DType.Float32)
    {
        Tensor result = Empty(shape, type);
        result.RequireNumbers(nameof(Full));
        switch (type)
        {
            case DType.Float32: result.Span<float>().Fill((float)value); break;
            case DType.Float64: result.Span<double>().Fill(value); break;
            case DType.Float16: result.Span<Half>().Fill((Half)value); break;
            case DType.BFloat16: result.Span<BFloat16>().Fill((BFloat16)(float)value); break;
            case DType.Int8: result.Span<sbyte>().Fill(sbyte.CreateSaturating(value)); break;
            case DType.UInt8: result.Span<byte>().Fill(byte.CreateSaturating(value)); break;
            case DType.Int16: result.Span<short>().Fill(short.CreateSaturating(value)); break;
            case DType.UInt16: result.Span<ushort>().Fill(ushort.CreateSaturating(value)); break;
            case DType.UInt32: result.Span<uint>().Fill(uint.CreateSaturating(value)); break;
            case DType.UInt64: result.Span<ulong>().Fill(ulong.CreateSaturating(value)); break;
            case DType.Int32: result.Span<int>().Fill(int.CreateSaturating(value)); break;
            case DType.Int64: result.Span<long>().Fill(long.CreateSaturating(value)); break;
            case DType.Bool: result.Span<bool>().Fill(value != 0); break;
            default: result.Bytes().Fill(StoredNumbers.Write(type, value)); break;
        }
        return result;
    }

    /// <summary>A tensor of one number and no dimensions.</summary>
    public static Tensor Scalar(double value, DType type = DType.Float32) => Full(Shape.Scalar, value, type);

    /// <summary>A copy of <paramref name="values"/>, row-major, as a tensor of <paramref name="shape"/>.</summary>
    /// <exception cref="ShapeException">The number of values is not the product of the dimensions.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> values, Shape shape) where T : unmanaged
    {
        Ensure.Shape(values.Length == shape.Length, $"From: {values.Length} values do not fill shape {shape} of {shape.Length}.");
        Tensor result = Empty(shape, DTypes.Of<T>());
        values.CopyTo(result.Span<T>());
        return result;
    }

    /// <summary>A copy of <paramref name="values"/> as a tensor of <paramref name="shape"/>.</summary>
    public static Tensor From<T>(T[] values, Shape shape) where T : unmanaged => From(values.AsSpan(), shape);

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, Shape)"/>
    public static Tensor From<T>(Span<T> values, Shape shape) where T : unmanaged => From((ReadOnlySpan<T>)values, shape);

    /// <summary>A vector of the given values.</summary>
    public static Tensor Vector<T>(params ReadOnlySpan<T> values) where T : unmanaged => From(values, Shape.Of(values.Length));

    /// <summary>Float32 values uniform in [low, high), from <paramref name="rng"/>.</summary>
    public static Tensor Uniform(Shape shape, Rng rng, float low = 0, float high = 1)
    {
        Tensor result = Empty(shape);
        rng.FillUniform(result.Span<float>(), low, high);
        return result;
    }

    /// <summary>Float32 values normal with the given mean and standard deviation, from <paramref name="rng"/>.</summary>
    public static Tensor Normal(Shape shape, Rng rng, float mean = 0, float standardDeviation = 1)
    {
        Tensor result = Empty(shape);
        rng.FillNormal(result.Span<float>(), mean, standardDeviation);
        return result;
    }
}
