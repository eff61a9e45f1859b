using Dyadic.Arithmetics;
using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Lowering;

/// <summary>Element-wise nodes that compute one value of another and scalar constants; nothing else reads what lies between.</summary>
/// <param name="source">What they read.</param>
/// <param name="nodes">The nodes, in the order of the graph.</param>
internal sealed class FunctionCone(Value source, IReadOnlyList<Node> nodes)
{
    public Value Source => source;

    public IReadOnlyList<Node> Nodes => nodes;

    /// <summary>The values that the function ending in <paramref name="node"/> may be a function of, the nearest first.</summary>
    public static IEnumerable<Value> Sources(BoundGraph bound, Node node)
    {
        List<Value> found = [];
        Queue<Node> pending = new([node]);
        while (pending.TryDequeue(out Node? next) && found.Count <= MapStep.MostOperations)
        {
            foreach (Value input in next.Inputs)
            {
                if (bound.Fixed.Contains(input) || found.Contains(input)) continue;
                found.Add(input);
                if (bound.Graph.ProducerOf(input) is { } producer && FunctionRule.IsElementwise(producer)) pending.Enqueue(producer);
            }
        }
        return found;
    }

    /// <summary>The nodes between <paramref name="source"/> and <paramref name="node"/>, or null where they are too many or read anything else.</summary>
    public static FunctionCone? Of(BoundGraph bound, Node node, Value source)
    {
        if (bound.TypeOf(source) != bound.TypeOf(node.Output)) return null;
        HashSet<Node> nodes = [];
        if (!Collect(bound, node, source, nodes)) return null;
        bool closed = nodes.All(n => n == node || (!bound.Graph.Outputs.Contains(n.Output) && bound.Graph.ConsumersOf(n.Output).All(nodes.Contains)));
        return closed ? new(source, [.. nodes.OrderBy(bound.Place)]) : null;
    }

    /// <summary>True when the nodes compute <paramref name="function"/>, to within float32, at points of [−6, 6] and at ±2³ … ±2⁴⁰.</summary>
    /// <remarks>The far points tell a function from one that is clamped behind it.</remarks>
    public bool Computes(UnaryOp function)
    {
        float[] far = [.. Enumerable.Range(3, 38).Select(e => MathF.ScaleB(1, e))];
        float[] points = [.. Enumerable.Range(-48, 97).Select(i => i / 8f), .. far, .. far.Select(x => -x)];
        float[] computed = Evaluate(points), wanted;
        using (GradMode.Set(false)) wanted = Door.Run(function, [Tensor.Vector<float>(points)])[0].ToArray<float>();
        for (int i = 0; i < points.Length; i++)
            if (!(Math.Abs(computed[i] - wanted[i]) <= 1e-5f * Math.Max(1, Math.Abs(wanted[i])))) return false;
        return true;
    }

    // Node by node.
    private float[] Evaluate(float[] points)
    {
        Dictionary<Value, Tensor> values = new() { [source] = Tensor.Vector<float>(points) };
        using (GradMode.Set(false))
        {
            foreach (Node node in nodes) values[node.Output] = Door.Run(node.Op, [.. node.Inputs.Select(Data)])[0];
        }
        return values[nodes[^1].Output].ToArray<float>();

        Tensor Data(Value v) => values.TryGetValue(v, out Tensor? known) ? known : Tensor.Scalar(Number(v), DType.Float32);
    }

    /// <summary>The step.</summary>
    public MapStep Build(BoundGraph bound)
    {
        Dictionary<Value, MapOperand> operands = new() { [source] = MapOperand.Input };
        List<MapOperation> program = [];
        foreach (Node node in nodes)
        {
            Step step = node.Op.Lower(bound.InputTypes(node));
            program.Add(new(step, Operand(node.Inputs[0]), node.Inputs.Count > 1 ? Operand(node.Inputs[1]) : default));
            operands[node.Output] = MapOperand.Result(program.Count - 1);
        }
        return new(program, string.Join('_', nodes.Select(n => n.Op.Name.ToLowerInvariant())));

        MapOperand Operand(Value v) => operands.TryGetValue(v, out MapOperand known) ? known : MapOperand.Number((float)Number(v));
    }

    private static double Number(Value constant) => QuantizedPatterns.Doubles(constant.Constant!)[0];

    private static bool Collect(BoundGraph bound, Node node, Value source, HashSet<Node> nodes)
    {
        if (!FunctionRule.IsElementwise(node) || bound.TypeOf(node.Output) != bound.TypeOf(source)) return false;
        if (!nodes.Add(node)) return true;
        if (nodes.Count > MapStep.MostOperations) return false;
        foreach (Value input in node.Inputs)
        {
            bool number = input.IsConstant && input.Constant!.Length == 1 && input.Type.Shape.Rank <= bound.TypeOf(source).Shape.Rank;
            if (input == source || number) continue;
            if (bound.Graph.ProducerOf(input) is not { } producer || !Collect(bound, producer, source, nodes)) return false;
        }
        return true;
    }
}
