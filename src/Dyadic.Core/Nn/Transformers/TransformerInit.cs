namespace Dyadic.Nn;

/// <summary>How BERT and ViT start: tables normal with standard deviation 0.02, linear layers with 0.02·√(768/D), biases zero.</summary>
/// <remarks>
/// At D = 768 features that is 0.02 everywhere, as published. A fixed 0.02 in a narrow encoder makes every part add next to nothing, and
/// the signal from a token to the classifier, a product of such parts, starts out too small to train.
/// </remarks>
internal static class TransformerInit
{
    public const float Deviation = 0.02f;

    public static void Apply(Module module, TransformerOptions options, Rng rng)
    {
        float deviation = Deviation * MathF.Sqrt(768f / options.Features);
        foreach ((string path, Module part) in module.Descendants())
        {
            if (part is not Linear linear) continue;
            linear.Weight.CopyFrom(Tensor.Normal(linear.Weight.Shape, rng.Split(path), 0, deviation));
            linear.Bias?.CopyFrom(Tensor.Zeros(linear.Bias.Shape));
        }
    }
}
