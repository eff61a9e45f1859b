using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;

namespace Dyadic.Onnx.Importing;

/// <summary>One node of the file on its way into the graph: what an import rule reads from and writes to.</summary>
internal sealed partial class NodeImport(GraphImporter importer, NodeProto proto, int opset)
{
    private const int MostMade = 1 << 25;

    private int _inner;

    /// <summary>The version of the operator set.</summary>
    public int Opset => opset;

    /// <summary>The operator.</summary>
    public string Operator => proto.OpType;

    /// <summary>The node's name, or that of its first output.</summary>
    public string Name { get; } = importer.NameOf(proto);

    /// <summary>How many inputs are written, empty ones included.</summary>
    public int InputCount => proto.Input.Count;

    /// <summary>How many outputs are written.</summary>
    public int OutputCount => proto.Output.Count;

    /// <summary>True when input <paramref name="index"/> is given.</summary>
    public bool Has(int index) => index < proto.Input.Count && proto.Input[index].Length > 0;

    /// <summary>True when some node or the file's user reads output <paramref name="index"/>.</summary>
    public bool Wants(int index) => index < proto.Output.Count && importer.IsRead(proto.Output[index]);

    /// <summary>What input <paramref name="index"/> stands for.</summary>
    public Operand Operand(int index) => Has(index)
        ? importer.Find(proto.Input[index]) ?? throw new ImportRefusal($"input {index} '{proto.Input[index]}' is not defined before it is read")
        : throw new ImportRefusal($"input {index} is missing");

    /// <summary>Input <paramref name="index"/> as a value of the graph.</summary>
    public Value this[int index] => ValueOf(Operand(index), $"input {index} '{proto.Input[index]}'");

    /// <summary>An operand as a value of the graph.</summary>
    /// <param name="operand">The operand.</param>
    /// <param name="what">What errors call it.</param>
    public Value ValueOf(Operand operand, string what = "an output of its graph") => operand switch
    {
        Operand.Of of => of.Value,
        Operand.Sizes sizes => ComputedSizes(sizes),
        Importing.Operand.Sequence or Importing.Operand.Stack => throw new ImportRefusal($"{what} is a sequence, not a tensor"),
        Importing.Operand.Absent => throw new ImportRefusal($"{what} is an optional that holds nothing"),
        _ => throw new ImportRefusal(""),
    };

    /// <summary>Input <paramref name="index"/>, or null where it is left out.</summary>
    public Value? Optional(int index) => Has(index) ? this[index] : null;

    /// <summary>All inputs.</summary>
    public Value[] All() => [.. Enumerable.Range(0, InputCount).Select(i => this[i])];

    /// <summary>The items of input <paramref name="index"/>, a sequence; a list of its own.</summary>
    public List<Value> Sequence(int index) =>
        Operand(index) is Operand.Sequence sequence ? [.. sequence.Items] : throw new ImportRefusal($"input {index} '{proto.Input[index]}' is no sequence of known length");

    /// <summary>True when input <paramref name="index"/> is given, and its data are known only when the graph runs.</summary>
    public bool IsComputed(int index) => Has(index) && Operand(index) is Operand.Of { Value.IsConstant: false };

    /// <summary>The data of input <paramref name="index"/>, which must be constant.</summary>
    public Tensor Constant(int index, string what) =>
        this[index].Constant ?? throw new ImportRefusal($"{what} (input {index}) is computed while the graph runs; it must be constant");

    /// <summary>The integers of input <paramref name="index"/>, which must be constant.</summary>
    public int[] Ints(int index, string what) => Clamp(Constant(index, what));

    /// <summary>The sizes in input <paramref name="index"/>, known or symbolic; −1 is <see cref="Importing.Operand.Rest"/>.</summary>
    public Dim[] Sizes(int index, string what) => Operand(index) is Operand.Sizes sizes
        ? sizes.Dims
        : [.. Ints(index, what).Select(v => v >= 0 ? (Dim)v : v == -1 ? Importing.Operand.Rest : throw new ImportRefusal($"{what} holds the size {v}"))];

    /// <summary>Refuses the node unless <paramref name="ok"/>.</summary>
    public static void Require(bool ok, string reason)
    {
        if (!ok) throw new ImportRefusal(reason);
    }

    /// <summary>Applies an op inside this node; ops on constants are computed at once.</summary>
    public Value Emit(Op op, params ReadOnlySpan<Value> inputs)
    {
        string name = InnerName(op);
        return Apply(name, op, inputs, [name])[0];
    }

    /// <summary>Applies an op of several outputs inside this node.</summary>
    public Value[] EmitAll(Op op, params ReadOnlySpan<Value> inputs) => Apply(InnerName(op), op, inputs, []);

    /// <summary>Applies an op of several outputs under the node's name, though its outputs are not the node's.</summary>
    public Value[] EmitMain(Op op, params ReadOnlySpan<Value> inputs) => Apply(Name, op, inputs, []);

    /// <summary>Applies the op that is this node's result, under the node's name; its outputs get the names of the file. Further ones stay undefined.</summary>
    public void Return(Op op, params ReadOnlySpan<Value> inputs)
    {
        Value[] results = Apply(Name, op, inputs, [.. proto.Output]);
        for (int i = 0; i < Math.Min(results.Length, proto.Output.Count); i++) Define(i, results[i]);
    }

    /// <summary>Applies an op of several outputs, of which the first is this node's result; gives all of them.</summary>
    public Value[] ReturnFirst(Op op, params ReadOnlySpan<Value> inputs)
    {
        Value[] results = Apply(Name, op, inputs, [proto.Output[0]]);
        Define(0, results[0]);
        return results;
    }

    /// <summary>Output <paramref name="index"/> is an existing value.</summary>
    public void Define(int index, Value value) => importer.Define(proto.Output[index], new Operand.Of(value));

    /// <summary>The result is a value that ops inside of this node have computed.</summary>
    public void Alias(Value value) => Alias(0, value);

    /// <summary>Output <paramref name="index"/> is a value that ops inside of this node have computed.</summary>
    public void Alias(int index, Value value)
    {
        if (proto.Output[index].Length == 0) return;
        Define(index, value.Constant is { } constant ? importer.Builder.Constant(proto.Output[index], constant) : Apply(index == 0 ? Name : $"{Name}/{index}", new Identity(), [value], [proto.Output[index]])[0]);
    }

    /// <summary>The result is a sequence.</summary>
    public void ReturnSequence(IReadOnlyList<Value> items) => ReturnSequence(0, items);

    /// <summary>Output <paramref name="index"/> is a sequence.</summary>
    public void ReturnSequence(int index, IReadOnlyList<Value> items) => importer.Define(proto.Output[index], new Operand.Sequence(items));

    /// <summary>The result is an optional that holds this, or nothing.</summary>
    public void ReturnOptional(Operand? held) => importer.Define(proto.Output[0], held ?? new Operand.Absent());

    /// <summary>The result is a constant.</summary>
    public void Return(Tensor constant) => Define(0, importer.Builder.Constant(proto.Output[0], constant));

    /// <summary>The result is a vector or scalar of sizes; a constant when all of them are known.</summary>
    public void ReturnSizes(Dim[] dims, bool isScalar)
    {
        if (Array.TrueForAll(dims, d => d.IsKnown || d == Importing.Operand.Rest))
            Return(Dyadic.Tensor.From<long>([.. dims.Select(d => d.IsKnown ? d.Size : -1L)], isScalar ? Shape.Scalar : Shape.Of(dims.Length)));
        else importer.Define(proto.Output[0], new Operand.Sizes(dims, isScalar));
    }

    /// <summary>A constant of the graph under a name that derives from this node's.</summary>
    public Value NewConstant(string suffix, Tensor data) => importer.Builder.Constant(importer.Fresh($"{Name}/{suffix}"), data);

    /// <summary>A number as a constant of the element type of <paramref name="like"/>.</summary>
    public Value Number(string suffix, double value, Value like) => NewConstant(suffix, Dyadic.Tensor.Scalar(value, like.Type.Type));

    /// <summary>v·factor, and v itself where the factor is 1.</summary>
    public Value Scaled(Value v, double factor, string suffix) => factor == 1 ? v : Emit(new Mul(), v, Number(suffix, factor, v));

    /// <summary>The element type of a code.</summary>
    /// <exception cref="ImportRefusal">There is none here.</exception>
    public static DType ElementType(int code) => ElementTypes.Of(code) ?? throw new ImportRefusal($"element type {ElementTypes.NameOf(code)} is not supported");

    /// <summary>The element type in an attribute, or another one where it is left out.</summary>
    public DType ElementType(string attribute, DType otherwise) => Int(attribute, 0) is var code && code == 0 ? otherwise : ElementType(code);

    /// <summary>Refuses to make so many numbers on the word of a file, and counts those that are made.</summary>
    public void RequireFew(double count)
    {
        Require(count <= MostMade, $"{count} numbers; at most {MostMade} are made while importing");
        importer.Meter.CountFolded((long)Math.Max(count, 0) * sizeof(double));
    }

    /// <summary>The node that computes <paramref name="value"/>, or null.</summary>
    public Node? ProducerOf(Value value) => importer.ProducerOf(value);

    /// <summary>A value with an axis of this symbolic size, or null.</summary>
    public (Value Value, int Axis)? SizeOwner(Dim size) => size.IsKnown ? null : importer.OwnerOf(size);

    /// <summary>A name for a size that is known only when the graph has run so far.</summary>
    public string NewSymbol(string suffix) => importer.Fresh($"{Name}/{suffix}");

    /// <summary>Sizes as numbers of the graph: known ones are constants, symbolic ones are read from a value that has them, derived ones are computed.</summary>
    public Value ComputedSizes(Operand.Sizes sizes)
    {
        Value[] parts = [.. sizes.Dims.Select(ComputedSize)];
        if (sizes.IsScalar) return Emit(new Reshape([]), parts[0]);
        return parts.Length == 1 ? parts[0] : Emit(new Concat(0), parts);
    }

    private Value ComputedSize(Dim size)
    {
        if (size.IsKnown || size == Importing.Operand.Rest) return NewConstant("size", Dyadic.Tensor.From<long>([size.IsKnown ? size.Size : -1L], Shape.Of(1)));
        if (SizeOwner(size) is { } owner) return Emit(new SizeOf(owner.Axis), owner.Value);
        if (size.Parts is not { } parts) throw new ImportRefusal($"the size '{size}' is not that of any value; bind it to a size on import");
        Value a = ComputedSize(parts.A), b = ComputedSize(parts.B);
        return parts.Operator switch
        {
            '|' => Emit(new Where(), Emit(new Equal(), a, NewConstant("one", Dyadic.Tensor.From<long>([1], Shape.Of(1)))), b, a),
            '+' => Emit(new Add(), a, b),
            '-' => Emit(new Sub(), a, b),
            '*' => Emit(new Mul(), a, b),
            _ => Emit(new Div(), a, b),
        };
    }

    private string InnerName(Op op) => importer.Fresh($"{Name}/{op.Name.ToLowerInvariant()}{(_inner++ == 0 ? "" : $"{_inner}")}");

    private Value[] Apply(string name, Op op, ReadOnlySpan<Value> inputs, string[] outputNames)
    {
        Value[] operands = inputs.ToArray();
        for (int i = 0; i < outputNames.Length; i++)
            if (outputNames[i].Length == 0) outputNames[i] = importer.Fresh($"{name}/unused{i}");
        if (op is not (QuantizeLinear or DequantizeLinear or ControlFlowOp) && operands.Length > 0 && Array.TrueForAll(operands, v => v.IsConstant) && Fold(op, operands) is { } folded)
            return [.. folded.Select((t, i) => importer.Builder.Constant(i < outputNames.Length ? outputNames[i] : importer.Fresh($"{name}/{i}"), t))];
        return [.. importer.Add(name, op, operands, outputNames).Outputs];
    }

    // Null where it takes too much to compute on the word of a file.
    private Tensor[]? Fold(Op op, Value[] inputs)
    {
        TensorType[] operands = [.. inputs.Select(v => v.Type)], results = op.Infer(operands);
        if (results.Any(r => !r.Shape.IsKnown))
        {
            if (op is not (CountingOp and not Arange)) return null;
            results = [];        // no larger than what is counted
        }
        double bytes = operands.Concat(results).Sum(t => t.Shape.Span.ToArray().Aggregate((double)t.Type.Size(), (n, d) => n * d.Size));
        if (!importer.Meter.Folds(bytes, op.Operations(operands))) return null;
        using (Arithmetic.Use(Arithmetic.Float32))
        using (Autograd.NoGrad())
            return Door.Run(op, [.. inputs.Select(v => v.Constant!)]);
    }

    private static int[] Clamp(Tensor tensor) => tensor.Type switch
    {
        DType.Int64 => [.. tensor.ToArray<long>().Select(v => (int)Math.Clamp(v, int.MinValue, int.MaxValue))],
        DType.Int32 => tensor.ToArray<int>(),
        _ => throw new ImportRefusal($"integers are expected where {tensor.TensorType} is given"),
    };
}
