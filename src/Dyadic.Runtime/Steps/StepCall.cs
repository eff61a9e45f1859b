using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps;

/// <summary>A step with memory for its inputs and outputs, in the order that its Run expects: a kernel alone, as tests and benchmarks run it.</summary>
public sealed unsafe class StepCall
{
    private readonly NativeMemoryBlock[] _blocks;
    private readonly TensorView[] _inputs, _outputs;

    /// <summary>Allocates memory, not cleared, at multiples of 64 bytes.</summary>
    /// <param name="step">The step.</param>
    /// <param name="inputs">Type and dimensions of each input.</param>
    /// <param name="outputs">Type and dimensions of each output.</param>
    public StepCall(Step step, (DType Type, int[] Dims)[] inputs, params (DType Type, int[] Dims)[] outputs)
    {
        Step = step;
        _blocks = [.. inputs.Concat(outputs).Select(v => new NativeMemoryBlock(v.Dims.Aggregate((long)v.Type.Size(), (n, d) => n * d)))];
        _inputs = [.. inputs.Select((v, i) => new TensorView(v.Type, v.Dims, _blocks[i].Pointer))];
        _outputs = [.. outputs.Select((v, o) => new TensorView(v.Type, v.Dims, _blocks[inputs.Length + o].Pointer))];
    }

    /// <summary>The step.</summary>
    public Step Step { get; }

    /// <summary>The bytes of an input; valid while this object is reachable.</summary>
    public Span<byte> Input(int index) => Bytes.Of(_inputs[index]);

    /// <summary>The bytes of an output; valid while this object is reachable.</summary>
    public Span<byte> Output(int index) => Bytes.Of(_outputs[index]);

    /// <summary>Runs the step.</summary>
    public void Run(in ExecutionMode mode)
    {
        Step.Run(_inputs, _outputs, in mode);
        GC.KeepAlive(this);
    }
}
