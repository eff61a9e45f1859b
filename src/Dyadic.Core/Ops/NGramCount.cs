using Dyadic.Arithmetics;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>
/// How often each n-gram of a pool occurs in each row of x; its items may stand apart by up to <paramref name="MaxSkip"/> others, all by the same number.
/// Shapes: x int32, int64 or String [N, L] or [L] → y float32 [N, size] or [size].
/// </summary>
/// <param name="Pool">The n-grams, one after the other: first the single items, then the pairs, ….</param>
/// <param name="Starts">Where in the pool the single items begin, the pairs, ….</param>
/// <param name="Columns">For each n-gram its column of y.</param>
/// <param name="MinLength">The least n that is counted.</param>
/// <param name="MaxLength">The largest n that is counted.</param>
/// <param name="MaxSkip">The most items left out between two of an n-gram.</param>
/// <param name="Words">Where x holds strings: different words, of which the pool then holds the places. Else empty.</param>
public sealed record NGramCount(Dims Pool, Dims Starts, Dims Columns, int MinLength, int MaxLength, int MaxSkip, Texts Words = default) : Op, IStringOp
{
    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape x = inputs[0].Shape;
        bool fits = Words.Count > 0 ? inputs[0].Type == DType.String : inputs[0].Type is DType.Int32 or DType.Int64;
        Ensure.Shape(fits && x.Rank is 1 or 2, $"{Name}: x is {inputs[0]}; a row or a matrix of {(Words.Count > 0 ? "strings" : "int32 or int64")} is needed.");
        Ensure.Shape(MinLength >= 1 && MaxLength >= MinLength && MaxSkip >= 0, $"{Name}: n-grams of {MinLength} to {MaxLength} items, {MaxSkip} left out, cannot be.");
        int[] starts = [0, .. Starts, Pool.Count];
        Ensure.Shape(starts.SequenceEqual(starts.Order()) && Columns.All(c => c >= 0), $"{Name}: n-grams that start at {Starts} in a pool of {Pool.Count} items cannot be; starts ascend within it.");
        int size = Columns.Count == 0 ? 0 : Columns.Max() + 1;
        return [new(DType.Float32, x.Rank == 1 ? [size] : [x[0], size])];
    }

    bool IStringOp.TakesStrings => Words.Count > 0;

    // Words that are not in the list are in no n-gram.
    Tensor[] IStringOp.Run(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        Dictionary<string, int> places = [];
        for (int i = 0; i < Words.Count; i++) places.TryAdd(Words[i], i);
        int[] items = Array.ConvertAll(inputs[0].ToStrings(), word => places.GetValueOrDefault(word, -1));
        return (this with { Words = [] }).Forward([Tensor.From(items, inputs[0].Shape)], mode);
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => inputs[0].Shape.Product() * Math.Min(MaxLength, Starts.Count) * Math.Min(MaxLength, Starts.Count) * Math.Min(MaxSkip + 1.0, inputs[0].Shape[-1].Size);

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new NGramStep(Pool.ToArray(), Starts.ToArray(), Columns.ToArray(), MinLength, MaxLength, MaxSkip);
}
