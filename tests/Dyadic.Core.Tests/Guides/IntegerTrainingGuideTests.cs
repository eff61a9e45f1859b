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
    public void The_page_shows_this_code() => GuidePage.ShowsCodeOf("integer-training.md", "tests/Dyadic.Core.Tests/Guides/IntegerTrainingGuideTests.cs", 3);

    // A new rule belongs into the table of the page and into the list below it.
    [Fact]
    public void The_page_names_the_ops_that_run_on_codes()
    {
        string page = File.ReadAllText(Repository.At("docs/guides/integer-training.md"));
        Assert.Contains($"With an integer rule: {Names(t => t.IsAssignableTo(typeof(IIntegerOp)) && !t.IsAssignableTo(typeof(IElementFunction)))}.\n", page, StringComparison.Ordinal);
        Assert.Contains($"Functions by tables of 8-bit codes: {Names(t => t.IsAssignableTo(typeof(IElementFunction)))}.\n", page, StringComparison.Ordinal);
        Assert.Contains($"Functions between maps: {Names(t => t.IsAssignableTo(typeof(IFunctionBetweenMaps)) && !t.IsAssignableTo(typeof(IIntegerOp)))}.\n", page, StringComparison.Ordinal);

        static string Names(Func<Type, bool> where) => string.Join(", ", typeof(Op).Assembly.GetTypes().Where(t => !t.IsInterface && !t.IsAbstract && where(t)).Select(t => t.Name).Order(StringComparer.Ordinal));
    }
}
