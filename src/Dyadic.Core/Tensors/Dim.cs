using System.Security.Cryptography;
using System.Text;

namespace Dyadic;

/// <summary>One dimension: a size, or a symbol such as the batch N whose size is known only when a graph runs.</summary>
public readonly record struct Dim
{
    private readonly int _size;
    private readonly Unknown? _symbol;

    private Dim(int size) => _size = size;

    private Dim(Unknown symbol) => _symbol = symbol;

    /// <summary>True when the size is known.</summary>
    public bool IsKnown => _symbol is null;

    /// <summary>The size.</summary>
    /// <exception cref="ShapeException">The dimension is symbolic.</exception>
    public int Size => _symbol is null ? _size : throw new ShapeException($"The size of dimension '{this}' is not known yet. Bind it by running with real inputs.");

    /// <summary>The symbol with this name; equal names are equal dimensions.</summary>
    public static Dim Symbol(string name) => new(new Unknown(name, null));

    /// <summary>A known dimension.</summary>
    /// <exception cref="ShapeException"><paramref name="size"/> is negative.</exception>
    public static implicit operator Dim(int size) => size >= 0 ? new(size) : throw new ShapeException($"A dimension cannot be {size}.");

    /// <summary>The size of a known dimension.</summary>
    public static implicit operator int(Dim dim) => dim.Size;

    /// <summary>a + b; symbolic where one of them is.</summary>
    /// <exception cref="ShapeException">It is larger than 2³¹ − 1, here and below.</exception>
    public static Dim operator +(Dim a, Dim b) => a.IsKnown && b.IsKnown ? Known((long)a._size + b._size) : a == 0 ? b : b == 0 ? a : Derived(a, '+', b);

    /// <summary>a − b; symbolic where one of them is.</summary>
    public static Dim operator -(Dim a, Dim b) => a.IsKnown && b.IsKnown ? a._size - b._size : b == 0 ? a : a == b ? 0 : Derived(a, '-', b);

    /// <summary>a·b; symbolic where one of them is.</summary>
    public static Dim operator *(Dim a, Dim b) => a.IsKnown && b.IsKnown ? Known((long)a._size * b._size) : a == 1 ? b : b == 1 ? a : Derived(a, '*', b);

    /// <summary>⌊a/b⌋; symbolic where one of them is.</summary>
    /// <exception cref="ShapeException">b is 0.</exception>
    public static Dim operator /(Dim a, Dim b)
    {
        Ensure.Shape(b != 0, $"A dimension of {a} cannot be divided by 0.");
        return a.IsKnown && b.IsKnown ? a._size / b._size : b == 1 ? a : a == b ? 1 : Derived(a, '/', b);
    }

    // Parts may be shared, so that a file could double what a search has to look at with each level.
    private const int DeepestSearch = 6;

    /// <summary>This size and a number of either sign; dimensions themselves are never negative.</summary>
    internal Dim Moved(int by) => by >= 0 ? this + by : this - -by;

    /// <summary>What a and b are when they must be equal: the size where one is known, else a. Null where they are known and differ.</summary>
    internal static Dim? Common(Dim a, Dim b) => a == b || !b.IsKnown ? a : a.IsKnown ? null : b;

    /// <summary>The size that a and b broadcast to: b where a is 1, else a. Two symbols may stand for one size, which a run finds out.</summary>
    internal static Dim Broadcast(Dim a, Dim b) =>
        a == b || b == 1 ? a
        : a == 1 ? b
        : a.IsKnown != b.IsKnown ? a.IsKnown ? a : b
        : a.IsMadeOf(b, DeepestSearch) ? a
        : b.IsMadeOf(a, DeepestSearch) ? b
        : Derived(a, '|', b);

    private bool IsMadeOf(Dim other, int depth) =>
        depth > 0 && Parts is { Operator: '|' } parts && (parts.A == other || parts.B == other || parts.A.IsMadeOf(other, depth - 1) || parts.B.IsMadeOf(other, depth - 1));

    /// <inheritdoc/>
    public override string ToString() => _symbol?.Name ?? _size.ToString();

    /// <summary>What a derived symbol was made of: a ∘ b with ∘ one of + − · / and | for the size both broadcast to. Null for a size and for a symbol of its own.</summary>
    public (Dim A, char Operator, Dim B)? Parts => _symbol?.Parts;

    private static Dim Known(long size) => size <= int.MaxValue ? new Dim((int)size) : throw new ShapeException($"A dimension cannot be {size}.");

    private static Dim Derived(Dim a, char op, Dim b) => new(new Unknown($"({a}{op}{b})", (a, op, b)));

    // Equal by name. A name that grew long by derivation becomes short again, so that a file cannot double it at each node.
    private sealed class Unknown : IEquatable<Unknown>
    {
        private const int LongestName = 256, Kept = 64;
        private readonly int _hash;

        public Unknown(string name, (Dim, char, Dim)? parts)
        {
            Name = name.Length <= LongestName ? name : $"{name.AsSpan(0, Kept)}…{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))}";
            (_hash, Parts) = (Name.GetHashCode(StringComparison.Ordinal), parts);
        }

        public string Name { get; }

        public (Dim A, char Operator, Dim B)? Parts { get; }

        public bool Equals(Unknown? other) => ReferenceEquals(this, other) || (other is not null && _hash == other._hash && Name == other.Name);

        public override bool Equals(object? obj) => Equals(obj as Unknown);

        public override int GetHashCode() => _hash;
    }
}
