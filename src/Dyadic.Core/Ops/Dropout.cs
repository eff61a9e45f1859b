using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>y = x/(1 − p) with probability 1 − p, else 0, element by element; a function of seed and stream.</summary>
/// <param name="Probability">p, of being dropped; 0 ≤ p &lt; 1.</param>
/// <param name="Seed">The seed of the mask.</param>
/// <param name="Stream">The stream of the mask; element i takes its word i.</param>
/// <remarks>Srivastava et al. 2014, scaled at training. Linear in x with a mask that is drawn again instead of stored, so its gradient is itself.</remarks>
public sealed partial record Dropout(float Probability, ulong Seed, ulong Stream) : Op
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Ensure.Argument(Probability is >= 0 and < 1, $"{Name}: the probability is {Probability}; it must be at least 0 and below 1.");
        Contractions.SameFloats(inputs, Name);
        return [inputs[0]];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new DropoutStep(Probability, Seed, Stream);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context) => [context.Dy.Apply(this)];
}

/// <summary>Dropout on tensors.</summary>
public static class DropoutExtensions
{
    extension(Tensor x)
    {
        /// <summary>x/(1 − p) with probability 1 − p, else 0. Only for training: at evaluation leave it out.</summary>
        /// <param name="probability">p, of being dropped.</param>
        /// <param name="rng">Two words are drawn from it to choose the stream of the mask.</param>
        public Tensor Dropout(float probability, Rng rng)
        {
            RngState mask = rng.Split((long)rng.NextUInt64()).State;
            return x.Apply(new Dropout(probability, mask.Seed, mask.Stream));
        }
    }
}
