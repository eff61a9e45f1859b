using System.Diagnostics;
using Dyadic.Kernels;
using Dyadic.Runtime;

namespace Dyadic.Arithmetics;

/// <summary>
/// The one door: every op on tensors passes here. It runs the op in the current <see cref="Arithmetic"/>, records it on the tape when an
/// input wants gradients, and tells the tracer when a graph is being recorded.
/// </summary>
public static class Door
{
    [ThreadStatic] private static ITracer? s_tracer;
    [ThreadStatic] private static bool s_detectsNaN;
    [ThreadStatic] private static OpTimes? s_times;

    /// <summary>How kernels of eager ops run. Set it once at start-up (vector width, number of threads).</summary>
    public static ExecutionMode Mode
    {
        get => EagerMode.Current;
        set => EagerMode.Current = value;
    }

    internal static ITracer? Tracer
    {
        get => s_tracer;
        set => s_tracer = value;
    }

    /// <summary>Until the result is disposed, an op of this thread that makes a NaN from inputs without one throws and names itself. Slow: for debugging.</summary>
    public static IDisposable DetectNaN()
    {
        NaNScope scope = new(s_detectsNaN);
        s_detectsNaN = true;
        return scope;
    }

    /// <summary>Until the result is disposed, the time of every op of this thread is added to <paramref name="times"/>, and to those of no outer scope.</summary>
    public static IDisposable Measure(OpTimes times)
    {
        TimeScope scope = new(s_times);
        s_times = times;
        return scope;
    }

    extension(Tensor x)
    {
        /// <summary>Applies an op of one output to this tensor and <paramref name="others"/>.</summary>
        public Tensor Apply(Op op, params ReadOnlySpan<Tensor> others) => Run(op, [x, .. others])[0];
    }

    /// <summary>Applies an op to any number of inputs and returns all outputs.</summary>
    public static Tensor[] Run(Op op, params ReadOnlySpan<Tensor> inputs)
    {
        bool isOnStrings = StringCodes.Concerns(op, inputs);
        if (isOnStrings) StringCodes.Require(op, Op.TypesOf(inputs));
        RunMeter.Current?.CountOperations(op.Name, op.Operations(Op.TypesOf(inputs)));
        if (op is DataDrivenOp driven) return Run(driven, inputs);
        long start = s_times is null ? 0 : Stopwatch.GetTimestamp();
        Applied applied = isOnStrings ? new(((IStringOp)op).Run(inputs, Mode), Arithmetic.Current) : Arithmetic.Current.Apply(op, inputs, Mode);
        s_times?.Add(op.Name, Stopwatch.GetTimestamp() - start);
        Tensor[] outputs = applied.Outputs;
        if (s_detectsNaN) NaNCheck.Verify(op, inputs, outputs);
        if (op.IsDifferentiable && GradMode.IsRecording(inputs)) Record(op, in applied, inputs);
        s_tracer?.Record(op, inputs, outputs);
        return outputs;
    }

    // The ops inside pass the door themselves; to the tracer the whole is one op.
    private static Tensor[] Run(DataDrivenOp op, ReadOnlySpan<Tensor> inputs)
    {
        ITracer? tracer = s_tracer;
        s_tracer = null;
        try
        {
            Tensor[] outputs = op.Forward(inputs, Mode);
            tracer?.Record(op, inputs, outputs);
            return outputs;
        }
        finally
        {
            s_tracer = tracer;
        }
    }

    private static void Record(Op op, in Applied applied, ReadOnlySpan<Tensor> inputs)
    {
        Tensor[] given = inputs.ToArray();
        TapeNode node = new(op, applied.Backward, given, applied.Read ?? given, applied.Outputs);
        foreach (Tensor output in applied.Outputs)
        {
            if (output.Type.IsFloat()) output.Attach(node);
        }
    }

    private sealed class TimeScope(OpTimes? former) : IDisposable
    {
        public void Dispose() => s_times = former;
    }

    private sealed class NaNScope(bool former) : IDisposable
    {
        public void Dispose() => s_detectsNaN = former;
    }
}

/// <summary>Hears of every op that passes the door while a graph is being traced.</summary>
internal interface ITracer
{
    void Record(Op op, ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor> outputs);

    /// <summary>The ops that follow belong to a part of this name; a leaf has no parts of its own.</summary>
    void Enter(string name, bool isLeaf);

    /// <summary>The part entered last has ended.</summary>
    void Leave();
}
