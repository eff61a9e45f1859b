using System.Collections.Concurrent;

namespace Dyadic;

/// <summary>One dimension: a size, or a symbol such as the batch N whose size is known only when a graph runs.</summary>
public readonly record struct Dim
{
    private static readonly ConcurrentDictionary<string, int> Indices = new();
    private static readonly ConcurrentDictionary<int, string> Names = new();
    private static readonly ConcurrentDictionary<int, (Dim A, char Operator, Dim B)> Origins = new();

    private readonly int _code;   // a size ≥ 0, or ~index of a symbol

    private Dim(int code) => _code = code;

    /// <summary>True when the size is known.</summary>
    public bool IsKnown => _code >= 0;

    /// <summary>The size.</summary>
    /// <exception cref="ShapeException">The dimension is symbolic.</exception>
    public int Size => _code >= 0 ? _code : throw new ShapeException($"The size of dimension '{this}' is not known yet. Bind it by running with real inputs.");

    /// <summary>The symbol with this name; equal names are equal dimensions.</summary>
    public static Dim Symbol(string name)
    {
        int index = Indices.GetOrAdd(name, static _ => Interlocked.Increment(ref s_count) - 1);
        Names[index] = name;
        return new(~index);
    }

    private static int s_count;

    /// <summary>A known dimension.</summary>
    /// <exception cref="ShapeException"><paramref name="size"/> is negative.</exception>
    public static implicit operator Dim(int size) => size >= 0 ? new(size) : throw new ShapeException($"A dimension cannot be {size}.");

    /// <summary>The size of a known dimension.</summary>
    public static implicit operator int(Dim dim) => dim.Size;

    /// <summary>a + b; symbolic where one of them is.</summary>
    public static Dim operator +(Dim a, Dim b) => a.IsKnown && b.IsKnown ? checked(a._code + b._code) : a == 0 ? b : b == 0 ? a : Derived(a, '+', b);

    /// <summary>a − b; symbolic where one of them is.</summary>
    public static Dim operator -(Dim a, Dim b) => a.IsKnown && b.IsKnown ? a._code - b._code : b == 0 ? a : a == b ? 0 : Derived(a, '-', b);

    /// <summary>a·b; symbolic where one of them is.</summary>
    public static Dim operator *(Dim a, Dim b) => a.IsKnown && b.IsKnown ? checked(a._code * b._code) : a == 1 ? b : b == 1 ? a : Derived(a, '*', b);

    /// <summary>⌊a/b⌋; symbolic where one of them is.</summary>
    public static Dim operator /(Dim a, Dim b) => a.IsKnown && b.IsKnown ? a._code / b._code : b == 1 ? a : a == b ? 1 : Derived(a, '/', b);

    /// <summary>This size and a number of either sign; dimensions themselves are never negative.</summary>
    internal Dim Moved(int by) => by >= 0 ? this + by : this - -by;

    /// <summary>What a and b are when they must be equal: the size where one is known, else a. Null where they are known and differ.</summary>
    internal static Dim? Common(Dim a, Dim b) => a == b || !b.IsKnown ? a : a.IsKnown ? null : b;

    /// <summary>The size that a and b broadcast to: b where a is 1, else a. Two symbols may stand for one size, which a run finds out.</summary>
    internal static Dim Broadcast(Dim a, Dim b) =>
        a == b || b == 1 ? a
        : a == 1 ? b
        : a.IsKnown != b.IsKnown ? a.IsKnown ? a : b
        : a.IsMadeOf(b) ? a
        : b.IsMadeOf(a) ? b
        : Derived(a, '|', b);

    private bool IsMadeOf(Dim other) => Parts is { Operator: '|' } parts && (parts.A == other || parts.B == other || parts.A.IsMadeOf(other) || parts.B.IsMadeOf(other));

    /// <inheritdoc/>
    public override string ToString() => _code >= 0 ? _code.ToString() : Names[~_code];

    /// <summary>What a derived symbol was made of: a ∘ b with ∘ one of + − · / and | for the size both broadcast to. Null for a size and for a symbol of its own.</summary>
    public (Dim A, char Operator, Dim B)? Parts => Origins.TryGetValue(_code, out (Dim, char, Dim) parts) ? parts : null;

    private static Dim Derived(Dim a, char op, Dim b)
    {
        Dim derived = Symbol($"({a}{op}{b})");
        Origins.TryAdd(derived._code, (a, op, b));
        return derived;
    }
}
