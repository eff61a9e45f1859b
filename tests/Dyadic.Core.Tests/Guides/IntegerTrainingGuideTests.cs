using Dyadic.Arithmetics;
using Dyadic.Core.Tests.Data;
using Dyadic.Data;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Optim;
using Dyadic.Testing;
using Dropout = Dyadic.Nn.Dropout;

namespace Dyadic.Core.Tests.Guides;

/// <summary>The code of docs/guides/integer-training.md, run; the last test compares it with the page.</summary>
public sealed class IntegerTrainingGuideTests
{
    // A sequence is of class 1 where it holds the token 7.
    [Fact]
    public void A_loop_in_integers()
    {
        using Folder folder = new();
        string path = folder.At("checkpoint.safetensors");
        Rng rng = new(1);
        long[] ids = [.. Enumerable.Range(0, 32 * 8).Select(i => i % 16 == 3 ? 7L : rng.NextInt(8, 64))];
        Tensor tokens = Tensor.From(ids, Shape.Of(32, 8)), labels = Tensor.Vector<long>([.. Enumerable.Range(0, 32).Select(i => (long)(1 - i % 2))]);

        Sequential model = new(
            new Embedding(64, 32, rng.Split("tokens"), padding: 0), new Dropout(0.1f, rng.Split("dropout")),
            new TransformerEncoder(new(Features: 32, Heads: 2, Hidden: 64) { Activation = Activation.Gelu }, rng.Split("encoder")),
            new Lambda(x => x.ReduceMean([1])), new Linear(32, 2, rng.Split("head")));
        AdamW optimizer = new(model.NamedParameters(), 0.003);
        Arithmetic int8 = Arithmetic.Integer(8, seed: 1);

        for (int step = 0; step < 60; step++)
        {
            int8.BeginStep(step);
            using IDisposable scope = Arithmetic.Use(int8);
            Tensor loss = Losses.CrossEntropy(model.Forward(tokens), labels);
            model.ZeroGrad();
            loss.Backward();
            optimizer.Step();
        }

        using (Arithmetic.Use(int8))
        {
            FixedPointTensor codes = model.Forward(tokens).FixedPoint!;
            Console.WriteLine($"{codes.Codes.Type}, {codes.Bits} bits, times 2^{codes.Exponent}");
        }

        SafeTensors.Write(path, model.State().Concat(optimizer.State()).ToDictionary(s => s.Name, s => s.Tensor));
        IReadOnlyDictionary<string, Tensor> saved = SafeTensors.Read(path).Tensors;
        optimizer.LoadState(saved.Where(s => s.Key == "steps" || s.Key.StartsWith("moments/")).ToDictionary());

        model.Eval();
        using IDisposable evaluation = Arithmetic.Use(int8);
        FixedPointTensor logits = model.Forward(tokens).FixedPoint!;
        Assert.Equal((DType.Int8, 8), (logits.Codes.Type, logits.Bits));
        Assert.Equal(labels.ToArray<long>(), model.Forward(tokens).ArgMax(1).ToArray<long>());
        Assert.Equal(60, optimizer.Steps);
    }

    [Fact]
    public void The_page_shows_this_code()
    {
        static string Trimmed(string text) => string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0));
        string source = Trimmed(File.ReadAllText(Repository.At("tests/Dyadic.Core.Tests/Guides/IntegerTrainingGuideTests.cs")));
        string[] blocks = [.. File.ReadAllText(Repository.At("docs/guides/integer-training.md")).Split("```csharp").Skip(1).Select(part => Trimmed(part.Split("```")[0]))];
        Assert.Equal(3, blocks.Length);
        Assert.All(blocks, block => Assert.Contains(block, source, StringComparison.Ordinal));
    }

    // The ops that the page lists as running on codes are those that have an integer rule, and the functions between maps those that are marked so.
    [Fact]
    public void The_page_lists_the_ops_that_run_on_codes()
    {
        string[] rules = [.. typeof(Op).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(IIntegerOp)) && !t.IsInterface).Select(t => t.Name).Order()];
        Assert.Equal(
            "Abs, Add, AveragePool, AveragePoolTranspose, BatchNormalization, BatchNormalizationGradient, BatchNormalizationTraining, Clip, ClipGradient, Concat, Contiguous, Conv, ConvTranspose, " +
            "ConvWeightGradient, Div, Dropout, Expand, Flatten, Gather, GatherElements, GatherElementsGradient, GatherGradient, GlobalAveragePool, Identity, LayerNormalization, " +
            "LayerNormalizationGradient, LeakyRelu, LeakyReluGradient, MatMul, MaxPool, MaxPoolIndices, Mul, Neg, Pad, PlaneScatter, ReduceMean, ReduceSum, Relu, Reshape, ReshapeOp, Sign, Slice, " +
            "SliceScatter, Split, Spread, Squeeze, Sub, Transpose, Unsqueeze, Where", string.Join(", ", rules));
        string[] functions = [.. typeof(Op).Assembly.GetTypes().Where(t => t.IsAssignableTo(typeof(IFunctionBetweenMaps)) && !t.IsAssignableTo(typeof(IIntegerOp)) && !t.IsInterface).Select(t => t.Name).Order()];
        Assert.Equal("Gelu, Sigmoid, Softmax, Softplus, Tanh", string.Join(", ", functions));
    }
}
