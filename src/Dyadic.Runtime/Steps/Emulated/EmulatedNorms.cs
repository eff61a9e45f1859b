using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>Sizes, scratch and loops of softmax and the normalisations.</summary>
internal static unsafe class EmulatedNorms
{
    public static void Softmax(in EmulatedCall call, SoftmaxStep step, ReadOnlySpan<TensorView> inputs, in TensorView y)
    {
        int size = y.Dims[step.Axis];
        call.Run(new SoftmaxLoop(step.Function, y.Length / size, size, Product(y, step.Axis + 1), inputs[0].Data, inputs.Length > 1 ? inputs[1].Data : null, y.Data));
    }

    public static void BatchNorm(in EmulatedCall call, BatchNormStep step, ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        TensorView x = inputs[0];
        call.Run(new BatchNormLoop
        {
            Function = step.Function, Epsilon = step.Epsilon, Batch = x.Dims[0], Columns = x.Dims[1], Plane = Product(x, 2),
            X = x.Data, Scale = inputs[1].Data, In2 = inputs[2].Data, In3 = inputs.Length > 3 ? inputs[3].Data : null, In4 = inputs.Length > 4 ? inputs[4].Data : null,
            Y = outputs[0].Data, Out1 = outputs.Length > 1 ? outputs[1].Data : null, Out2 = outputs.Length > 2 ? outputs[2].Data : null,
        });
    }

    public static void LayerNorm(in EmulatedCall call, LayerNormStep step, ReadOnlySpan<TensorView> inputs, in TensorView y)
    {
        int size = Product(y, step.Axis), rows = y.Length / size;
        using ScratchBuffer<byte> mean = Scratch.Rent<byte>((nint)rows * y.Type.Size());
        call.Run(new LayerNormLoop
        {
            Columns = rows, Size = size, Epsilon = step.Epsilon, X = inputs[0].Data, Scale = inputs[1].Data, Bias = inputs.Length > 2 ? inputs[2].Data : null,
            Y = y.Data, Mean = mean.Pointer,
        });
    }

    public static void LayerNormGradient(in EmulatedCall call, LayerNormGradientStep step, ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs)
    {
        TensorView dx = outputs[0];
        int size = Product(dx, step.Axis), rows = dx.Length / size, bytes = dx.Type.Size();
        using ScratchBuffer<byte> mean = Scratch.Rent<byte>((nint)rows * bytes), normal = Scratch.Rent<byte>((nint)dx.Length * bytes);
        call.Run(new LayerNormLoop
        {
            Columns = rows, Size = size, Epsilon = step.Epsilon, X = inputs[0].Data, Scale = inputs[1].Data, Dy = inputs[2].Data, Y = dx.Data,
            Mean = mean.Pointer, Normal = normal.Pointer,
        });
        call.Run(new LayerNormParameterLoop(rows, size, inputs[2].Data, normal.Pointer, outputs[1].Data, outputs[2].Data));
    }

    private static int Product(in TensorView view, int first)
    {
        int product = 1;
        for (int axis = first; axis < view.Rank; axis++) product *= view.Dims[axis];
        return product;
    }
}
