using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Onnx.Mapping;

/// <summary>ReverseSequence, and RNN, GRU and LSTM: one op over the whole sequence; inputs that are left out become zeros, and the lengths the largest number.</summary>
internal static class Recurrences
{
    private static readonly CellFunctionKind[] WithAlpha =
        [CellFunctionKind.Affine, CellFunctionKind.LeakyRelu, CellFunctionKind.ThresholdedRelu, CellFunctionKind.ScaledTanh, CellFunctionKind.HardSigmoid, CellFunctionKind.Elu];

    private static readonly CellFunctionKind[] WithBeta = [CellFunctionKind.Affine, CellFunctionKind.ScaledTanh, CellFunctionKind.HardSigmoid];

    public static IEnumerable<ImportRule> Imports =>
    [
        new("RNN", 1, n => Import(n, _ => RecurrentCell.Plain, "Tanh")),
        new("GRU", 1, n => Import(n, m => m.Opset >= 3 && m.Flag("linear_before_reset", false) ? RecurrentCell.GruResetAfter : RecurrentCell.Gru, "Sigmoid", "Tanh")),
        new("LSTM", 1, n => Import(n, m => m.Flag("input_forget", false) ? RecurrentCell.LstmCoupled : RecurrentCell.Lstm, "Sigmoid", "Tanh", "Tanh")),
        new("ReverseSequence", 10, ImportReverse),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Of<RecurrentSequence>("RNN, GRU or LSTM", Export),
        ExportRule.Of<ReverseSequence>("ReverseSequence", (n, op) => n.Write("ReverseSequence", Attributes.Int("time_axis", op.TimeFirst ? 0 : 1), Attributes.Int("batch_axis", op.TimeFirst ? 1 : 0))),
    ];

    private static void ImportReverse(NodeImport n)
    {
        (int time, int batch) = (n.Int("time_axis", 0), n.Int("batch_axis", 1));
        NodeImport.Require((time, batch) is (0, 1) or (1, 0), $"time_axis {time} and batch_axis {batch}; 0 and 1 are needed");
        n.Return(new ReverseSequence(time == 0), n[0], n[1]);
    }

    private static void Import(NodeImport n, Func<NodeImport, RecurrentCell> cell, params string[] functions)
    {
        n.Ignore("output_sequence");                   // of opset 1: whether y is wanted
        string direction = n.Text("direction", "forward");
        NodeImport.Require(direction is "forward" or "reverse" or "bidirectional", $"direction '{direction}' is unknown; forward, reverse and bidirectional are known");
        bool rows = n.Flag("layout", false);
        int directions = direction == "bidirectional" ? 2 : 1;
        CellFunctions[] both = Functions(n, directions, functions);
        RecurrentRules rules = new(cell(n), directions, direction == "reverse", both[0], both[^1], n.Float("clip", 0));
        Shape r = n[2].Shape;
        NodeImport.Require(r.Rank == 3 && r.IsKnown && r[0] == directions, $"R is {r}; [{directions}, gates, hidden] of known sizes is needed");
        int size = r[2], gates = rules.Gates * size;
        NodeImport.Require(n.Int("hidden_size", size) == size, "hidden_size is not that of R");
        Value x = rows ? n.Emit(new Transpose([1, 0, 2]), n[0]) : n[0];
        List<Value> inputs = [x, n[1], n[2], n.Optional(3) ?? Zeros("bias", directions, 2 * gates), n.Optional(4) ?? n.NewConstant("lengths", Tensor.Vector(int.MaxValue)), State(5)];
        if (rules.HasMemory) inputs.AddRange([State(6), n.Optional(7) ?? Zeros("peepholes", directions, 3 * size)]);
        if (rows) ReturnRows(n, n.EmitMain(new RecurrentSequence(rules), [.. inputs]));
        else n.Return(new RecurrentSequence(rules), [.. inputs]);

        Value State(int index) => n.Optional(index) is not { } given ? Zeros("state", directions, 1, size) : rows ? n.Emit(new Transpose([1, 0, 2]), given) : given;
        Value Zeros(string name, params int[] dims) => n.NewConstant(name, Tensor.Zeros(Shape.Of(dims), x.Type.Type));
    }

    // The batch first: y [N, T, D, H], h and c [N, D, H].
    private static void ReturnRows(NodeImport n, Value[] results)
    {
        for (int i = 0; i < Math.Min(results.Length, n.OutputCount); i++)
            if (n.Wants(i)) n.Define(i, n.Emit(i == 0 ? new Transpose([2, 0, 1, 3]) : new Transpose([1, 0, 2]), results[i]));
    }

    // The numbers belong to those functions that have one, in their order.
    private static CellFunctions[] Functions(NodeImport n, int directions, string[] otherwise)
    {
        string[] names = n.Texts("activations") is { Length: > 0 } given ? given : [.. Enumerable.Repeat(otherwise, directions).SelectMany(f => f)];
        NodeImport.Require(names.Length == directions * otherwise.Length, $"there are {names.Length} activations; {directions * otherwise.Length} are needed");
        Queue<float> alphas = new(n.Floats("activation_alpha") ?? []), betas = new(n.Floats("activation_beta") ?? []);
        CellFunction[] all = [.. names.Select(name => Function(name, alphas, betas))];
        return [.. Enumerable.Range(0, directions).Select(d => Of(all.AsSpan(d * otherwise.Length, otherwise.Length)))];
    }

    private static CellFunctions Of(ReadOnlySpan<CellFunction> f) => new(f[0], f.Length > 1 ? f[1] : default, f.Length > 2 ? f[2] : default);

    private static CellFunction Function(string name, Queue<float> alphas, Queue<float> betas)
    {
        bool known = Enum.TryParse(name, ignoreCase: true, out CellFunctionKind kind) && Enum.IsDefined(kind);
        NodeImport.Require(known, $"activation '{name}' is unknown; {string.Join(", ", Enum.GetNames<CellFunctionKind>())} are known");
        (float alpha, float beta) = kind switch
        {
            CellFunctionKind.LeakyRelu => (0.01f, 0f),
            CellFunctionKind.HardSigmoid => (0.2f, 0.5f),
            CellFunctionKind.Elu or CellFunctionKind.ThresholdedRelu => (1f, 0f),
            CellFunctionKind.Affine or CellFunctionKind.ScaledTanh => (1f, kind == CellFunctionKind.Affine ? 0f : 1f),
            _ => (0f, 0f),
        };
        if (WithAlpha.Contains(kind) && alphas.TryDequeue(out float a)) alpha = a;
        if (WithBeta.Contains(kind) && betas.TryDequeue(out float b)) beta = b;
        return new(kind, alpha, beta);
    }

    private static void Export(NodeExport n, RecurrentSequence op)
    {
        RecurrentRules rules = op.Rules;
        int each = rules.Cell == RecurrentCell.Plain ? 1 : rules.HasMemory ? 3 : 2;
        CellFunction[] functions = [.. new[] { rules.Forward, rules.Backward }.Take(rules.Directions).SelectMany(f => new[] { f.F, f.G, f.H }.Take(each))];
        List<AttributeProto> attributes =
        [
            Attributes.Int("hidden_size", n.Node.Inputs[2].Shape[2].Size), Attributes.Text("direction", rules.Directions == 2 ? "bidirectional" : rules.Reverse ? "reverse" : "forward"),
            Attributes.Texts("activations", functions.Select(f => f.Kind.ToString())),
        ];
        float[] alphas = [.. functions.Where(f => WithAlpha.Contains(f.Kind)).Select(f => f.Alpha)], betas = [.. functions.Where(f => WithBeta.Contains(f.Kind)).Select(f => f.Beta)];
        if (alphas.Length > 0) attributes.Add(Attributes.Floats("activation_alpha", alphas));
        if (betas.Length > 0) attributes.Add(Attributes.Floats("activation_beta", betas));
        if (rules.Clip > 0) attributes.Add(Attributes.Float("clip", rules.Clip));
        if (rules.Cell == RecurrentCell.GruResetAfter) attributes.Add(Attributes.Int("linear_before_reset", 1));
        if (rules.Cell == RecurrentCell.LstmCoupled) attributes.Add(Attributes.Int("input_forget", 1));
        HashSet<int> leftOut = [];
        if (IsLeftOut(n, 4, n.Node.Inputs[4].Constant is { Length: 1 } all && all.Item<int>() == int.MaxValue)) leftOut.Add(4);
        foreach (int state in (int[])(rules.HasMemory ? [5, 6] : [5]))
            if (IsLeftOut(n, state, IsZero(n.Node.Inputs[state]))) leftOut.Add(state);
        string[] inputs = [.. n.Node.Inputs.Select((_, i) => leftOut.Contains(i) ? "" : n[i])];
        n.Write(rules.Cell == RecurrentCell.Plain ? "RNN" : rules.HasMemory ? "LSTM" : "GRU", inputs, [.. attributes]);
    }

    // What stands for every sequence of the batch has no form in ONNX, unless it says nothing.
    private static bool IsLeftOut(NodeExport n, int index, bool saysNothing)
    {
        Dim given = n.Node.Inputs[index].Shape[index == 4 ? 0 : 1];
        if (!saysNothing && given == 1 && n.Node.Inputs[0].Shape[1] != 1) n.Refuse($"input {index} stands for every sequence; expand it to the batch");
        return saysNothing;
    }

    private static bool IsZero(Value v) => v.Constant is { } data && !TensorBytes.Write(data).AsSpan().ContainsAnyExcept((byte)0);
}
