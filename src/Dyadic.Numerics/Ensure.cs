using System.Runtime.CompilerServices;

namespace Dyadic.Numerics;

/// <summary>Checks at the public edge. The text of a failure is built only when the check fails.</summary>
public static class Ensure
{
    /// <summary>Throws <see cref="ShapeException"/> unless <paramref name="ok"/>.</summary>
    public static void Shape(bool ok, [InterpolatedStringHandlerArgument(nameof(ok))] ref FailureText text)
    {
        if (!ok) throw new ShapeException(text.ToStringAndClear());
    }

    /// <summary>Throws <see cref="ArgumentException"/> unless <paramref name="ok"/>.</summary>
    public static void Argument(bool ok, [InterpolatedStringHandlerArgument(nameof(ok))] ref FailureText text)
    {
        if (!ok) throw new ArgumentException(text.ToStringAndClear());
    }

    /// <summary>An interpolated text that is formatted only when the check that it explains has failed.</summary>
    [InterpolatedStringHandler]
    public ref struct FailureText
    {
        private DefaultInterpolatedStringHandler _inner;

        /// <summary>Called by the compiler; <paramref name="enabled"/> is false when the check holds.</summary>
        public FailureText(int literalLength, int formattedCount, bool ok, out bool enabled)
        {
            enabled = !ok;
            _inner = ok ? default : new(literalLength, formattedCount);
        }

        /// <summary>Appends literal text.</summary>
        public void AppendLiteral(string value) => _inner.AppendLiteral(value);

        /// <summary>Appends a value.</summary>
        public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

        /// <summary>Appends a value with a format.</summary>
        public void AppendFormatted<T>(T value, string? format) => _inner.AppendFormatted(value, format);

        internal string ToStringAndClear() => _inner.ToStringAndClear();
    }
}
