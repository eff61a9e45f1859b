using System.Numerics.Tensors;

namespace Dyadic;

public sealed partial class Tensor
{
    /// <summary>The element at <paramref name="index"/>, one number for each axis; negative ones count from the end.</summary>
    /// <exception cref="ShapeException">The number of indices is not the rank, or one lies outside its axis.</exception>
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> is not the element type.</exception>
    public T Get<T>(params ReadOnlySpan<int> index) where T : unmanaged
    {
        CheckType<T>();
        T value = Block.Span<T>(Place(index) * Type.Size(), 1)[0];
        GC.KeepAlive(this);
        return value;
    }

    /// <summary>The byte of an element of a type of one byte.</summary>
    internal byte GetByte(ReadOnlySpan<int> index)
    {
        byte value = Block.Span<byte>(Place(index), 1)[0];
        GC.KeepAlive(this);
        return value;
    }

    // Where an element lies in the memory, in elements.
    private long Place(ReadOnlySpan<int> index)
    {
        Ensure.Shape(index.Length == Rank, $"Get: {index.Length} indices for shape {Shape} of rank {Rank}.");
        long at = _offset;
        for (int axis = 0; axis < index.Length; axis++)
        {
            int size = Shape[axis], i = index[axis];
            Ensure.Shape(i >= -size && i < size, $"Get: index {i} is outside axis {axis} of {Shape}.");
            at += (long)_strides[axis] * (i < 0 ? i + size : i);
        }
        return at;
    }

    /// <summary>The elements as a span of <see cref="System.Numerics.Tensors"/>, without a copy. The memory then belongs to the span.</summary>
    /// <exception cref="InvalidOperationException">A stride is negative, or <typeparamref name="T"/> is not the element type.</exception>
    public TensorSpan<T> AsTensorSpan<T>() where T : unmanaged
    {
        CheckType<T>();
        if (Array.Exists(_strides, s => s < 0)) throw new InvalidOperationException("A TensorSpan cannot walk backwards. Call Contiguous() first.");
        if (Length == 0) return new TensorSpan<T>(Array.Empty<T>(), Lengths());
        long last = 0;
        for (int axis = 0; axis < Rank; axis++) last += (long)_strides[axis] * (Shape[axis] - 1);
        Span<T> memory = Block.Span<T>((long)_offset * Type.Size(), (int)last + 1);
        Block.Escape();
        Overwrite();
        if (Rank == 0) return new TensorSpan<T>(memory);
        nint[] strides = new nint[Rank];
        for (int axis = 0; axis < Rank; axis++) strides[axis] = Shape[axis] == 1 ? 0 : _strides[axis];
        return new TensorSpan<T>(memory, Lengths(), strides);
    }

    /// <summary>A copy of <paramref name="values"/>.</summary>
    public static Tensor From<T>(scoped in ReadOnlyTensorSpan<T> values) where T : unmanaged
    {
        int[] dims = new int[values.Rank];
        for (int axis = 0; axis < dims.Length; axis++) dims[axis] = checked((int)values.Lengths[axis]);
        Tensor result = Empty(Shape.Of(dims), DTypes.Of<T>());
        values.FlattenTo(result.Span<T>());
        return result;
    }

    private nint[] Lengths() => [.. Shape.Span.ToArray().Select(d => (nint)d.Size)];
}
