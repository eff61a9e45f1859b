namespace Dyadic.Ops;

/// <summary>Reverse-mode differentiation over the tape. Gradients are tensor ops, so gradients of gradients are too.</summary>
public static class Autograd
{
    /// <summary>Ops on this thread are not recorded until the result is disposed.</summary>
    public static IDisposable NoGrad() => GradMode.Set(false);

    extension(Tensor y)
    {
        /// <summary>Adds dy/dp to the <c>Grad</c> of every leaf p that wants a gradient.</summary>
        /// <param name="gradient">The gradient of y; may be left out when y has one element (it is 1 then).</param>
        /// <param name="retainGraph">Keep the tape, so that Backward can be called again.</param>
        /// <exception cref="ShapeException">y has several elements and no gradient was given.</exception>
        public void Backward(Tensor? gradient = null, bool retainGraph = false) =>
            new BackwardPass([y], [gradient], retainGraph, createGraph: false).AccumulateIntoLeaves();
    }

    /// <summary>Σ over outputs of (d output / d input)ᵀ·gradient, for each input; null where an output does not depend on the input.</summary>
    /// <param name="outputs">What is differentiated.</param>
    /// <param name="inputs">With respect to what: leaves or intermediate results.</param>
    /// <param name="createGraph">Record the gradients themselves, so that they can be differentiated again.</param>
    /// <param name="outputGradients">Weights of the outputs; may be left out for outputs of one element.</param>
    /// <param name="retainGraph">Keep the tape; the default is <paramref name="createGraph"/>.</param>
    public static Tensor?[] Gradient(
        ReadOnlySpan<Tensor> outputs, ReadOnlySpan<Tensor> inputs, bool createGraph = false, Tensor?[]? outputGradients = null, bool? retainGraph = null)
    {
        outputGradients ??= new Tensor?[outputs.Length];
        return new BackwardPass(outputs.ToArray(), outputGradients, retainGraph ?? createGraph, createGraph).With(inputs.ToArray());
    }

    /// <summary>H·v, where H is the matrix of second derivatives of <paramref name="loss"/> with respect to <paramref name="parameters"/>.</summary>
    /// <remarks>d(gᵀv)/dp with v constant (Pearlmutter 1994), by differentiating twice. Parameters without influence give zeros.</remarks>
    public static Tensor[] HessianVectorProduct(Tensor loss, ReadOnlySpan<Tensor> parameters, ReadOnlySpan<Tensor> v, bool retainGraph = false)
    {
        Ensure.Argument(parameters.Length == v.Length, $"HessianVectorProduct: {parameters.Length} parameters and {v.Length} vectors.");
        Tensor?[] first = Gradient([loss], parameters, createGraph: true);
        List<Tensor> outputs = [];
        List<Tensor?> weights = [];
        for (int i = 0; i < first.Length; i++)
        {
            if (first[i] is not { RequiresGrad: true } g) continue;
            outputs.Add(g);
            weights.Add(v[i]);
        }
        Tensor?[] second = outputs.Count == 0
            ? new Tensor?[parameters.Length]
            : Gradient(outputs.ToArray(), parameters, outputGradients: [.. weights], retainGraph: retainGraph);
        var result = new Tensor[parameters.Length];
        for (int i = 0; i < result.Length; i++) result[i] = second[i] ?? Tensor.Zeros(parameters[i].Shape, parameters[i].Type);
        return result;
    }
}
