using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Data;

namespace Dyadic.Ops;

/// <summary>y[i₀, i₁, …] = x[i₀ mod n₀, i₁ mod n₁, …]: x, repeated along each axis. Shapes: x [n…] → y [n·r…].</summary>
/// <param name="Repeats">r, one number for each axis.</param>
public sealed record Tile(Dims Repeats) : Op, IIntegerOp, IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Shape x = inputs[0].Shape;
        Ensure.Shape(Repeats.Count == x.Rank && Repeats.All(r => r >= 0), $"Tile: {Repeats} are no repeats for x of shape {x}; one number ≥ 0 for each axis is needed.");
        return [new(inputs[0].Type, [.. Enumerable.Range(0, x.Rank).Select(a => Repeats[a] == 0 ? (Dim)0 : x[a] * Repeats[a])])];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new TileStep();

    // Axis n·r is r times n: the sum over all r.
    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        Shape x = context.Inputs[0].Shape;
        int[] split = [.. x.ToArray().Zip(Repeats, (n, r) => (int[])[r, n]).SelectMany(p => p)];
        return [x.Rank == 0 ? context.Dy : context.Dy.Reshape(split).ReduceSum([.. Enumerable.Range(0, x.Rank).Select(a => 2 * a)])];
    }

    Tensor[]? IIntegerOp.Run(IntegerCall call) => CodeMovement.Run(this, call);
}

/// <summary>Repetition.</summary>
public static class TileExtensions
{
    extension(Tensor x)
    {
        /// <inheritdoc cref="Ops.Tile"/>
        public Tensor Tile(params ReadOnlySpan<int> repeats) => x.Apply(new Tile(Dims.Create(repeats)));
    }
}
