using Dyadic.Runtime;
using Dyadic.Runtime.Memory;

namespace Dyadic;

/// <summary>
/// A strided array of numbers, or of strings, with a run-time element type, and a place on the tape when gradients are wanted. Transposes, slices,
/// expansions and reshapes of contiguous data share memory. Nobody needs to dispose a tensor; <see cref="Dispose"/> only frees it sooner.
/// </summary>
public sealed partial class Tensor : IDisposable
{
    private readonly int[] _strides;
    private readonly int _offset;   // of the first element, in elements
    private bool _requiresGrad;

    internal Tensor(MemoryBlock block, DType type, Shape shape, int[] strides, int offset, StringTable? strings = null)
    {
        _block = block;
        _strings = strings;
        _strides = strides;
        _offset = offset;
        Type = type;
        Shape = shape;
    }

    /// <summary>The element type.</summary>
    public DType Type { get; }

    /// <summary>The dimensions.</summary>
    public Shape Shape { get; }

    /// <summary>The number of dimensions.</summary>
    public int Rank => Shape.Rank;

    /// <summary>The number of elements.</summary>
    public int Length => Shape.Length;

    /// <summary>Element type and shape.</summary>
    public TensorType TensorType => new(Type, Shape);

    /// <summary>The steps between neighbours along each axis, in elements; 0 along an expanded axis.</summary>
    public ReadOnlySpan<int> Strides => _strides;

    /// <summary>True when the elements lie row-major without gaps.</summary>
    public bool IsContiguous
    {
        get
        {
            int stride = 1;
            for (int i = Rank - 1; i >= 0; i--)
            {
                int size = Shape[i];
                if (size != 1 && _strides[i] != stride) return false;
                stride *= size;
            }
            return true;
        }
    }

    /// <summary>Whether gradients with respect to this tensor are wanted. Set it on leaves (parameters); results inherit it.</summary>
    /// <exception cref="InvalidOperationException">Set on an integer tensor, or switched off on a result of ops.</exception>
    public bool RequiresGrad
    {
        get => _requiresGrad;
        set
        {
            if (value && !Type.IsFloat()) throw new InvalidOperationException($"Only floating-point tensors have gradients, this one is {Type}. Cast it first.");
            if (!value && Node is not null) throw new InvalidOperationException("This tensor is a result of ops. Use Detach() to cut it from the tape.");
            _requiresGrad = value;
        }
    }

    /// <summary>The accumulated gradient of a leaf, filled by <c>Backward</c>.</summary>
    public Tensor? Grad { get; set; }

    /// <summary>True for a tensor that no recorded op produced.</summary>
    public bool IsLeaf => Node is null;

    internal TapeNode? Node { get; private set; }

    internal void Attach(TapeNode node)
    {
        Node = node;
        _requiresGrad = true;
    }

    /// <summary>The same memory, cut from the tape.</summary>
    public Tensor Detach() => _block is null ? new(_codes!) : new(_block, Type, Shape, _strides, _offset, _strings);

    /// <summary>The elements in row-major order. The memory then belongs to the span: it stays valid however long the span is used.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not contiguous, or <typeparamref name="T"/> is not its element type.</exception>
    public Span<T> AsSpan<T>() where T : unmanaged
    {
        Span<T> span = Span<T>();
        Block.Escape();
        Overwrite();
        return span;
    }

    /// <summary>The elements in row-major order, not copied: whoever holds the result keeps the memory. After <see cref="Dispose"/> it throws when it is read.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not contiguous, or <typeparamref name="T"/> is not its element type.</exception>
    public Memory<T> AsMemory<T>() where T : unmanaged
    {
        CheckType<T>();
        if (!IsContiguous) throw new InvalidOperationException($"The elements of this {Shape} view are not contiguous. Call Contiguous() first.");
        Overwrite();
        return Block.Memory<T>((long)_offset * Type.Size(), Length);
    }

    /// <summary>A copy of the elements in row-major order.</summary>
    /// <exception cref="InvalidOperationException"><typeparamref name="T"/> is not the element type.</exception>
    public T[] ToArray<T>() where T : unmanaged
    {
        Tensor source = ToContiguous();
        T[] result = source.Span<T>().ToArray();
        GC.KeepAlive(source);
        return result;
    }

    /// <summary>A copy of the elements' bytes, row-major in the machine's byte order: what <see cref="Create"/> writes.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds strings.</exception>
    public byte[] ToBytes()
    {
        RequireNumbers(nameof(ToBytes));
        Tensor source = ToContiguous();
        byte[] result = source.Bytes().ToArray();
        GC.KeepAlive(source);
        return result;
    }

    /// <summary>The value of a tensor of one element.</summary>
    /// <exception cref="ShapeException">The tensor has more or fewer elements.</exception>
    public T Item<T>() where T : unmanaged
    {
        Ensure.Shape(Length == 1, $"Item: the tensor has shape {Shape}, not one element. Reduce or index it first.");
        CheckType<T>();
        T value = Block.Span<T>((long)_offset * Type.Size(), 1)[0];
        GC.KeepAlive(this);
        return value;
    }

    /// <summary>The elements, for callers that keep this tensor reachable while they use the span.</summary>
    internal Span<T> Span<T>() where T : unmanaged
    {
        CheckType<T>();
        if (!IsContiguous) throw new InvalidOperationException($"The elements of this {Shape} view are not contiguous. Call Contiguous() first.");
        return Block.Span<T>((long)_offset * Type.Size(), Length);
    }

    /// <summary>A view for steps; the tensor must be contiguous and stay reachable while the view is used.</summary>
    internal TensorView View() => Block.View(Type, Shape.ToArray(), (long)_offset * Type.Size());

    /// <summary>Another look at the same memory. Offsets are in elements from this tensor's first.</summary>
    internal Tensor Restride(Shape shape, int[] strides, int offset = 0) => new(Block, Type, shape, strides, _offset + offset, _strings);

    /// <summary>This tensor if it is contiguous, else a contiguous copy; not recorded on the tape.</summary>
    internal Tensor ToContiguous()
    {
        if (IsContiguous) return this;
        if (Type == DType.Float32 && IsChannelsLast) return PixelsToRows();
        Tensor copy = Empty(Shape, Type, _strings);
        int unit = Type.Size();
        Span<byte> target = copy.Block.Span<byte>(0, copy.Length * unit);
        StridedCopy.Gather(Block.Span<byte>(0, checked((int)Block.Bytes)), (long)_offset, Shape.ToArray(), _strides, target, unit);
        GC.KeepAlive(this);
        return copy;
    }

    /// <summary>A contiguous copy in memory of its own, off the tape.</summary>
    public Tensor Clone()
    {
        if (_block is null) return new(_codes!);      // codes do not change
        Tensor source = ToContiguous(), copy = Empty(Shape, Type, _strings);
        source.Bytes().CopyTo(copy.Bytes());
        GC.KeepAlive(source);
        return copy;
    }

    /// <summary>What views of one memory have in common.</summary>
    internal object Memory => _block ?? _codes!.Codes.Memory;

    /// <summary>Copies the elements of <paramref name="source"/> (same type and shape) into this tensor, in place and off the tape.</summary>
    /// <exception cref="InvalidOperationException">The tensor is not contiguous, or holds strings, which do not change.</exception>
    public void CopyFrom(Tensor source)
    {
        RequireNumbers(nameof(CopyFrom));
        Ensure.Shape(source.Shape == Shape && source.Type == Type, $"CopyFrom: the source is {source.TensorType}, the target {TensorType}.");
        Tensor contiguous = source.ToContiguous();
        if (!IsContiguous) throw new InvalidOperationException("CopyFrom writes contiguous tensors only.");
        contiguous.Bytes().CopyTo(Bytes());
        Overwrite();
        GC.KeepAlive(contiguous);
        GC.KeepAlive(this);
    }

    /// <summary>The raw bytes of a contiguous tensor, for callers that keep it reachable.</summary>
    internal Span<byte> Bytes() => Block.Span<byte>((long)_offset * Type.Size(), checked(Length * Type.Size()));

    /// <summary>Gives the memory back now. Views of it share its fate.</summary>
    public void Dispose()
    {
        _block?.Dispose();
        _codes?.Codes.Dispose();
    }

    private void CheckType<T>() where T : unmanaged
    {
        if (DTypes.Of<T>() != Type) throw new InvalidOperationException($"The tensor holds {Type}, not {typeof(T).Name}. Use the matching type or Cast.");
    }
}
