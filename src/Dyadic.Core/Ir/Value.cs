namespace Dyadic.Ir;

/// <summary>A value of a graph in single-assignment form: an input, a constant or the result of one node. Compared by reference.</summary>
/// <param name="name">Unique within a graph.</param>
/// <param name="type">Element type and shape, possibly symbolic.</param>
/// <param name="constant">The data of a constant, else null.</param>
public sealed class Value(string name, TensorType type, Tensor? constant = null)
{
    /// <summary>Unique within a graph.</summary>
    public string Name => name;

    /// <summary>Element type and shape, possibly symbolic.</summary>
    public TensorType Type => type;

    /// <summary>The shape.</summary>
    public Shape Shape => type.Shape;

    /// <summary>The data of a constant (weight, scale, index table), else null.</summary>
    public Tensor? Constant => constant;

    /// <summary>True for constants.</summary>
    public bool IsConstant => constant is not null;

    /// <summary>A constant.</summary>
    public static Value Of(string name, Tensor data) => new(name, data.TensorType, data);

    /// <inheritdoc/>
    public override string ToString() => GraphPrinter.Of(this);
}
