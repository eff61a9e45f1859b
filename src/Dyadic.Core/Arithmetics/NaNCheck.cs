using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Arithmetics;

/// <summary>Finds the op in which a NaN arose.</summary>
internal static class NaNCheck
{
    /// <exception cref="ArithmeticException">An output holds a NaN and no input does; the message names the op and all shapes.</exception>
    public static void Verify(Op op, ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor> outputs)
    {
        bool arose = false;
        foreach (Tensor output in outputs) arose |= HasNaN(output);
        if (!arose) return;
        foreach (Tensor input in inputs)
        {
            if (HasNaN(input)) return;
        }
        throw new ArithmeticException(
            $"{op.Name}: a NaN arose; the inputs are {Join(inputs)} and the outputs {Join(outputs)}. Look for 0/0, ∞ − ∞, the log or root of a negative number, or overflow.");
    }

    private static bool HasNaN(Tensor tensor)
    {
        Tensor dense = tensor.ToContiguous();
        bool found = dense.Type switch
        {
            DType.Float32 => Primitives.IsNaNAny<float>(dense.Span<float>()),
            DType.Float64 => Primitives.IsNaNAny<double>(dense.Span<double>()),
            _ => false,
        };
        GC.KeepAlive(dense);
        return found;
    }

    private static string Join(ReadOnlySpan<Tensor> tensors)
    {
        var types = new string[tensors.Length];
        for (int i = 0; i < types.Length; i++) types[i] = tensors[i].TensorType.ToString();
        return string.Join(", ", types);
    }
}
