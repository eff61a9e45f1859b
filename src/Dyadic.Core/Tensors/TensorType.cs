namespace Dyadic;

/// <summary>An element type and a shape: what shape inference computes with.</summary>
/// <param name="Type">The element type.</param>
/// <param name="Shape">The dimensions, possibly symbolic.</param>
public sealed record TensorType(DType Type, Shape Shape)
{
    /// <summary>True for the same element type and rank, and no two known dimensions that differ: both may be types of one value.</summary>
    internal bool Agrees(TensorType other)
    {
        if (Type != other.Type || Shape.Rank != other.Shape.Rank) return false;
        for (int i = 0; i < Shape.Rank; i++)
            if (Shape[i].IsKnown && other.Shape[i].IsKnown && Shape[i] != other.Shape[i]) return false;
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Type.ToString().ToLowerInvariant()}{Shape}";
}
