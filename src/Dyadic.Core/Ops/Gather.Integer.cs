using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Kernels.FixedPoint;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

public sealed partial record Gather : IIntegerOp
{
    // Codes are moved. Of a table of floats the rows that are read are rounded, at the exponent of the whole table, as if all of it had been.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        Tensor table = call.Inputs[0];
        if (table.FixedPoint is not null || table.Type != DType.Float32) return CodeMovement.Run(this, call);
        if (call.IsBackward) return null;
        int bits = call.WeightBits, exponent = FixedPointTensor.ExponentOf(table, bits, call.Headroom, call.Mode);
        return [new(FixedPointTensor.MapAt(Forward([.. call.Inputs], call.Mode)[0], exponent, bits, call.Draw(), call.Mode))];
    }
}

public sealed partial record GatherGradient : IIntegerOp
{
    // Codes added up row by row. The gradient of a table stays as exact as it is, as those of all weights do.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        FixedPointTensor g = call.Codes(0);
        (Tensor lying, Tensor index) = (g.Codes.ToContiguous(), call.Inputs[1].ToContiguous());
        Shape y = Infer([call.Inputs[0].TensorType, index.TensorType])[0].Shape;
        int outer = Product(y.Span[..Axis]), columns = Product(y.Span[(Axis + 1)..]);
        if (y.Length == 0 || index.Length == 0) return null;
        int[] rows = CodeIndices.Of(index, Size, Axis, Name);
        bool fits = EmbeddingGradient.Fits(rows.Length, g.Bits);
        Tensor sums = Tensor.Zeros(y, fits ? DType.Int32 : DType.Int64);
        for (int o = 0; o < outer; o++)
        {
            CodeSpan part = new(lying.Bytes().Slice(o * rows.Length * columns * lying.Type.Size(), rows.Length * columns * lying.Type.Size()), g.Bits);
            if (fits) EmbeddingGradient.Add(part, columns, rows, EmbeddingGradient.NoPadding, sums.Span<int>().Slice(o * Size * columns, Size * columns), call.Mode);
            else EmbeddingGradient.Add(part, columns, rows, EmbeddingGradient.NoPadding, sums.Span<long>().Slice(o * Size * columns, Size * columns), call.Mode);
        }
        GC.KeepAlive(lying);
        return [Axis == 0 ? IntegerCall.Exact(sums, g.Exponent) : call.Rounded(sums, g.Exponent)];
    }

    private static int Product(ReadOnlySpan<Dim> dims)
    {
        int product = 1;
        foreach (Dim d in dims) product *= d.Size;
        return product;
    }
}

public sealed partial record GatherElementsGradient : IIntegerOp
{
    private const int MostTerms = 1 << 16;      // of 16 bits, whose sum fits int32

    // What is added to one place is summed, then brought back to the bits of a gradient.
    Tensor[]? IIntegerOp.Run(IntegerCall call)
    {
        (Shape x, Shape y) = (call.Inputs[0].Shape, call.Inputs[0].Shape.With(Axis, Size));
        if (x.Length == 0 || y.Length == 0 || x[Axis] >= MostTerms) return null;
        FixedPointTensor g = call.Codes(0);
        (Tensor lying, Tensor index) = (g.Codes.ToContiguous(), call.Inputs[1].ToContiguous());
        int outer = 1;
        for (int axis = 0; axis < Axis; axis++) outer *= x[axis];
        Tensor sums = Tensor.Empty(y, DType.Int32);
        CodePool.Scatter(outer, x.Length / (outer * x[Axis]), new(lying.Bytes(), g.Bits), CodeIndices.Of(index, Size, Axis, Name), Size, sums.Span<int>(), call.Mode);
        GC.KeepAlive(lying);
        return [call.Rounded(sums, g.Exponent)];
    }
}

/// <summary>Indices as kernels of codes read them.</summary>
internal static class CodeIndices
{
    /// <summary>int32 indices from 0 to size − 1.</summary>
    /// <exception cref="ShapeException">An index is outside of −size … size − 1.</exception>
    public static int[] Of(Tensor index, int size, int axis, string op)
    {
        int[] rows = new int[index.Length];
        for (int i = 0; i < rows.Length; i++) rows[i] = Indices.Read(index.View(), i, size, axis, op);
        GC.KeepAlive(index);
        return rows;
    }
}
