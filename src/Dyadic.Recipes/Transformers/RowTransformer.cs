using Dyadic.Nn;
using Dyadic.Ops;

namespace Dyadic.Recipes.Transformers;

/// <summary>A classifier that reads an image row by row, as a sentence. Shapes: x [N, 1, 28, 28] → logits [N, classes].</summary>
internal sealed class RowTransformer : Module
{
    private const int Side = 28, Features = 64;
    private readonly Linear _embed, _head;
    private readonly LearnedPositions _positions;
    private readonly TransformerEncoder _encoder;

    public RowTransformer(int classes, Rng rng)
    {
        TransformerOptions options = new(Features, 4, 4 * Features) { Layers = 2, Activation = Activation.Gelu, Dropout = 0, AttentionDropout = 0, HiddenDropout = 0 };
        _embed = Child("embed", new Linear(Side, Features, rng.Split("embed")));
        _positions = Child("positions", new LearnedPositions(Side, Features, rng.Split("positions")));
        _encoder = Child("encoder", new TransformerEncoder(options, rng.Split("encoder")));
        _head = Child("head", new Linear(Features, classes, rng.Split("head")));
    }

    protected override Tensor Compute(Tensor x) => _head.Forward(_encoder.Forward(_positions.Forward(_embed.Forward(x.Reshape(0, Side, Side)))).ReduceMean([1], keepDims: false));
}
