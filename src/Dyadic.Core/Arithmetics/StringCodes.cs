using Dyadic.Kernels;

namespace Dyadic.Arithmetics;

/// <summary>Ops on tensors of strings: those that move and compare elements do so with codes, the places of strings in one table; others refuse them.</summary>
internal static class StringCodes
{
    /// <summary>True where an op is to run on strings, or to make some.</summary>
    public static bool Concerns(Op op, ReadOnlySpan<Tensor> inputs)
    {
        foreach (Tensor input in inputs)
            if (input.Type == DType.String) return true;
        return op is IStringOp { MakesStrings: true };
    }

    /// <summary>Refuses strings that an op cannot compute with.</summary>
    /// <exception cref="ShapeException">An input holds strings, and the op takes numbers only.</exception>
    public static void Require(Op op, ReadOnlySpan<TensorType> inputs)
    {
        if (op is IStringOp { TakesStrings: true }) return;
        foreach (TensorType input in inputs)
            Ensure.Shape(input.Type != DType.String, $"{op.Name}: an input is {input}; it computes with numbers. Cast the strings first.");
    }

    /// <summary>The outputs of an op that moves or compares elements: it runs on codes of one table.</summary>
    public static Tensor[] Run(Op op, ReadOnlySpan<Tensor> inputs, in ExecutionMode mode)
    {
        TensorType[] types = op.Infer(Op.TypesOf(inputs));
        (StringTable table, Tensor[] codes) = Common(inputs);
        Tensor[] results = op.Forward(codes, mode);
        for (int i = 0; i < results.Length; i++)
            if (types[i].Type == DType.String) results[i] = Tensor.OfCodes(results[i], table);
        return results;
    }

    private static (StringTable Table, Tensor[] Inputs) Common(ReadOnlySpan<Tensor> inputs)
    {
        Tensor[] common = inputs.ToArray();
        int[] strings = [.. Enumerable.Range(0, common.Length).Where(i => common[i].Type == DType.String)];
        (StringTable table, int[]?[] places) = StringTable.Union([.. strings.Select(i => common[i].StringTable!)]);
        for (int k = 0; k < strings.Length; k++)
        {
            ref Tensor input = ref common[strings[k]];
            int[]? place = places[k];
            input = place is null ? input.Codes() : Tensor.From(Array.ConvertAll(input.Codes().ToArray<int>(), code => place[code]), input.Shape);
        }
        return (table, common);
    }
}
