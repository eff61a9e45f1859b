using System.Collections;
using System.Runtime.CompilerServices;

namespace Dyadic;

/// <summary>A list of strings that compares by value: attributes of ops.</summary>
[CollectionBuilder(typeof(Texts), nameof(Create))]
public readonly struct Texts : IEquatable<Texts>, IReadOnlyList<string>
{
    private readonly string[]? _values;

    private Texts(string[] values) => _values = values;

    /// <inheritdoc/>
    public int Count => _values?.Length ?? 0;

    /// <inheritdoc/>
    public string this[int index] => (_values ?? [])[index];

    /// <summary>The values as a span.</summary>
    public ReadOnlySpan<string> Span => _values;

    /// <summary>A list of the given values.</summary>
    public static Texts Create(ReadOnlySpan<string> values) => new(values.ToArray());

    /// <inheritdoc/>
    public bool Equals(Texts other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Texts other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (string value in Span) hash.Add(value);
        return hash.ToHashCode();
    }

    /// <summary>Equal values in equal order.</summary>
    public static bool operator ==(Texts a, Texts b) => a.Equals(b);

    /// <summary>Not equal.</summary>
    public static bool operator !=(Texts a, Texts b) => !a.Equals(b);

    /// <inheritdoc/>
    public IEnumerator<string> GetEnumerator() => ((IEnumerable<string>)(_values ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", (_values ?? []).Select(v => $"\"{v}\""))}]";
}
