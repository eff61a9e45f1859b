namespace Dyadic.Ops;

/// <summary>What matrix products, convolutions and normalisations share.</summary>
internal static class Contractions
{
    /// <summary>Checks that all inputs have one floating-point type: float32, float64, or bfloat16 where <paramref name="takesBFloat16"/>.</summary>
    public static void SameFloats(ReadOnlySpan<TensorType> inputs, string op, bool takesBFloat16 = false)
    {
        foreach (TensorType input in inputs)
        {
            bool taken = input.Type is DType.Float32 or DType.Float64 || (takesBFloat16 && input.Type == DType.BFloat16);
            Ensure.Shape(input.Type == inputs[0].Type && taken,
                $"{op}: an input is {input}, the first is {inputs[0]}; all must be float32 or all float64{(takesBFloat16 ? " or all bfloat16" : "")}. Cast?");
        }
    }

    /// <summary>Checks the number of inputs, where what computes reads them all without another look.</summary>
    public static void Inputs(int count, ReadOnlySpan<TensorType> inputs, string op) =>
        Ensure.Shape(inputs.Length == count, $"{op}: {inputs.Length} inputs were given, it takes {count}.");

    /// <summary>Σ over all axes but 1: [N, C, ..] → [C].</summary>
    public static Tensor SumToChannels(Tensor x) => x.SumTo(ChannelShape(x)).Reshape(Shape.Of(x.Shape[1]));

    /// <summary>[1, C, 1, ..]: the shape in which a vector of channels broadcasts against x.</summary>
    public static Shape ChannelShape(Tensor x) => ChannelShape(x.Shape, 1);

    /// <summary>[.., 1, C, 1, ..]: the shape in which a vector of one number for each index of an axis broadcasts against x.</summary>
    public static Shape ChannelShape(Shape x, int axis)
    {
        var dims = new Dim[x.Rank];
        Array.Fill(dims, 1);
        dims[axis] = x[axis];
        return Shape.Create(dims);
    }
}
