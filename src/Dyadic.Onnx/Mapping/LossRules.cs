using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Losses over classes: −w[t]·log p[t], none where t is the ignored class; the mean is over the weights.</summary>
internal static class LossRules
{
    public static IEnumerable<ImportRule> Imports =>
    [
        new("NegativeLogLikelihoodLoss", 12, n => Return(n, n[0])),
        new("SoftmaxCrossEntropyLoss", 12, ImportSoftmaxCrossEntropy),
    ];

    private static void ImportSoftmaxCrossEntropy(NodeImport n)
    {
        Value logarithms = n.Emit(new LogSoftmax(1), n[0]);
        Return(n, logarithms);
        if (n.Wants(1)) n.Define(1, logarithms);
    }

    // Shapes: logarithms [N, C, d…], targets [N, d…], weights [C]; losses [N, d…].
    private static void Return(NodeImport n, Value logarithms)
    {
        (Value targets, Value? weights) = (n[1], n.Optional(2));
        Value? counted = null;
        if (n.Long("ignore_index", long.MinValue) is var ignored && ignored != long.MinValue)
        {
            Value skipped = n.Emit(new Equal(), targets, n.NewConstant("ignored", Integer(ignored, targets)));
            counted = n.Emit(new Not(), skipped);
            targets = n.Emit(new Where(), skipped, n.NewConstant("first", Integer(0, targets)), targets);      // any class will do: its loss is not counted
        }
        Value picked = n.Emit(new Squeeze([1]), n.Emit(new GatherElements(1), logarithms, n.Emit(new Unsqueeze([1]), targets)));
        Value losses = n.Emit(new Neg(), picked);
        Value? weight = weights is null ? null : n.Emit(new Gather(0), weights, targets);
        if (counted is not null)
        {
            Value zero = n.Number("zero", 0, losses);
            weight = n.Emit(new Where(), counted, weight ?? n.Number("one", 1, losses), zero);
        }
        if (weight is not null) losses = n.Emit(new Mul(), losses, weight);
        switch (n.Text("reduction", "mean"))
        {
            case "none": n.Return(new Identity(), losses); break;
            case "sum": n.Return(new ReduceSum([], false), losses); break;
            case "mean" when weight is null: n.Return(new ReduceMean([], false), losses); break;
            case "mean": n.Return(new Div(), n.Emit(new ReduceSum([], false), losses), n.Emit(new ReduceSum([], false), weight)); break;
            case string other: throw new ImportRefusal($"reduction '{other}' is unknown; none, sum and mean are known");
        }
    }

    private static Tensor Integer(long value, Value like) => like.Type.Type == Numerics.DType.Int64
        ? Tensor.From([value], Shape.Scalar)
        : Tensor.From([checked((int)value)], Shape.Scalar);
}
