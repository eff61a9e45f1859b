using Dyadic.Ir;
using Dyadic.Passes;
using Dyadic.Runtime;

namespace Dyadic.Lowering;

/// <summary>From graphs to plans.</summary>
public static class GraphCompiler
{
    extension(Graph graph)
    {
        /// <summary>The plan of this graph: <see cref="Lower"/> without the report.</summary>
        /// <inheritdoc cref="Lower"/>
        public Plan Compile(LoweringOptions? options = null) => graph.Lower(options).Plan;

        /// <summary>
        /// The plan of this graph. Groups Dequantize → op → Quantize become integer steps with dyadic scales. Of the rest, convolutions and products with
        /// constant float32 weights take what follows them into one step; everything else is the step of its op.
        /// </summary>
        /// <param name="options">Batch, sizes and budget.</param>
        /// <remarks>
        /// Where every input's leading dimension is one symbol and every value keeps it, the plan takes any batch; else shapes are fixed by <paramref name="options"/>.
        /// docs/equations/lowering.md.
        /// </remarks>
        /// <exception cref="PlanException">A dimension has no size, or an accumulator could overflow.</exception>
        /// <exception cref="BudgetException">The plan, or the making of it, exceeds the budget.</exception>
        public LoweringResult Lower(LoweringOptions? options = null)
        {
            options ??= new();
            using RunMeter? meter = RunMeter.Begin(options.Budget);
            Graph prepared = graph.Apply(
                new RemoveIdentities(), new FoldConstants(), new SimplifyMovements(), new MoveQuantization(), new FoldConstants(), new EliminateCommonSubexpressions(), new EliminateDeadNodes());
            BoundGraph bound = BoundGraph.Bind(prepared, options);
            return new PlanEmitter(bound, GroupChoice.Of(bound)).Emit();
        }
    }
}
