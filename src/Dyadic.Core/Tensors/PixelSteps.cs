using Dyadic.Kernels;
using Dyadic.Runtime;
using Dyadic.Runtime.Steps;

namespace Dyadic;

/// <summary>Runs steps on tensors that lie channels-last, and leaves the outputs so: what follows a convolution in training is not moved back and forth.</summary>
internal static class PixelSteps
{
    /// <summary>The step that does the same channels-last, or null where no input lies so or there is none.</summary>
    public static Step? Of(Step step, ReadOnlySpan<Tensor> inputs)
    {
        int rank = 0;
        foreach (Tensor input in inputs)
            if (input.IsChannelsLast) rank = input.Rank;
        if (rank == 0) return null;
        foreach (Tensor input in inputs)
            if (input.Rank != rank && (step.Broadcasts ? input.Length != 1 : input.Rank > 1)) return null;
        return step.InChannelsLast(rank);
    }

    /// <summary>Runs it.</summary>
    public static Tensor[] Run(Step step, ReadOnlySpan<Tensor> inputs, ReadOnlySpan<TensorType> outputTypes, in ExecutionMode mode)
    {
        var sources = new Tensor[inputs.Length];
        var inputViews = new TensorView[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            sources[i] = ChannelsLast.Has(inputs[i].Rank) ? inputs[i].ToPixels(mode) : inputs[i].ToContiguous();
            inputViews[i] = sources[i].View();
        }
        var outputs = new Tensor[outputTypes.Length];
        var outputViews = new TensorView[outputs.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            (DType type, Shape shape) = (outputTypes[i].Type, outputTypes[i].Shape);
            outputs[i] = Tensor.Empty(ChannelsLast.Has(shape.Rank) ? Tensor.Pixels(shape) : shape, type);
            outputViews[i] = outputs[i].View();
        }
        step.Run(inputViews, outputViews, mode);
        GC.KeepAlive(sources);
        return Array.ConvertAll(outputs, t => ChannelsLast.Has(t.Rank) ? t.FromPixels() : t);
    }
}
