using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Lowering.Random;

/// <summary>A value of a graph and what it holds when the graph runs node by node.</summary>
internal readonly record struct Item(Value Value, Tensor Data)
{
    public Shape Shape => Data.Shape;

    public int Rank => Data.Rank;
}

/// <summary>
/// A small graph drawn from a seed: ops that lowering knows, odd sizes, values that are read more than once, outputs in the middle.
/// Every op is run as it is added, so the graph comes with its inputs and with what it must give.
/// </summary>
internal abstract class RandomGraph
{
    /// <summary>The samples of <see cref="Inputs"/>.</summary>
    public const int Batch = 3;

    private const int LargestValue = 5000;
    private readonly List<Item> _items = [], _outputs = [];
    private readonly List<Tensor> _inputs = [];
    private readonly GraphBuilder _builder;

    protected RandomGraph(ulong seed)
    {
        (Seed, Rng) = (seed, new(seed));
        IsBatched = Rng.NextInt(3) > 0;
        _builder = new($"random{seed}");
    }

    public ulong Seed { get; }

    /// <summary>Whether the leading dimension is a symbol.</summary>
    public bool IsBatched { get; }

    public Graph Graph { get; private set; } = null!;

    public IReadOnlyList<Tensor> Inputs => _inputs;

    /// <summary>The outputs of <see cref="Graph"/>, node by node.</summary>
    public Tensor[] Expected => [.. _outputs.Select(o => o.Data)];

    protected Rng Rng { get; }

    protected Item Last => _items[^1];

    /// <summary>Draws inputs, nodes and outputs.</summary>
    protected void Draw(int nodes)
    {
        Keep(Source());
        for (int i = 0; i < nodes; i++)
        {
            if (Rng.NextInt(12) == 0) Keep(Source());
            if (Next(Pick()) is not { } made) continue;
            Keep(made);
            if (Rng.NextInt(10) == 0) Give(made);
        }
        if (_outputs.All(o => o.Value != Last.Value)) Give(Last);
        foreach (Item output in _outputs) _builder.Output(output.Value);
        Graph = _builder.Build();
    }

    /// <summary>An input, or a value near one.</summary>
    protected abstract Item Source();

    /// <summary>A value computed of <paramref name="x"/> and perhaps others, or null where the drawn op does not take it.</summary>
    protected abstract Item? Next(Item x);

    /// <summary>What stands for <paramref name="item"/> as an output.</summary>
    protected virtual Item Outward(Item item) => item;

    protected Item Input(Tensor data)
    {
        Dim[] dims = [.. data.Shape];
        if (IsBatched) dims[0] = Dim.Symbol("N");
        _inputs.Add(data);
        return new(_builder.Input($"x{_inputs.Count - 1}", new(data.Type, Shape.Create(dims))), data);
    }

    protected Item Constant(Tensor data) => new(_builder.Constant("c", data), data);

    /// <summary>Adds a node and runs it.</summary>
    protected Item Add(Op op, params ReadOnlySpan<Item> inputs)
    {
        Value[] values = new Value[inputs.Length];
        Tensor[] data = new Tensor[inputs.Length];
        for (int i = 0; i < inputs.Length; i++) (values[i], data[i]) = (inputs[i].Value, inputs[i].Data);
        return new(_builder.Add(op.Name.ToLowerInvariant(), op, values), Door.Run(op, data)[0]);
    }

    protected Item Scalar(double value) => Constant(Tensor.Scalar(value));

    /// <summary>An earlier value for which <paramref name="fits"/> holds, or null.</summary>
    protected Item? Other(Func<Item, bool> fits)
    {
        Item[] found = [.. _items.Where(fits)];
        return found.Length == 0 ? null : found[Rng.NextInt(found.Length)];
    }

    protected bool Chance(int oneIn) => Rng.NextInt(oneIn) == 0;

    protected T Choose<T>(params ReadOnlySpan<T> options) => options[Rng.NextInt(options.Length)];

    protected Tensor Uniform(double bound, params ReadOnlySpan<int> dims) => Tensor.Uniform(Shape.Of(dims), Rng, (float)-bound, (float)bound);

    private Item Pick() => Chance(3) ? _items[Rng.NextInt(_items.Count)] : Last;

    private void Keep(Item item)
    {
        if (item.Data.Length <= LargestValue) _items.Add(item);
    }

    private void Give(Item item)
    {
        Item output = Outward(item);
        if (_outputs.All(o => o.Value != output.Value)) _outputs.Add(output);
    }
}
