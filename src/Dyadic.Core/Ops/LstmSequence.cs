using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>
/// All steps of an LSTM cell as one op: (x, W_ih, W_hh, h₀, c₀[, bias]) → (y, c, gates) with (i, f, g, o) = W_ih·x + bias + W_hh·h, c' = σ(f)·c + σ(i)·tanh(g),
/// h' = σ(o)·tanh(c').
/// </summary>
/// <param name="Reverse">From the last step to the first.</param>
/// <remarks>
/// Hochreiter and Schmidhuber 1997. Shapes: x [T, N, F], W_ih [4H, F], W_hh [4H, H], h₀ and c₀ [N, H] or [1, H], bias [4H] → y and c [T, N, H], the states after
/// each step, and gates [T, N, 4H], the values of σ and tanh, which the gradient needs. In float32 it has the bits of the ops it stands for; see decision 14.
/// </remarks>
internal sealed record LstmSequence(bool Reverse) : Op, IComposedOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        Contractions.SameFloats(inputs, Name);
        (Shape x, Shape hh) = (inputs[0].Shape, inputs[2].Shape);
        Ensure.Shape(x.Rank == 3 && hh.Rank == 2, $"{Name}: x is {x} and W_hh {hh}; [T, N, F] and [4H, H] are needed.");
        Dim h = hh[1], gates = 4 * h.Size;
        Ensure.Shape(inputs[1].Shape == Shape.Create([gates, x[2]]) && hh[0] == gates, $"{Name}: W_ih is {inputs[1].Shape} and W_hh {hh}; [{gates}, {x[2]}] and [{gates}, {h}] are needed.");
        foreach (TensorType state in inputs[3..5])
            Ensure.Shape(state.Shape == Shape.Create([x[1], h]) || state.Shape == Shape.Create([1, h]), $"{Name}: a state is {state.Shape}; [{x[1]}, {h}] or [1, {h}] is needed.");
        if (inputs.Length > 5) Ensure.Shape(inputs[5].Shape == Shape.Create([gates]), $"{Name}: the bias is {inputs[5].Shape}; [{gates}] is needed.");
        TensorType states = new(inputs[0].Type, Shape.Create([x[0], x[1], h]));
        return [states, states, new(inputs[0].Type, Shape.Create([x[0], x[1], gates]))];
    }

    /// <inheritdoc/>
    public override double Operations(ReadOnlySpan<TensorType> inputs) => inputs[0].Shape[0] * (double)inputs[0].Shape[1] * (inputs[1].Shape.Product() + inputs[2].Shape.Product());

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new LstmSequenceStep(Reverse);

    /// <inheritdoc/>
    public override Tensor?[] Gradient(GradientContext context)
    {
        Tensor[] inputs = [.. context.Inputs];
        LstmSequenceGradient op = new(Reverse, context.OutputGradients[0] is not null, context.OutputGradients[1] is not null, context.OutputGradients[2] is not null, context.Needs(0));
        Tensor[] all = [.. inputs[..5], .. context.Outputs, .. context.OutputGradients.OfType<Tensor>()], g = context.CreateGraph ? op.Compose(all) : Door.Run(op, all);
        Tensor?[] gradients = [context.Needs(0) ? g[5] : null, g[0], g[1], g[3], g[4], g[2]];
        return gradients[..inputs.Length];
    }

    /// <summary>The same in ops that each arithmetic has.</summary>
    public Tensor[] Compose(ReadOnlySpan<Tensor> inputs)
    {
        (Tensor x, Tensor recurrent, Tensor h, Tensor c) = (inputs[0], inputs[2].Transpose(), inputs[3], inputs[4]);
        Tensor projected = x.Linear(inputs[1], inputs.Length > 5 ? inputs[5] : null);
        int steps = x.Shape[0].Size;
        (var ys, var cs, var gates) = (new Tensor[steps], new Tensor[steps], new Tensor[steps]);
        for (int step = 0; step < steps; step++)
        {
            int t = Reverse ? steps - 1 - step : step;
            Tensor[] parts = (projected.Select(0, t) + h.MatMul(recurrent)).Chunk(4, axis: -1);
            (Tensor i, Tensor f, Tensor g, Tensor o) = (parts[0].Sigmoid(), parts[1].Sigmoid(), parts[2].Tanh(), parts[3].Sigmoid());
            c = f * c + i * g;
            h = o * c.Tanh();
            (ys[t], cs[t], gates[t]) = (h, c, Tensor.Concat(-1, i, f, g, o));
        }
        return [Tensor.Stack(0, ys), Tensor.Stack(0, cs), Tensor.Stack(0, gates)];
    }
}

/// <summary>(x, W_ih, W_hh, h₀, c₀, y, c, gates, then the gradients of y, c and gates that are given) → (dW_ih, dW_hh, dbias, dh₀, dc₀[, dx]), in one step.</summary>
/// <param name="Reverse">As in <see cref="LstmSequence"/>.</param>
/// <param name="GivenY">Whether dy is an input.</param>
/// <param name="GivenC">Whether dc is an input.</param>
/// <param name="GivenGates">Whether dgates is an input.</param>
/// <param name="NeedsX">Whether dx is an output.</param>
/// <remarks>For gradients that are not differentiated again; those that are consist of tensor ops.</remarks>
internal sealed record LstmSequenceGradient(bool Reverse, bool GivenY, bool GivenC, bool GivenGates, bool NeedsX) : Op, IComposedOp
{
    private const int First = 8;      // of the given gradients

    /// <inheritdoc/>
    public override bool IsDifferentiable => false;

    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        TensorType[] made = new LstmSequence(Reverse).Infer(inputs[..5]);
        TensorType[] read = [.. made, .. GivenY ? [made[0]] : (TensorType[])[], .. GivenC ? [made[1]] : (TensorType[])[], .. GivenGates ? [made[2]] : (TensorType[])[]];
        Contractions.Inputs(5 + read.Length, inputs, Name);
        for (int i = 0; i < read.Length; i++) Ensure.Shape(inputs[5 + i] == read[i], $"{Name}: input {5 + i} is {inputs[5 + i]}, {read[i]} is needed.");
        TensorType bias = new(inputs[0].Type, Shape.Create([inputs[1].Shape[0]]));
        TensorType[] all = [inputs[1], inputs[2], bias, inputs[3], inputs[4], inputs[0]];
        return NeedsX ? all : all[..^1];
    }

    /// <inheritdoc/>
    public override Step Lower(ReadOnlySpan<TensorType> inputs) => new LstmSequenceGradientStep(Reverse, (GivenY, GivenC, GivenGates), NeedsX);

    // With τ = tanh c′: do = dh·τ; dc′ += dh·o·(1 − τ²); di = dc′·g, df = dc′·c, dg = dc′·i; dc = dc′·f; each times the slope of its function.
    /// <inheritdoc/>
    public Tensor[] Compose(ReadOnlySpan<Tensor> inputs)
    {
        (Tensor x, Tensor input, Tensor recurrent, Tensor h0, Tensor c0) = (inputs[0], inputs[1], inputs[2], inputs[3], inputs[4]);
        (Tensor y, Tensor c, Tensor gates) = (inputs[5], inputs[6], inputs[7]);
        int next = First, steps = y.Shape[0].Size;
        Tensor? givenY = GivenY ? inputs[next++] : null, givenC = GivenC ? inputs[next++] : null, givenGates = GivenGates ? inputs[next] : null;
        Shape state = Shape.Create([y.Shape[1], y.Shape[2]]);
        Tensor dh = Tensor.Zeros(state, y.Type), dc = Tensor.Zeros(state, y.Type);
        (var slopes, var before) = (new Tensor[steps], new Tensor[steps]);
        for (int step = steps - 1; step >= 0; step--)
        {
            int t = Time(step);
            Tensor[] parts = gates.Select(0, t).Chunk(4, axis: -1), given = givenGates?.Select(0, t).Chunk(4, axis: -1) ?? [];
            (Tensor i, Tensor f, Tensor g, Tensor o, Tensor tanh) = (parts[0], parts[1], parts[2], parts[3], c.Select(0, t).Tanh());
            if (givenY is not null) dh += givenY.Select(0, t);
            if (givenC is not null) dc += givenC.Select(0, t);
            dc += dh * o * (1 - tanh * tanh);
            Tensor[] d = [dc * g, dc * (step > 0 ? c.Select(0, Time(step - 1)) : c0), dc * i, dh * tanh];
            for (int k = 0; k < given.Length; k++) d[k] += given[k];
            slopes[t] = Tensor.Concat(-1, d[0] * i * (1 - i), d[1] * f * (1 - f), d[2] * (1 - g * g), d[3] * o * (1 - o));
            before[t] = step > 0 ? y.Select(0, Time(step - 1)) : h0.Expand(state);
            dc *= f;
            dh = slopes[t].MatMul(recurrent);
        }
        Tensor all = Tensor.Stack(0, slopes), rows = Rows(all), columns = rows.Transpose();
        Tensor[] gradients = [columns.MatMul(Rows(x)), columns.MatMul(Rows(Tensor.Stack(0, before))), rows.ReduceSum([0]), dh.SumTo(h0.Shape), dc.SumTo(c0.Shape)];
        return NeedsX ? [.. gradients, all.MatMul(input)] : gradients;

        int Time(int step) => Reverse ? steps - 1 - step : step;
        static Tensor Rows(Tensor t) => t.Reshape(Shape.Of(t.Shape[0].Size * t.Shape[1].Size, t.Shape[2].Size));
    }
}
