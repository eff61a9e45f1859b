using System.Collections;
using System.Runtime.CompilerServices;

namespace Dyadic;

/// <summary>The dimensions of a tensor, outermost first. Immutable; compares by value. A tensor's shape is known; a graph value's may be symbolic.</summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public sealed class Shape : IEquatable<Shape>, IReadOnlyList<Dim>
{
    private readonly Dim[] _dims;

    private Shape(Dim[] dims)
    {
        Ensure.Shape(dims.Length <= MaxRank, $"A shape of {dims.Length} dimensions; at most {MaxRank} are supported. Merge some.");
        _dims = dims;
    }

    /// <summary>The most dimensions that there can be.</summary>
    public const int MaxRank = 16;

    /// <summary>The shape of a single number: no dimensions.</summary>
    public static Shape Scalar { get; } = new([]);

    /// <summary>The number of dimensions.</summary>
    public int Rank => _dims.Length;

    /// <summary>The number of dimensions, for patterns, spreads and indices from the end.</summary>
    public int Count => _dims.Length;

    /// <summary>Dimension <paramref name="axis"/>; negative axes count from the end.</summary>
    public Dim this[int axis] => _dims[axis < 0 ? axis + _dims.Length : axis];

    /// <summary>True when every dimension is known.</summary>
    public bool IsKnown => Array.TrueForAll(_dims, d => d.IsKnown);

    /// <summary>A shape of the given dimensions.</summary>
    public static Shape Create(ReadOnlySpan<Dim> dims) => dims.IsEmpty ? Scalar ?? new([]) : new(dims.ToArray());

    /// <summary>A shape of known dimensions.</summary>
    public static Shape Of(params ReadOnlySpan<int> dims)
    {
        var result = new Dim[dims.Length];
        for (int i = 0; i < result.Length; i++) result[i] = dims[i];
        return new(result);
    }

    /// <summary>The dimensions as a span.</summary>
    public ReadOnlySpan<Dim> Span => _dims;

    /// <summary>The sizes of a known shape, in a new array.</summary>
    public int[] ToArray() => Array.ConvertAll(_dims, d => d.Size);

    /// <summary>The axis as a number from 0 to Rank − 1.</summary>
    /// <exception cref="ShapeException">The axis is outside −Rank … Rank − 1.</exception>
    public int Axis(int axis, string op)
    {
        Ensure.Shape(axis >= -Rank && axis < Rank, $"{op}: axis {axis} does not exist in shape {this} of rank {Rank}.");
        return axis < 0 ? axis + Rank : axis;
    }

    /// <summary>This shape with dimension <paramref name="axis"/> replaced.</summary>
    public Shape With(int axis, Dim dim)
    {
        var dims = (Dim[])_dims.Clone();
        dims[axis < 0 ? axis + Rank : axis] = dim;
        return new(dims);
    }

    /// <summary>The common shape of <paramref name="a"/> and <paramref name="b"/> by ONNX (NumPy) broadcasting.</summary>
    /// <exception cref="ShapeException">Two dimensions differ and neither is 1.</exception>
    public static Shape Broadcast(Shape a, Shape b, string op)
    {
        if (ReferenceEquals(a, b) || a.Equals(b)) return a;
        var dims = new Dim[Math.Max(a.Rank, b.Rank)];
        for (int i = 1; i <= dims.Length; i++)
        {
            Dim x = i <= a.Rank ? a[^i] : 1, y = i <= b.Rank ? b[^i] : 1;
            Ensure.Shape(x == y || x == 1 || y == 1 || !x.IsKnown || !y.IsKnown, $"{op}: shapes {a} and {b} do not broadcast: dimension {dims.Length - i} is {x} and {y}. Reshape one of them.");
            dims[^i] = Dim.Broadcast(x, y);
        }
        return new(dims);
    }

    /// <summary>A dimension by index, also from the end: shape[^1].</summary>
    public Dim this[Index index] => _dims[index];

    /// <summary>Row-major strides in elements.</summary>
    internal int[] RowMajorStrides()
    {
        int[] strides = new int[Rank];
        int stride = 1;
        for (int i = Rank - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= _dims[i].Size;
        }
        return strides;
    }

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && _dims.AsSpan().SequenceEqual(other._dims);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (Dim d in _dims) hash.Add(d);
        return hash.ToHashCode();
    }

    /// <summary>Equal dimensions.</summary>
    public static bool operator ==(Shape? a, Shape? b) => a is null ? b is null : a.Equals(b);

    /// <summary>Different dimensions.</summary>
    public static bool operator !=(Shape? a, Shape? b) => !(a == b);

    /// <inheritdoc/>
    public IEnumerator<Dim> GetEnumerator() => ((IEnumerable<Dim>)_dims).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", _dims)}]";
}

/// <summary>Sizes of known shapes.</summary>
public static class ShapeSizes
{
    // An extension, since the compiler takes an instance property of this name for the number of dimensions when a shape is spread.
    extension(Shape shape)
    {
        /// <summary>The number of elements: the product of the dimensions.</summary>
        /// <exception cref="ShapeException">A dimension is symbolic, or the number exceeds 2³¹ − 1.</exception>
        public int Length
        {
            get
            {
                long n = 1;
                foreach (Dim d in shape.Span) n = Math.Min(n * d.Size, 1L << 32);   // saturates: the product of hostile sizes must not wrap around
                return n <= int.MaxValue ? (int)n : throw new ShapeException($"Shape {shape} has {n} elements; at most 2147483647 are supported. Split it.");
            }
        }

        /// <summary>The product of the known dimensions from <paramref name="from"/> on, however large.</summary>
        internal double Product(int from = 0)
        {
            double product = 1;
            foreach (Dim d in shape.Span[from..]) product *= d.Size;
            return product;
        }
    }
}
