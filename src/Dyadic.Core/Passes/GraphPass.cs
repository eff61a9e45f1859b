using Dyadic.Ir;
using Dyadic.Runtime;

namespace Dyadic.Passes;

/// <summary>A transformation that keeps what a graph computes. The result is verified: by the constructor of <see cref="Graph"/>, and its types in debug builds.</summary>
public abstract class GraphPass
{
    /// <summary>The name in listings and errors.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>The transformed graph; the same object when there was nothing to do.</summary>
    public abstract Graph Run(Graph graph);
}

/// <summary>Running passes.</summary>
public static class GraphPasses
{
    extension(Graph graph)
    {
        /// <summary>The graph after <paramref name="passes"/>, in their order.</summary>
        /// <exception cref="BudgetException">They need more than the budget of the run under way, or than <see cref="RunBudget.Current"/>.</exception>
        public Graph Apply(params IEnumerable<GraphPass> passes)
        {
            using RunMeter? meter = RunMeter.Begin();
            Graph result = graph;
            foreach (GraphPass pass in passes)
            {
                result = pass.Run(result);
                GraphTypes.Verify(result, pass.Name);
            }
            return result;
        }

        /// <summary>The graph that inference wants: identities removed, constants folded, batch norms inside convolutions, nothing computed twice or in vain.</summary>
        public Graph Simplify() => graph.Apply(
            new RemoveIdentities(), new FoldConstants(), new FoldBatchNormalization(), new EliminateCommonSubexpressions(), new EliminateDeadNodes());
    }
}
