using Dyadic.Nn;

namespace Dyadic.Recipes.FineTuning;

/// <summary>Sizes of an encoder and the weights that pre-training gave it.</summary>
/// <param name="Options">The sizes.</param>
/// <param name="Weights">Its parameters, under their paths in a network.</param>
internal sealed record Pretrained<T>(T Options, IReadOnlyDictionary<string, Tensor> Weights)
{
    /// <summary>What pre-training left in the encoder of <paramref name="model"/>.</summary>
    /// <param name="options">Its sizes.</param>
    /// <param name="prefix">The name of the encoder within the network.</param>
    /// <param name="model">The network.</param>
    public static Pretrained<T> Of(T options, string prefix, Module model) => new(options,
        model.NamedParameters().Where(p => p.Name.StartsWith(prefix + ".", StringComparison.Ordinal)).ToDictionary(p => p.Name, p => p.Tensor.Clone()));

    /// <summary>The weights that an earlier run kept under <paramref name="name"/>, or those of <paramref name="train"/>.</summary>
    public static Pretrained<T> Kept(RecipeContext context, string name, T options, Func<Pretrained<T>> train) =>
        new(options, context.KeepTensors(name, () => train().Weights));

    /// <summary>Copies the weights into the encoder of a network; its head stays as it is.</summary>
    public TModel LoadInto<TModel>(TModel model) where TModel : Module
    {
        foreach ((string name, Tensor tensor) in model.NamedParameters())
            if (Weights.TryGetValue(name, out Tensor? trained)) tensor.CopyFrom(trained);
        return model;
    }
}
