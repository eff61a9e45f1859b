using Dyadic.Ir;
using Dyadic.Onnx.Exporting;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Operators that work element by element, with broadcasting where they have several inputs.</summary>
internal static class Elementwise
{
    public static IEnumerable<ImportRule> Imports =>
    [
        Plain("Abs", new Abs()), Plain("Ceil", new Ceil()), Plain("Erf", new Erf(), 9), Plain("Exp", new Exp()), Plain("Floor", new Floor()),
        Plain("Log", new Log()), Plain("Neg", new Neg()), Plain("Reciprocal", new Reciprocal()), Plain("Relu", new Relu()),
        Plain("Round", new RoundEven(), 11), Plain("Sigmoid", new Sigmoid()), Plain("Sign", new Sign(), 9), Plain("Softplus", new Softplus()),
        Plain("Sqrt", new Sqrt()), Plain("Tanh", new Tanh()), Plain("Identity", new Identity()), Plain("Not", new Not()),
        Two("Add", new Add()), Two("Sub", new Sub()), Two("Mul", new Mul()), Two("Div", new Div()), Two("And", new And()), Two("Or", new Or()),
        Two("Equal", new Equal()), Two("Less", new Less()), Two("LessOrEqual", new LessOrEqual(), 12), Two("Greater", new Greater()),
        Two("GreaterOrEqual", new GreaterOrEqual(), 12), Plain("Where", new Where(), 9),
        Plain("Sin", new Sin()), Plain("Cos", new Cos()), Plain("Tan", new Tan()), Plain("Asin", new Asin()), Plain("Acos", new Acos()), Plain("Atan", new Atan()),
        Plain("Sinh", new Sinh(), 9), Plain("Cosh", new Cosh(), 9), Plain("Asinh", new Asinh(), 9), Plain("Acosh", new Acosh(), 9), Plain("Atanh", new Atanh(), 9),
        Two("Xor", new Xor()),
        new("Mod", 10, n => n.Return(new Mod(n.Flag("fmod", false)), n[0], n[1])),
        new("BitShift", 11, n => n.Return(new BitShift(n.Text("direction", "") switch
        {
            "LEFT" => true,
            "RIGHT" => false,
            string other => throw new ImportRefusal($"direction '{other}' is unknown"),
        }), n[0], n[1])),
        new("Pow", 1, n => n.Return(new Pow(), n[0], Like(n, OldBroadcasting.Second(n), n[0]))),
        new("LeakyRelu", 1, n => n.Return(new LeakyRelu(n.Float("alpha", 0.01f)), n[0])),
        new("Gelu", 20, n => n.Return(new Gelu(Approximate(n.Text("approximate", "none"))), n[0])),
        new("Cast", 1, ImportCast),
        new("CastLike", 15, n => n.Return(CastTo(n, n[1].Type.Type), n[0])),
        new("Clip", 1, ImportClip),
        new("Max", 1, n => Chain(n, new Max())), new("Min", 1, n => Chain(n, new Min())), new("Sum", 1, n => Chain(n, new Add())),
    ];

    public static IEnumerable<ExportRule> Exports =>
    [
        ExportRule.Plain<Abs>("Abs"), ExportRule.Plain<Ceil>("Ceil"), ExportRule.Plain<Erf>("Erf"), ExportRule.Plain<Exp>("Exp"), ExportRule.Plain<Floor>("Floor"),
        ExportRule.Plain<Log>("Log"), ExportRule.Plain<Neg>("Neg"), ExportRule.Plain<Reciprocal>("Reciprocal"), ExportRule.Plain<Relu>("Relu"),
        ExportRule.Plain<RoundEven>("Round"), ExportRule.Plain<Sigmoid>("Sigmoid"), ExportRule.Plain<Sign>("Sign"), ExportRule.Plain<Softplus>("Softplus"),
        ExportRule.Plain<Sqrt>("Sqrt"), ExportRule.Plain<Tanh>("Tanh"), ExportRule.Plain<Identity>("Identity"), ExportRule.Plain<Not>("Not"),
        ExportRule.Plain<Add>("Add"), ExportRule.Plain<Sub>("Sub"), ExportRule.Plain<Mul>("Mul"), ExportRule.Plain<Div>("Div"), ExportRule.Plain<Pow>("Pow"),
        ExportRule.Plain<And>("And"), ExportRule.Plain<Or>("Or"), ExportRule.Plain<Max>("Max"), ExportRule.Plain<Min>("Min"), ExportRule.Plain<Equal>("Equal"),
        ExportRule.Plain<Less>("Less"), ExportRule.Plain<LessOrEqual>("LessOrEqual"), ExportRule.Plain<Greater>("Greater"),
        ExportRule.Plain<GreaterOrEqual>("GreaterOrEqual"), ExportRule.Plain<Where>("Where"),
        ExportRule.Plain<Sin>("Sin"), ExportRule.Plain<Cos>("Cos"), ExportRule.Plain<Tan>("Tan"), ExportRule.Plain<Asin>("Asin"), ExportRule.Plain<Acos>("Acos"),
        ExportRule.Plain<Atan>("Atan"), ExportRule.Plain<Sinh>("Sinh"), ExportRule.Plain<Cosh>("Cosh"), ExportRule.Plain<Asinh>("Asinh"), ExportRule.Plain<Acosh>("Acosh"),
        ExportRule.Plain<Atanh>("Atanh"), ExportRule.Plain<Xor>("Xor"), ExportRule.Plain<Det>("Det"),
        ExportRule.Of<Mod>("Mod", (n, op) => n.Write("Mod", Attributes.Flag("fmod", op.Truncated))),
        ExportRule.Of<BitShift>("BitShift", (n, op) => n.Write("BitShift", Attributes.Text("direction", op.Left ? "LEFT" : "RIGHT"))),
        ExportRule.Of<LeakyRelu>("LeakyRelu", (n, op) => n.Write("LeakyRelu", Attributes.Float("alpha", op.Slope))),
        ExportRule.Of<Cast>("Cast", ExportCast),
        ExportRule.Of<Clip>("Clip", (n, op) => n.Write("Clip", [n[0], op.Low is { } l ? n.Scalar("min", l) : "", .. op.High is { } h ? (string[])[n.Scalar("max", h)] : []])),
        ExportRule.Of<Gelu>("Gelu since 20; before that Erf or Tanh with Mul and Add", ExportGelu),
    ];

    private static ImportRule Plain(string name, Op op, int since = 1) => new(name, since, n => n.Return(op, n.All()));

    private static ImportRule Two(string name, Op op, int since = 1) => new(name, since, n => n.Return(op, n[0], OldBroadcasting.Second(n)));

    private static bool Approximate(string text) => text switch
    {
        "none" => false,
        "tanh" => true,
        _ => throw new ImportRefusal($"approximate '{text}' is unknown"),
    };

    // Value b in the element type of a.
    private static Value Like(NodeImport n, Value b, Value a) => a.Type.Type == b.Type.Type ? b : n.Emit(new Cast(a.Type.Type), b);

    private static void Chain(NodeImport n, Op op)
    {
        Value[] inputs = n.All();
        if (inputs.Length == 1)
        {
            n.Return(new Identity(), inputs[0]);
            return;
        }
        NodeImport.Require(inputs.Length > 1, "it has no inputs");
        Value y = inputs[0];
        foreach (Value next in inputs[1..^1]) y = n.Emit(op, y, next);
        n.Return(op, y, inputs[^1]);
    }

    private static void ImportCast(NodeImport n)
    {
        int code = n.Opset < 6 ? ElementTypes.CodeOf(n.Text("to", "")) : n.Int("to", 0);
        n.Return(CastTo(n, NodeImport.ElementType(code)), n[0]);
    }

    private static Cast CastTo(NodeImport n, DType type) => new(type, n.Flag("saturate", true) || !type.IsFloat8());

    private static void ExportCast(NodeExport n, Cast op)
    {
        foreach (DType type in (DType[])[op.To, n.Type])
        {
            if (type.IsFloat8()) n.Since(19);
            if (type.IsFourBits()) n.Since(21);
        }
        n.Write("Cast", [Attributes.Int("to", ElementTypes.CodeOf(op.To)), .. op.Saturate ? (Wire.AttributeProto[])[] : [Attributes.Flag("saturate", false)]]);
    }

    // Bounds are attributes before opset 11 and inputs since; those that are computed become Max and Min.
    private static void ImportClip(NodeImport n)
    {
        Value? low = n.Opset < 11 ? null : n.Optional(1), high = n.Opset < 11 ? null : n.Optional(2);
        if ((low?.IsConstant ?? true) && (high?.IsConstant ?? true))
        {
            double? min = low is null ? null : Scalars.Read(low.Constant!), max = high is null ? null : Scalars.Read(high.Constant!);
            if (n.Opset < 11) (min, max) = (n.Float("min", float.MinValue), n.Float("max", float.MaxValue));
            n.Return(new Clip(min, max), n[0]);
            return;
        }
        Value y = low is null ? n[0] : high is null ? n[0] : n.Emit(new Max(), n[0], low);
        if (high is null) n.Return(new Max(), y, low!);
        else n.Return(new Min(), y, high);
    }

    // ½·x·(1 + erf(x/√2)), or ½·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))).
    private static void ExportGelu(NodeExport n, Gelu op)
    {
        if (n.Opset >= 20)
        {
            n.Write("Gelu", Attributes.Text("approximate", op.Approximate ? "tanh" : "none"));
            return;
        }
        string x = n[0], one = n.Scalar("one", 1), inner;
        if (op.Approximate)
        {
            string cubic = n.Inner("Mul", [n.Inner("Mul", [x, x]), n.Scalar("c", 0.044715)]);
            string u = n.Inner("Mul", [n.Inner("Mul", [x, n.Inner("Add", [cubic, one])]), n.Scalar("k", 0.79788456080286541)]);
            inner = n.Inner("Tanh", [u]);
        }
        else
        {
            inner = n.Inner("Erf", [n.Inner("Mul", [x, n.Scalar("r", 0.70710678118654752)])]);
        }
        n.Write("Mul", [n.Inner("Mul", [x, n.Scalar("half", 0.5)]), n.Inner("Add", [inner, one])]);
    }
}
