namespace Dyadic;

/// <summary>What <see cref="Op.Gradient"/> gets: the op's inputs and outputs and the gradients of its outputs.</summary>
/// <param name="inputs">The inputs of the forward call.</param>
/// <param name="outputs">The outputs of the forward call.</param>
/// <param name="outputGradients">The gradient of each output; null where the output was not used.</param>
/// <param name="needed">Which inputs need a gradient.</param>
/// <param name="createGraph">True when the gradients will be differentiated again: only then must fused gradients be avoided.</param>
public sealed class GradientContext(Tensor[] inputs, Tensor[] outputs, Tensor?[] outputGradients, bool[] needed, bool createGraph)
{
    /// <summary>The inputs of the forward call.</summary>
    public IReadOnlyList<Tensor> Inputs => inputs;

    /// <summary>The outputs of the forward call.</summary>
    public IReadOnlyList<Tensor> Outputs => outputs;

    /// <summary>The gradient of each output; null where the output was not used.</summary>
    public IReadOnlyList<Tensor?> OutputGradients => outputGradients;

    /// <summary>True when the gradients will be differentiated again.</summary>
    public bool CreateGraph => createGraph;

    /// <summary>The gradient of output 0, for ops of one output (never null there).</summary>
    public Tensor Dy => outputGradients[0]!;

    /// <summary>True when input <paramref name="index"/> needs a gradient.</summary>
    public bool Needs(int index) => needed[index];
}
