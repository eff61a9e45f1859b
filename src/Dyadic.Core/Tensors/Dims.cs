using System.Collections;
using System.Runtime.CompilerServices;

namespace Dyadic;

/// <summary>A list of integers that compares by value: axes, pads, strides and other attributes of ops.</summary>
[CollectionBuilder(typeof(Dims), nameof(Create))]
public readonly struct Dims : IEquatable<Dims>, IReadOnlyList<int>
{
    private readonly int[]? _values;

    private Dims(int[] values) => _values = values;

    /// <summary>No values.</summary>
    public static Dims Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count => _values?.Length ?? 0;

    /// <inheritdoc/>
    public int this[int index] => (_values ?? [])[index];

    /// <summary>The values as a span.</summary>
    public ReadOnlySpan<int> Span => _values;

    /// <summary>A list of the given values.</summary>
    public static Dims Create(ReadOnlySpan<int> values) => new(values.ToArray());

    /// <summary>The values in a new array.</summary>
    public int[] ToArray() => Span.ToArray();

    /// <inheritdoc/>
    public bool Equals(Dims other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Dims other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int value in Span) hash.Add(value);
        return hash.ToHashCode();
    }

    /// <summary>Equal values in equal order.</summary>
    public static bool operator ==(Dims a, Dims b) => a.Equals(b);

    /// <summary>Not equal.</summary>
    public static bool operator !=(Dims a, Dims b) => !a.Equals(b);

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)(_values ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", _values ?? [])}]";
}
