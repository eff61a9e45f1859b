namespace Dyadic;

/// <summary>An element type and a shape: what shape inference computes with.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions, possibly symbolic.</param>
public sealed record TensorType(DType Type, Shape Shape)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Type.ToString().ToLowerInvariant()}{Shape}";
}
