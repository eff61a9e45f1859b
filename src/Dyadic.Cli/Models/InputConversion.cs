using Dyadic.Cli.Framework;
using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Cli.Models;

/// <summary>Makes given arrays fit the inputs of a model where that loses nothing silently: every conversion is noted.</summary>
/// <param name="context">Hears of conversions.</param>
/// <param name="graph">The model.</param>
/// <param name="source">What errors call the data.</param>
internal sealed class InputConversion(CommandContext context, Graph graph, string source)
{
    /// <summary>The tensor in the declared type and shape.</summary>
    /// <exception cref="InvalidDataException">It cannot be; the message lists what the model expects.</exception>
    public Tensor Fit(Value input, Tensor given, IReadOnlyDictionary<string, Tensor> all)
    {
        Tensor shaped = Reshaped(input, given) ?? throw Mismatch(all);
        if (shaped.Type == input.Type.Type) return shaped;
        if (shaped.Type == DType.String || input.Type.Type == DType.String) throw Mismatch(all);
        if (input.Type.Type.IsFloat())
        {
            context.Note($"input '{input.Name}': converted from {NameOf(shaped.Type)} to {NameOf(input.Type.Type)}");
            return shaped.Cast(input.Type.Type);
        }
        if (!shaped.Type.IsFloat())
        {
            context.Note($"input '{input.Name}': converted from {NameOf(shaped.Type)} to {NameOf(input.Type.Type)}");
            return Narrowed(input, shaped);
        }
        if (CodeParams.Of(graph, input.Name) is not { } codes)
            throw new InvalidDataException($"Input '{input.Name}' is {input.Type} and {source} holds {NameOf(shaped.Type)}; the model does not say how to quantise it. Save {NameOf(input.Type.Type)} values.");
        context.Note($"input '{input.Name}': quantised at the boundary to {codes}");
        return codes.Quantize(shaped.Cast(DType.Float32));
    }

    /// <summary>The error that lists what the model expects and what was given.</summary>
    public InvalidDataException Mismatch(IReadOnlyDictionary<string, Tensor> given) => new(
        $"{source} holds {string.Join(", ", given.Select(a => $"{a.Key} {a.Value.TensorType}"))}; "
        + $"the model expects {string.Join(", ", graph.Inputs.Select(v => $"{v.Name} {v.Type}"))}. Save arrays of these names and shapes.");

    // The same shape; or another arrangement of as many values a sample, such as [N, 28, 28] for [N, 1, 28, 28].
    private Tensor? Reshaped(Value input, Tensor given)
    {
        Shape declared = input.Shape;
        if (Matches(declared, given.Shape)) return given;
        if (declared.Rank == 0 || given.Rank == 0 || declared.Skip(1).Any(d => !d.IsKnown)) return null;
        long size = 1, length = 1;
        foreach (Dim d in declared.Skip(1)) size *= d.Size;
        foreach (Dim d in given.Shape.Skip(1)) length *= d.Size;
        if (size != length) return null;
        Shape shape = declared.With(0, given.Shape[0]);
        context.Note($"input '{input.Name}': reshaped from {given.Shape} to {shape}");
        return given.Reshape(shape.ToArray());
    }

    // A known leading dimension is a batch that the engine steps through.
    private static bool Matches(Shape declared, Shape given)
    {
        if (declared.Rank != given.Rank) return false;
        for (int i = 0; i < given.Rank; i++)
            if (declared[i].IsKnown && declared[i] != given[i] && !(i == 0 && declared[0].Size > 0 && given[0].Size % declared[0].Size == 0)) return false;
        return true;
    }

    private Tensor Narrowed(Value input, Tensor given)
    {
        Tensor cast = given.Cast(input.Type.Type);
        if (!cast.Cast(DType.Int64).ToArray<long>().AsSpan().SequenceEqual(given.Cast(DType.Int64).ToArray<long>()))
            throw new InvalidDataException($"Input '{input.Name}' is {input.Type} and {source} holds {NameOf(given.Type)} values that do not fit. Save {NameOf(input.Type.Type)} values.");
        return cast;
    }

    private static string NameOf(DType type) => type.ToString().ToLowerInvariant();
}
