using Dyadic.Arithmetics;

namespace Dyadic.Ops;

/// <summary>One walk over the tape, from the outputs back.</summary>
internal sealed class BackwardPass
{
    private readonly Tensor[] _outputs;
    private readonly Tensor?[] _seeds;
    private readonly bool _retainGraph, _createGraph;
    private readonly Dictionary<Tensor, Tensor> _gradients = new(ReferenceEqualityComparer.Instance);
    private GradientMemory? _memory;      // null where others may hold gradients

    public BackwardPass(Tensor[] outputs, Tensor?[] seeds, bool retainGraph, bool createGraph)
    {
        (_outputs, _seeds, _retainGraph, _createGraph) = (outputs, seeds, retainGraph, createGraph);
        Ensure.Argument(outputs.Length == seeds.Length, $"Backward: {outputs.Length} outputs and {seeds.Length} gradients.");
    }

    /// <summary>Adds the gradients of all leaves to their <c>Grad</c>.</summary>
    public void AccumulateIntoLeaves()
    {
        List<TapeNode> order = Order();
        HashSet<Tensor> leaves = new(ReferenceEqualityComparer.Instance);
        foreach (Tensor leaf in order.SelectMany(n => n.Inputs).Concat(_outputs).Where(t => t is { IsLeaf: true, RequiresGrad: true })) leaves.Add(leaf);
        Walk(order, needed: null);
        HashSet<object> owned = new(_seeds.OfType<Tensor>().Select(s => s.Memory));
        foreach (Tensor leaf in leaves)
        {
            if (!_gradients.TryGetValue(leaf, out Tensor? gradient)) continue;
            if (leaf.Grad is { } former) leaf.Grad = former.Apply(new Add(), gradient);
            else leaf.Grad = owned.Add(gradient.Memory) && gradient.IsContiguous ? gradient : gradient.Clone();   // no two share memory
        }
    }

    /// <summary>The gradients of <paramref name="inputs"/>.</summary>
    public Tensor?[] With(Tensor[] inputs)
    {
        List<TapeNode> order = Order();
        HashSet<Tensor> wanted = new(inputs, ReferenceEqualityComparer.Instance);
        Walk(order, Reaching(order, wanted));
        return Array.ConvertAll(inputs, t => _gradients.GetValueOrDefault(t));
    }

    // Producers before consumers; an explicit stack, since tapes are deep.
    private List<TapeNode> Order()
    {
        List<TapeNode> order = [];
        HashSet<TapeNode> seen = [];
        Stack<(TapeNode Node, int Next)> stack = new();
        foreach (Tensor output in _outputs)
        {
            if (output.Node is { } root && seen.Add(root)) stack.Push((root, 0));
            while (stack.TryPop(out (TapeNode Node, int Next) top))
            {
                if (top.Node.IsReleased)
                    throw new InvalidOperationException($"The tape behind {top.Node.Op.Name} was released by an earlier Backward. Pass retainGraph: true there.");
                if (top.Next == top.Node.Inputs.Length)
                {
                    order.Add(top.Node);
                    continue;
                }
                stack.Push((top.Node, top.Next + 1));
                if (top.Node.Inputs[top.Next].Node is { } producer && seen.Add(producer)) stack.Push((producer, 0));
            }
        }
        return order;
    }

    // The tensors from which a wanted one can be reached: only their gradients are computed.
    private static HashSet<Tensor> Reaching(List<TapeNode> order, HashSet<Tensor> wanted)
    {
        HashSet<Tensor> reaching = new(wanted, ReferenceEqualityComparer.Instance);
        foreach (TapeNode node in order)
        {
            if (Array.Exists(node.Inputs, reaching.Contains)) reaching.UnionWith(node.Outputs);
        }
        return reaching;
    }

    private void Walk(List<TapeNode> order, HashSet<Tensor>? needed)
    {
        using GradMode.Scope scope = GradMode.Set(_createGraph);
        if (!_createGraph && needed is null && Door.Tracer is null && order.TrueForAll(n => n.Backward == Arithmetic.Float32)) _memory = new(_seeds);
        for (int i = 0; i < _outputs.Length; i++) Accumulate(_outputs[i], Seed(_outputs[i], _seeds[i]));
        for (int n = order.Count - 1; n >= 0; n--)
        {
            Differentiate(order[n], needed);
            if (needed is null) Forget(order[n].Outputs);
            if (!_retainGraph) order[n].Release();   // now, so that what it saved can be collected while the walk goes on
        }
    }

    private void Differentiate(TapeNode node, HashSet<Tensor>? needed)
    {
        Tensor?[] outputGradients = Array.ConvertAll(node.Outputs, t => _gradients.GetValueOrDefault(t));
        if (Array.TrueForAll(outputGradients, g => g is null)) return;
        bool[] wants = Array.ConvertAll(node.Inputs, t => t.RequiresGrad && (needed is null || needed.Contains(t)));
        if (!Array.Exists(wants, w => w)) return;
        using IDisposable arithmetic = node.Backward.Enter();
        Tensor[] inputs = _createGraph ? node.Inputs : node.Read;      // a graph of gradients hangs together by the inputs alone
        Tensor?[] gradients = node.Op.Gradient(new(inputs, node.Outputs, outputGradients, wants, _createGraph));
        _memory?.KeepAll(gradients, node);
        for (int i = 0; i < gradients.Length; i++)
        {
            if (wants[i] && gradients[i] is { } gradient) Accumulate(node.Inputs[i], gradient, node.Op.Name);
        }
    }

    // Interior gradients are not needed after their node: their memory goes back at once, or else to the collector early.
    private void Forget(Tensor[] outputs)
    {
        foreach (Tensor output in outputs)
            if (_gradients.Remove(output, out Tensor? gradient)) _memory?.Leave(gradient);
    }

    private static Tensor Seed(Tensor output, Tensor? seed)
    {
        if (seed is null)
        {
            Ensure.Shape(output.Length == 1, $"Backward: the output has shape {output.Shape}, not one element. Reduce it to a scalar or pass its gradient.");
            return Tensor.Ones(output.Shape, output.Type);
        }
        Ensure.Shape(seed.Shape == output.Shape, $"Backward: the gradient has shape {seed.Shape}, the output {output.Shape}.");
        return seed;
    }

    private void Accumulate(Tensor tensor, Tensor gradient, string op = "Backward")
    {
        Ensure.Shape(gradient.Shape == tensor.Shape, $"{op}: its gradient has shape {gradient.Shape}, its input {tensor.Shape}.");
        if (!_gradients.TryGetValue(tensor, out Tensor? former))
        {
            _gradients[tensor] = gradient;
            _memory?.Enter(gradient);
            return;
        }
        if (_memory?.AddInto(former, gradient) is true) return;
        Tensor sum = _gradients[tensor] = former.Apply(new Add(), gradient);
        _memory?.Enter(sum);
        _memory?.Leave(former);
        _memory?.Drop(gradient);
    }
}
