using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>The sizes of a vision transformer; those of vit-base-patch16-224 by default.</summary>
public sealed record VitOptions
{
    /// <summary>Side of the square images.</summary>
    public int ImageSize { get; init; } = 224;

    /// <summary>Side of a patch, a divisor of the image's.</summary>
    public int Patch { get; init; } = 16;

    /// <summary>Channels of the images.</summary>
    public int Channels { get; init; } = 3;

    /// <summary>The encoder.</summary>
    public TransformerOptions Encoder { get; init; } = Sizes(768, 12);

    /// <summary>192 features, 3 heads: DeiT-Ti. Touvron et al. 2021, Table 1.</summary>
    public static VitOptions Tiny { get; } = new() { Encoder = Sizes(192, 3) };

    /// <summary>384 features, 6 heads: DeiT-S.</summary>
    public static VitOptions Small { get; } = new() { Encoder = Sizes(384, 6) };

    /// <summary>768 features, 12 heads: ViT-B and DeiT-B.</summary>
    public static VitOptions Base { get; } = new();

    private static TransformerOptions Sizes(int features, int heads) => new(features, heads, 4 * features)
    {
        Layers = 12, PreNorm = true, Activation = Activation.Gelu, Epsilon = 1e-12f, Dropout = 0, AttentionDropout = 0, HiddenDropout = 0,
    };
}

/// <summary>A class token, then the patches of an image, each with its position. Shapes: x [N, C, S, S] → y [N, 1 + (S/P)², D].</summary>
public sealed class VitEmbeddings : Module
{
    private readonly Tensor _classToken, _positions;
    private readonly Conv2D _projection;
    private readonly VitOptions _options;
    private readonly int _count;

    /// <summary>Embeddings with parameters from <paramref name="rng"/>.</summary>
    /// <exception cref="ArgumentException">The patches do not tile the image.</exception>
    public VitEmbeddings(VitOptions options, Rng rng)
    {
        int side = options.ImageSize / Math.Max(1, options.Patch), features = options.Encoder.Features;
        Ensure.Argument(side * options.Patch == options.ImageSize && side > 0, $"VitEmbeddings: patches of {options.Patch} do not tile images of {options.ImageSize}.");
        (_options, _count) = (options, side * side);
        _classToken = Parameter("cls_token", Tensor.Normal(Shape.Of(1, 1, features), rng.Split("class"), 0, TransformerInit.Deviation));
        _positions = Parameter("position_embeddings", Tensor.Normal(Shape.Of(1, _count + 1, features), rng.Split("positions"), 0, TransformerInit.Deviation));
        _projection = Child("projection", new Conv2D(options.Channels, features, options.Patch, rng.Split("projection"), stride: options.Patch));
        _projection.Weight.CopyFrom(Tensor.Normal(_projection.Weight.Shape, rng.Split("patches"), 0, TransformerInit.Deviation));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        bool fits = x.Rank == 4 && x.Shape[1] == _options.Channels && x.Shape[2] == _options.ImageSize && x.Shape[3] == _options.ImageSize;
        Ensure.Shape(fits, $"VitEmbeddings: x is {x.Shape}; [N, {_options.Channels}, {_options.ImageSize}, {_options.ImageSize}] is needed.");
        Tensor patches = _projection.Forward(x).Reshape(0, 0, -1).Transpose(1, 2);            // [N, (S/P)², D]
        // The class token is the same for all samples, so it joins the positions: what is added to the patches does not depend on the batch.
        Tensor first = _classToken.Pad([0, 0, 0, 0, _count, 0]) + _positions;
        return patches.Pad([0, 1, 0, 0, 0, 0]) + first;
    }
}

/// <summary>Patches of an image through a transformer encoder with normalisation first. Shapes: x [N, C, S, S] → y [N, 1 + (S/P)², D].</summary>
/// <remarks>Dosovitskiy et al. 2021. <see cref="WeightNames.Vit"/> maps its parameters to the names of published checkpoints.</remarks>
public sealed class Vit : Module
{
    private readonly VitEmbeddings _embeddings;
    private readonly Dropout _dropout;
    private readonly TransformerEncoder _encoder;

    /// <summary>An encoder with parameters from <paramref name="rng"/>.</summary>
    public Vit(VitOptions options, Rng rng)
    {
        Ensure.Argument(options.Encoder.PreNorm, $"Vit: the encoder of a vision transformer normalises first. Set PreNorm.");
        _embeddings = Child("embeddings", new VitEmbeddings(options, rng.Split("embeddings")));
        _dropout = Child("dropout", new Dropout(options.Encoder.Dropout, rng.Split("dropout")));
        _encoder = Child("encoder", new TransformerEncoder(options.Encoder, rng.Split("encoder")));
        TransformerInit.Apply(this, options.Encoder, rng.Split("init"));
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => _encoder.Forward(_dropout.Forward(_embeddings.Forward(x)));
}

/// <summary>A vision transformer with a linear classifier on the class token. Shapes: x [N, C, S, S] → logits [N, classes].</summary>
public sealed class VitForClassification : Module
{
    private readonly Linear _classifier;

    /// <summary>A network with parameters from <paramref name="rng"/>.</summary>
    public VitForClassification(VitOptions options, int classes, Rng rng)
    {
        Vit = Child("vit", new Vit(options, rng.Split("vit")));
        _classifier = Child("classifier", new Linear(options.Encoder.Features, classes, rng.Split("classifier")));
        TransformerInit.Apply(_classifier, options.Encoder, rng.Split("init"));
    }

    /// <summary>The encoder.</summary>
    public Vit Vit { get; }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => _classifier.Forward(Vit.Forward(x).Select(1, 0));
}
