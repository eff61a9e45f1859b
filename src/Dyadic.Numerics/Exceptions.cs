namespace Dyadic.Numerics;

/// <summary>What is wrong with a model, its data or a call, in one sentence that says what, where and what to try. Hostile files end in nothing else.</summary>
/// <param name="message">The sentence.</param>
/// <param name="inner">What caused it.</param>
public abstract class DyadicException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Shapes that do not fit an operation; the message names the operation and both shapes.</summary>
public sealed class ShapeException(string message) : DyadicException(message);

/// <summary>A value or scale that a format cannot hold.</summary>
public sealed class PrecisionException(string message) : DyadicException(message);
