using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Importing;

/// <summary>Types and shapes that a file declares for its values.</summary>
internal static class DeclaredTypes
{
    /// <summary>The type of an input: named dimensions are symbols, an unnamed first one is the batch.</summary>
    /// <exception cref="ImportRefusal">It is no tensor, of an unknown element type or rank.</exception>
    public static TensorType Input(ValueInfoProto input, OnnxImportOptions options)
    {
        if (input.Type?.TensorType is not { } tensor) throw new ImportRefusal("only tensors can be fed");
        DType type = NodeImport.ElementType(tensor.ElemType);
        if (options.InputShapes.TryGetValue(input.Name, out Shape? given)) return new(type, given);
        if (tensor.Shape is null) throw new ImportRefusal("its number of dimensions is not declared; give it in OnnxImportOptions.InputShapes");
        var dims = new Dim[tensor.Shape.Dim.Count];
        for (int i = 0; i < dims.Length; i++) dims[i] = DimOf(tensor.Shape.Dim[i], i, input.Name, options);
        return new(type, Shape.Create(dims));
    }

    /// <summary>The type of an item of a sequence; items may have different sizes, and so each has symbols of its own.</summary>
    /// <exception cref="ImportRefusal">It is no tensor, of an unknown element type or rank.</exception>
    public static TensorType Item(string name, TypeProto type, OnnxImportOptions options)
    {
        TensorType own = Input(new() { Name = name, Type = type }, options with { BatchName = $"{name}_dim0" });
        return own with { Shape = [.. own.Shape.Select(d => d.IsKnown ? d : Dim.Symbol(d.ToString().StartsWith($"{name}_dim", StringComparison.Ordinal) ? $"{d}" : $"{name}_{d}"))] };
    }

    /// <summary>How a declaration and the inferred type disagree, or null when they do not.</summary>
    public static string? Conflict(ValueInfoProto declared, TensorType inferred)
    {
        if (declared.Type?.TensorType is not { } tensor) return null;
        if (tensor.ElemType != 0 && tensor.ElemType != ElementTypes.CodeOf(inferred.Type))
            return $"'{declared.Name}' is declared {ElementTypes.NameOf(tensor.ElemType)}, but {inferred} is computed";
        if (tensor.Shape is null) return null;
        bool fits = tensor.Shape.Dim.Count == inferred.Shape.Rank;
        for (int i = 0; fits && i < inferred.Shape.Rank; i++)
        {
            var dim = tensor.Shape.Dim[i];
            fits = !dim.HasDimValue || dim.DimValue < 0 || !inferred.Shape[i].IsKnown || inferred.Shape[i].Size == dim.DimValue;
        }
        return fits ? null : $"'{declared.Name}' is declared [{string.Join(", ", tensor.Shape.Dim.Select(TextOf))}], but {inferred} is computed";
    }

    private static Dim DimOf(TensorShapeProto.Types.Dimension dim, int axis, string input, OnnxImportOptions options)
    {
        if (dim.HasDimValue && dim.DimValue >= 0)
            return dim.DimValue <= int.MaxValue ? (int)dim.DimValue : throw new ImportRefusal($"dimension {axis} is {dim.DimValue}");
        string name = dim.DimParam.Length > 0 ? dim.DimParam : axis == 0 ? options.BatchName : $"{input}_dim{axis}";
        return options.Sizes.TryGetValue(name, out int size) ? size : Dim.Symbol(name);
    }

    private static string TextOf(TensorShapeProto.Types.Dimension dim) => dim.HasDimValue ? $"{dim.DimValue}" : dim.DimParam.Length > 0 ? dim.DimParam : "?";
}
