using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>A loop whose iterations are known while importing: the nodes of its body, once for each. So it may carry sequences that grow.</summary>
internal static class Unrolling
{
    /// <summary>True when the loop was unrolled; false, and nothing has happened, when its number of iterations is computed while the graph runs.</summary>
    /// <param name="n">The loop.</param>
    /// <param name="body">Its body.</param>
    /// <param name="before">What is carried into the first iteration.</param>
    /// <exception cref="ImportRefusal">A later iteration decides on data whether there is another one.</exception>
    /// <exception cref="Runtime.BudgetException">It becomes too many nodes.</exception>
    public static bool TryApply(NodeImport n, GraphProto body, Operand[] before)
    {
        if ((n.Has(0) && !IsKnown(n, 0)) || (n.Has(1) && !IsKnown(n, 1))) return false;
        long most = n.Has(0) ? n[0].Constant!.Reshape().Item<long>() : long.MaxValue;
        bool goesOn = !n.Has(1) || n[1].Constant!.Reshape().Item<bool>();
        Operand[] carried = before;
        List<Value>[] stacked = [.. Enumerable.Range(0, Math.Max(0, body.Output.Count - 1 - carried.Length)).Select(_ => new List<Value>())];
        for (long i = 0; i < most && goesOn; i++)
        {
            Value number = n.NewConstant("iteration", Tensor.From([i], Shape.Scalar)), condition = n.NewConstant("condition", Tensor.From([true], Shape.Scalar));
            Region region = n.Inner(body, [new Operand.Of(number), new Operand.Of(condition), .. carried]);
            NodeImport.Require(region.Outputs.Count > carried.Length, $"its body has {region.Outputs.Count} outputs for {carried.Length} carried values");
            if (region.Outputs[0] is not Operand.Of { Value.Constant: { Length: 1 } next })
            {
                if (i == 0) return false;
                throw new ImportRefusal($"it carries a sequence or an optional, and iteration {i} computes while the graph runs whether there is another one");
            }
            goesOn = next.Reshape().Item<bool>();
            Operand[] outputs = n.Placed(region);
            carried = outputs[1..(1 + carried.Length)];
            for (int k = 0; k < stacked.Length; k++) stacked[k].Add(n.ValueOf(outputs[1 + carried.Length + k]));
        }
        for (int i = 0; i < Math.Min(carried.Length, n.OutputCount); i++) n.Return(i, carried[i]);
        for (int i = carried.Length; i < n.OutputCount; i++) n.Return(i, new Operand.Of(Stack(n, stacked[i - carried.Length])));
        return true;
    }

    private static bool IsKnown(NodeImport n, int index) => n.Operand(index) is Operand.Of { Value.Constant.Length: 1 };

    private static Value Stack(NodeImport n, List<Value> slices)
    {
        NodeImport.Require(slices.Count > 0, "it has no iteration, and so nothing tells the shape of what it stacks");
        return n.Emit(new Concat(0), [.. slices.Select(s => n.Emit(new Unsqueeze([0]), s))]);
    }
}
