using Dyadic.Runtime;

namespace Dyadic.Lowering;

/// <summary>Running sessions on tensors.</summary>
public static class SessionRunning
{
    extension(Session session)
    {
        /// <summary>The outputs of the plan, in its order.</summary>
        /// <param name="inputs">One tensor for each input, in the order of the plan.</param>
        /// <exception cref="ShapeException">Number, element types or shapes do not fit the plan.</exception>
        public Tensor[] Run(params ReadOnlySpan<Tensor> inputs) => session.Run(inputs, CancellationToken.None);

        /// <inheritdoc cref="Run(Session, ReadOnlySpan{Tensor})"/>
        /// <param name="inputs">One tensor for each input, in the order of the plan.</param>
        /// <param name="cancellation">Stops between two steps.</param>
        public Tensor[] Run(ReadOnlySpan<Tensor> inputs, CancellationToken cancellation)
        {
            BoundTensors bound = new(session.Plan, inputs);
            session.Run(bound.Ins, bound.Outs, cancellation);
            return bound.Finish();
        }
    }
}

/// <summary>Running plans by their definitions.</summary>
public static class PlanRunning
{
    extension(Plan plan)
    {
        /// <summary>The outputs by the definitions: the plain loop of each integer step.</summary>
        /// <param name="inputs">One tensor for each input, in the order of the plan.</param>
        /// <exception cref="ShapeException">Number, element types or shapes do not fit the plan.</exception>
        public Tensor[] RunReference(params ReadOnlySpan<Tensor> inputs)
        {
            BoundTensors bound = new(plan, inputs);
            ReferenceInterpreter.Run(plan, bound.Ins, bound.Outs);
            return bound.Finish();
        }
    }
}

/// <summary>Tensors and their views; the views are plain pointers, so the tensors stay reachable until <see cref="Finish"/>.</summary>
internal readonly ref struct BoundTensors
{
    private readonly Tensor[] _inputs, _outputs;

    public BoundTensors(Plan plan, ReadOnlySpan<Tensor> inputs)
    {
        IReadOnlyList<PlanValue> ins = plan.Inputs, outs = plan.Outputs;
        Ensure.Shape(inputs.Length == ins.Count, $"plan: {inputs.Length} inputs were given, it has {ins.Count}: {string.Join(", ", ins.Select(v => v.Name))}.");
        int batch = plan.Batched && inputs.Length > 0 && inputs[0].Rank > 0 ? Math.Max(1, inputs[0].Shape[0] / ins[0].Dims[0]) : 1;
        for (int i = 0; i < inputs.Length; i++) Check(plan, ins[i], inputs[i], batch);
        _inputs = new Tensor[inputs.Length];
        for (int i = 0; i < _inputs.Length; i++) _inputs[i] = inputs[i].ToContiguous();
        _outputs = [.. outs.Select(v => Tensor.Empty(ShapeOf(plan, v, batch), v.Type))];
        Ins = Array.ConvertAll(_inputs, t => t.View());
        Outs = Array.ConvertAll(_outputs, t => t.View());
    }

    public TensorView[] Ins { get; }

    public TensorView[] Outs { get; }

    public Tensor[] Finish()
    {
        GC.KeepAlive(_inputs);
        return _outputs;
    }

    private static void Check(Plan plan, PlanValue value, Tensor given, int batch)
    {
        Shape shape = ShapeOf(plan, value, batch);
        TensorType wanted = new(value.Type, plan.Batched && value.Dims.Length > 0 ? shape.With(0, Dim.Symbol("N")) : shape);
        Ensure.Shape(given.Type == value.Type && given.Shape == shape, $"plan: input '{value.Name}' is {wanted}, given was {given.TensorType}.");
    }

    private static Shape ShapeOf(Plan plan, PlanValue value, int batch)
    {
        int[] dims = [.. value.Dims];
        if (plan.Batched) dims[0] *= batch;
        return Shape.Of(dims);
    }
}
