using Dyadic.Arithmetics;
using Dyadic.Fuzz.Mutations;
using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Lowering;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Passes;
using Dyadic.Runtime;

namespace Dyadic.Fuzz.Targets;

/// <summary>A file that holds a graph: read, its shapes inferred, run node by node, planned, and run by its plan.</summary>
public abstract class ModelTarget : FuzzTarget
{
    private const int LargestInput = 1 << 16;

    private static readonly ExecutionMode OneThread = ExecutionMode.Default with { Threads = 1 };

    private static readonly RunBudget Run = new() { ArenaBytes = 16 << 20, Operations = 1e7, Iterations = 100, Steps = 1000, Time = TimeSpan.FromSeconds(10) };

    /// <summary>What reading a file may use.</summary>
    protected static LoadBudget Load { get; } = new()
    {
        Bytes = 1 << 20, Nodes = 1000, InitialiserBytes = 8 << 20, FoldedBytes = 16 << 20, Time = TimeSpan.FromSeconds(10),
    };

    /// <inheritdoc/>
    public sealed override void Execute(byte[] file, Rng rng, Outcomes outcomes)
    {
        Door.Mode = OneThread;
        using IDisposable budget = Run.Use();
        Graph? graph = null;
        if (!outcomes.Try(this, "import", () => graph = Import(file, rng)) || graph is null) return;
        if (Inputs(graph, rng) is not { } inputs)
        {
            outcomes.Count("inputs too large");
            return;
        }
        outcomes.Try(this, "interpret", () =>
        {
            using (Autograd.NoGrad()) new GraphInterpreter(graph).Run(inputs);
        });
        Plan? plan = null;
        if (!outcomes.Try(this, "plan", () => plan = PlanOf(graph, inputs))) return;
        outcomes.Try(this, "run", () => new Session(plan!, OneThread).Run(inputs));
        if (plan!.IsInteger) outcomes.Try(this, "reference", () => plan.RunReference(inputs));
    }

    /// <summary>The graph of a file.</summary>
    protected abstract Graph Import(byte[] file, Rng rng);

    private static Tensor[]? Inputs(Graph graph, Rng rng)
    {
        Dictionary<Dim, int> sizes = [];
        Tensor[] inputs = new Tensor[graph.Inputs.Count];
        for (int i = 0; i < inputs.Length; i++)
        {
            int[] dims = new int[graph.Inputs[i].Shape.Rank];
            double length = 1;
            for (int axis = 0; axis < dims.Length; axis++)
            {
                Dim dim = graph.Inputs[i].Shape[axis];
                if (!dim.IsKnown && !sizes.ContainsKey(dim)) sizes[dim] = 1 + rng.NextInt(3);
                length *= dims[axis] = dim.IsKnown ? dim.Size : sizes[dim];
            }
            if (length > LargestInput) return null;
            inputs[i] = Values(Shape.Of(dims), graph.Inputs[i].Type.Type, rng);
        }
        return inputs;
    }

    private static Tensor Values(Shape shape, DType type, Rng rng)
    {
        double[] values = new double[shape.Length];
        int kind = rng.NextInt(3);
        for (int i = 0; i < values.Length; i++)
            values[i] = kind switch { 0 => rng.NextInt(4), 1 => (rng.NextDouble() * 8) - 4, _ => rng.NextInt(4) == 0 ? Interesting.Real(rng) : rng.NextInt(200) - 100 };
        return Tensor.From(values, shape).Cast(type);
    }

    private static Plan PlanOf(Graph graph, Tensor[] inputs)
    {
        Dictionary<string, int> sizes = [];
        for (int i = 0; i < inputs.Length; i++)
            for (int axis = 0; axis < inputs[i].Rank; axis++)
                if (!graph.Inputs[i].Shape[axis].IsKnown) sizes[graph.Inputs[i].Shape[axis].ToString()] = inputs[i].Shape[axis];
        int batch = inputs is [{ Rank: > 0 } first, ..] ? first.Shape[0] : 1;
        return graph.Simplify().Compile(new() { Sizes = sizes, Batch = batch });
    }
}
