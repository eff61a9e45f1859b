namespace Dyadic.Numerics;

/// <summary>Shapes that do not fit an operation; the message names the operation and both shapes.</summary>
public sealed class ShapeException(string message) : Exception(message);

/// <summary>A value or scale that a format cannot hold.</summary>
public sealed class PrecisionException(string message) : Exception(message);
