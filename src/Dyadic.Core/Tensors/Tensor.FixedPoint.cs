using Dyadic.Runtime.Memory;

namespace Dyadic;

public sealed partial class Tensor
{
    private MemoryBlock? _block;                // null while the numbers exist as codes only
    private FixedPointTensor? _codes;

    /// <summary>A float32 tensor whose numbers are held as codes; they become floats when somebody asks for them.</summary>
    internal Tensor(FixedPointTensor codes)
    {
        (_codes, Type, Shape) = (codes, DType.Float32, codes.Codes.Shape);
        _strides = Shape.RowMajorStrides();
    }

    /// <summary>The codes that this tensor is held as, or null. What reads or writes its floats sees no difference; writing them ends it.</summary>
    public FixedPointTensor? FixedPoint => _codes;

    /// <summary>Bytes of memory behind this tensor: of its codes, its floats, or both. Views count what they look at.</summary>
    internal long HeldBytes => (_block?.Bytes ?? 0) + (_codes?.Codes.Block.Bytes ?? 0);

    private MemoryBlock Block => _block ?? MakeFloats();

    // Two threads may both make them: the same ones.
    private MemoryBlock MakeFloats()
    {
        Tensor floats = _codes!.ToTensor();
        return Interlocked.CompareExchange(ref _block, floats._block, null) ?? floats._block!;
    }

    // The floats are about to be written by somebody who holds their memory: the codes would no longer be these numbers.
    private void Overwrite()
    {
        if (_codes is null) return;
        _ = Block;
        _codes = null;
    }

    /// <summary>This tensor if it is dense, else a contiguous copy: one that has <see cref="Storage"/>.</summary>
    internal Tensor Dense() => Storage() is null ? ToContiguous() : this;

    /// <summary>The memory of a dense tensor as it lies, whatever the order of its axes: a contiguous view; null where strides leave gaps or repeat.</summary>
    internal Tensor? Storage()
    {
        if (IsContiguous) return this;
        int[] order = [.. Enumerable.Range(0, Rank).Where(a => Shape[a] != 1).OrderByDescending(a => _strides[a])];
        Shape lying = Shape.Create(Array.ConvertAll(order, a => Shape[a]));
        int[] strides = lying.RowMajorStrides();
        for (int i = 0; i < order.Length; i++)
            if (strides[i] != _strides[order[i]]) return null;
        return Restride(lying, strides);
    }

    /// <summary>True when elements of equal index lie at equal places of both memories.</summary>
    internal bool LiesLike(Tensor other)
    {
        if (Shape != other.Shape) return false;
        for (int axis = 0; axis < Rank; axis++)
            if (Shape[axis] != 1 && _strides[axis] != other._strides[axis]) return false;
        return true;
    }

    /// <summary>A tensor with arbitrary content whose elements lie in the order of a dense <paramref name="other"/>.</summary>
    internal static Tensor EmptyLike(Tensor other, DType type) => Empty(Shape.Of(other.Length), type).Restride(other.Shape, other._strides);

    /// <summary>The same memory with its axes in another order; not recorded.</summary>
    internal Tensor Permuted(int[] order) => Restride(Shape.Create(Array.ConvertAll(order, a => Shape[a])), Array.ConvertAll(order, a => _strides[a]));

    /// <summary>The same memory with the last two axes exchanged; not recorded.</summary>
    internal Tensor SwapLast()
    {
        int[] order = [.. Enumerable.Range(0, Rank)];
        (order[^1], order[^2]) = (order[^2], order[^1]);
        return Permuted(order);
    }

    /// <summary>The same memory with an axis of size 1 more; not recorded.</summary>
    internal Tensor Unsqueezed(int axis) => Restride([.. Shape.Span[..axis], 1, .. Shape.Span[axis..]], [.. _strides[..axis], 1, .. _strides[axis..]]);
}
