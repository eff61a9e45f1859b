using Dyadic.Core.Tests.Data;
using Dyadic.Data;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Golden;

/// <summary>Checkpoints with the names and shapes of Hugging Face's, loaded from safetensors files; outputs against those of PyTorch 1.13 in float64.</summary>
public sealed class PretrainedTests
{
    private static readonly TransformerOptions Encoder = new BertOptions().Encoder with { Features = 8, Heads = 2, Hidden = 12, Layers = 2 };
    private static readonly BertOptions Words = new() { Vocabulary = 11, Positions = 6, Encoder = Encoder };
    private static readonly VitOptions Images = new() { ImageSize = 4, Patch = 2, Encoder = Encoder with { PreNorm = true } };

    public static TheoryData<string> Cases => [.. TorchCase.All("pretrained").Select(c => c.Op)];

    [Theory, MemberData(nameof(Cases))]
    public void A_checkpoint_is_loaded_and_gives_its_outputs(string op)
    {
        TorchCase c = TorchCase.All("pretrained").Single(one => one.Op == op);
        Module model = Make(op);
        Dictionary<string, Tensor> weights = Weights(c);
        using Folder folder = new();
        SafeTensors.Write(folder.At("model.safetensors"), weights);
        WeightReport report = model.LoadWeights(SafeTensors.Read(folder.At("model.safetensors")).Tensors, Names(op));
        Assert.Empty(report.Missing);
        Assert.Empty(report.Unexpected);
        model.Eval();
        TorchCase.AssertClose($"{c}: y", c.Y, Run(model, c), 1e-5);

        IReadOnlyDictionary<string, Tensor> saved = model.NamedWeights(Names(op));
        if (op == "bert") weights = weights.ToDictionary(w => w.Key["bert.".Length..], w => w.Value);    // the bare encoder's own file has no prefix
        Assert.Equal(weights.Keys.Order(), saved.Keys.Order());
        Assert.All(saved, s => Assert.Equal(weights[s.Key].ToArray<float>(), s.Value.ToArray<float>()));
    }

    [Fact]
    public void Older_names_other_prefixes_and_buffers_are_understood()
    {
        TorchCase c = TorchCase.All("pretrained").Single(one => one.Op == "bert_masked");
        Dictionary<string, Tensor> older = [];
        foreach ((string name, Tensor value) in Weights(c))
        {
            string old = name.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal);
            older[old.StartsWith("bert.", StringComparison.Ordinal) ? old[5..] : old] = value.Cast(DType.Float64);
        }
        older["embeddings.position_ids"] = Tensor.Zeros(Shape.Of(1, 6), DType.Int64);
        older["cls.predictions.decoder.weight"] = older["embeddings.word_embeddings.weight"];
        older["cls.predictions.decoder.bias"] = older["cls.predictions.bias"];
        older["cls.seq_relationship.weight"] = Tensor.Zeros(Shape.Of(2, 8));
        Module model = Make(c.Op);
        WeightReport report = model.LoadWeights(older, WeightNames.Bert);
        Assert.Empty(report.Missing);
        Assert.Equal(["cls.seq_relationship.weight"], report.Unexpected);
        model.Eval();
        TorchCase.AssertClose($"{c}: y", c.Y, Run(model, c), 1e-5);
    }

    [Fact]
    public void A_new_head_is_reported_as_missing_and_keeps_its_values()
    {
        BertForClassification model = new(Words, 5, new Rng(1));
        float[] before = model.NamedParameters().Single(p => p.Name == "classifier.weight").Tensor.ToArray<float>();
        Dictionary<string, Tensor> weights = Weights(TorchCase.All("pretrained").Single(one => one.Op == "bert_masked"));
        WeightReport report = model.LoadWeights(weights, WeightNames.Bert);
        Assert.Equal(["classifier.bias", "classifier.weight"], report.Missing.Order());
        Assert.Equal(["cls.predictions.bias", "cls.predictions.transform.LayerNorm.bias"], report.Unexpected.Order().Take(2));
        Assert.Equal(before, model.NamedParameters().Single(p => p.Name == "classifier.weight").Tensor.ToArray<float>());
    }

    [Fact]
    public void Weights_that_do_not_fit_are_refused_and_nothing_is_changed()
    {
        Module model = Make("bert");
        float[] before = model.Parameters()[0].ToArray<float>();
        Dictionary<string, Tensor> weights = Weights(TorchCase.All("pretrained").Single(one => one.Op == "bert"));
        weights["bert.pooler.dense.weight"] = Tensor.Zeros(Shape.Of(8, 9));
        weights["bert.pooler.dense.bias"] = Tensor.Zeros(Shape.Of(8), DType.Int32);
        string message = Assert.Throws<InvalidDataException>(() => model.LoadWeights(weights, WeightNames.Bert)).Message;
        Assert.Contains("'bert.pooler.dense.weight' is float32[8, 9], the model has float32[8, 8]", message, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("'bert.pooler.dense.bias' is int32[8]", message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, model.Parameters()[0].ToArray<float>());
        Assert.Contains("no name fits", Assert.Throws<InvalidDataException>(() => model.LoadWeights(new Dictionary<string, Tensor> { ["x"] = Tensor.Zeros(Shape.Of(1)) }, WeightNames.Bert)).Message);
        weights = Weights(TorchCase.All("pretrained").Single(one => one.Op == "bert"));
        weights["pooler.dense.bias"] = Tensor.Zeros(Shape.Of(8));
        Assert.Contains("mean one parameter", Assert.Throws<InvalidDataException>(() => model.LoadWeights(weights, WeightNames.Bert)).Message);
    }

    [Fact]
    public void Sizes_of_the_published_models_have_their_parameters()
    {
        // 109,482,240 and 85,798,656 as published for the encoders (ViT without pooler); counted on two layers of the same kind: all layers are alike.
        static long Extrapolated(Func<int, Module> make)
        {
            long one = make(1).ParameterCount(), two = make(2).ParameterCount();
            return one + (11 * (two - one));
        }
        BertOptions bert = new();
        Assert.Equal(109_482_240, Extrapolated(n => new Bert(bert with { Encoder = bert.Encoder with { Layers = n } }, new Rng(1))));
        Assert.Equal(85_798_656, Extrapolated(n => new Vit(VitOptions.Base with { Encoder = VitOptions.Base.Encoder with { Layers = n } }, new Rng(1))));
        Assert.Equal(5_717_416, Extrapolated(n => new VitForClassification(VitOptions.Tiny with { Encoder = VitOptions.Tiny.Encoder with { Layers = n } }, 1000, new Rng(1))));
    }

    private static WeightNames Names(string op) => op.StartsWith("vit", StringComparison.Ordinal) ? WeightNames.Vit : WeightNames.Bert;

    private static Module Make(string op) => op switch
    {
        "bert" => new Bert(Words, new Rng(1)),
        "bert_classifier" => new BertForClassification(Words, 3, new Rng(1)),
        "bert_masked" => new BertForMaskedTokens(Words, new Rng(1)),
        _ => new VitForClassification(Images, 3, new Rng(1)),
    };

    private static Tensor Run(Module model, TorchCase c)
    {
        Tensor[] x = [.. c.Inputs(DType.Float32).Select(i => i.Value)];
        switch (model)
        {
            case Bert bert:
                Tensor y = bert.Forward(x[0], x[1], x[2]);
                return Tensor.Concat(0, y.Reshape(-1), bert.Pooler.Forward(y).Reshape(-1));
            case BertForClassification classifier: return classifier.Forward(x[0], x[1], x[2]);
            case BertForMaskedTokens masked: return masked.Forward(x[0], x[1], x[2]);
            default: return model.Forward(x[0]);
        }
    }

    // Weight k in the order of names: 0.3·sin(0.37·i + k), around 1 for the scale of a normalisation.
    private static Dictionary<string, Tensor> Weights(TorchCase c)
    {
        Dictionary<string, Tensor> weights = [];
        (string Name, Shape Shape)[] shapes = c.Shapes("weights");
        for (int k = 0; k < shapes.Length; k++)
        {
            (string name, Shape shape) = shapes[k];
            double centre = shape.Rank == 1 && name.Contains("orm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
            weights[name] = Tensor.From([.. Enumerable.Range(0, shape.Length).Select(i => (float)(centre + 0.3 * Math.Sin(0.37 * i + k)))], shape);
        }
        return weights;
    }
}
