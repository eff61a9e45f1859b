using Dyadic.Arithmetics;

namespace Dyadic.Ops;

/// <summary>
/// An op whose definition is a composition of tensor ops, and whose step does the same at once. Gradients of every order, and arithmetics that see each
/// operation, go through the composition.
/// </summary>
public abstract record ComposedOp : Op, IComposedOp
{
    /// <summary>The outputs in tensor ops; they depend on floating-point inputs through ops that have gradients, wherever this op has one.</summary>
    protected abstract Tensor[] Compose(ReadOnlySpan<Tensor> inputs);

    Tensor[] IComposedOp.Compose(ReadOnlySpan<Tensor> inputs) => Compose(inputs);

    // The composition is recorded again, from copies of the inputs: one input may depend on another, and only what happens in here is differentiated.
    /// <inheritdoc/>
    public sealed override Tensor?[] Gradient(GradientContext context)
    {
        using GradMode.Scope recording = GradMode.Set(true);
        Tensor[] inputs = new Tensor[context.Inputs.Count];
        int[] needed = [.. Enumerable.Range(0, inputs.Length).Where(i => context.Needs(i))];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = Copy(context, i);
        Tensor[] outputs = Compose(inputs);
        int[] used = [.. Enumerable.Range(0, outputs.Length).Where(i => context.OutputGradients[i] is not null && outputs[i].RequiresGrad)];
        Tensor?[] found = used.Length == 0
            ? new Tensor?[needed.Length]
            : Autograd.Gradient([.. used.Select(i => outputs[i])], [.. needed.Select(i => inputs[i])], context.CreateGraph, [.. used.Select(i => context.OutputGradients[i])]);
        Tensor?[] gradients = new Tensor?[inputs.Length];
        for (int i = 0; i < needed.Length; i++) gradients[needed[i]] = found[i];
        return gradients;
    }

    // On the tape behind the input where the gradient will be differentiated again, else without a past.
    private static Tensor Copy(GradientContext context, int index)
    {
        Tensor input = context.Inputs[index];
        if (context.CreateGraph && input.RequiresGrad) return input.Apply(new Identity());
        Tensor copy = input.Detach();
        copy.RequiresGrad = context.Needs(index);
        return copy;
    }
}
