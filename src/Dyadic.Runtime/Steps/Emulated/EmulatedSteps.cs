using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Data;
using Dyadic.Runtime.Steps.Float;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>Which loop computes which step in an emulating arithmetic; what is in neither list of this file is refused, never computed in plain floats.</summary>
public static unsafe class EmulatedSteps
{
    /// <summary>
    /// True where no floating-point operation of the step can round: values are moved, compared or chosen, signs changed, or everything is an integer.
    /// Such a step runs as it is.
    /// </summary>
    public static bool IsExact(Step step, ReadOnlySpan<DType> inputs, ReadOnlySpan<DType> outputs) => step switch
    {
        CopyStep or ConcatStep or SplitStep or IntGather or GatherElementsStep or PadStep or StridedStep or SliceScatterStep or SpreadStep
            or WhereStep or NotStep or CompareStep or ArgStep or TriangleStep or TileStep or TopKStep or GatherNDStep
            or SizeStep or PositionsStep or NGramStep or RandomStep or ReverseSequenceStep => true,
        ScatterElementsStep s => s.Reduction is not (ScatterReduction.Add or ScatterReduction.Multiply) || !outputs[0].IsFloat(),
        ScatterNDStep s => s.Reduction is not (ScatterReduction.Add or ScatterReduction.Multiply) || !outputs[0].IsFloat(),
        CumulativeSumStep or RangeStep => !outputs[0].IsFloat(),
        PlaneIndexStep s => !s.Scatter,
        ResampleStep s => s.Moves,
        IntStep => true,
        PoolStep s => s.Function is PoolFunction.Max or PoolFunction.ArgMax,
        CastStep => inputs[0] != DType.Float64 || outputs[0] != DType.Float32,
        UnaryStep s => UnaryLoop.IsExact(s.Function) || !outputs[0].IsFloat(),
        BinaryStep s => BinaryLoop.IsExact(s.Function, s.Alpha) || !outputs[0].IsFloat(),
        ReduceStep s => s.Function is ReduceFunction.Max or ReduceFunction.Min || !outputs[0].IsFloat(),
        GatherGradientStep or GatherElementsGradientStep => !outputs[0].IsFloat(),
        _ => false,
    };

    /// <summary>Computes the outputs in an arithmetic; the step is not exact.</summary>
    /// <param name="step">The step.</param>
    /// <param name="emulation">The arithmetic.</param>
    /// <param name="op">The number of the op in its run, which random numbers depend on.</param>
    /// <param name="inputs">As for the step itself.</param>
    /// <param name="outputs">As for the step itself.</param>
    /// <param name="mode">Threads; plain loops when vectors are not allowed.</param>
    /// <exception cref="PlanException">The step has no form here, or the elements are neither float32 nor float64.</exception>
    public static void Run(Step step, Emulation emulation, uint op, ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView x = inputs[0], y = outputs[0];
        DType container = y.Type.IsFloat() ? y.Type : x.Type;
        if (container is not (DType.Float32 or DType.Float64))
            throw new PlanException($"{step.Kernel}: elements of type {container} cannot be computed in an emulated arithmetic. Cast to float32.");
        if (y.Length == 0) return;
        EmulatedCall call = new(emulation, container, op, mode);
        switch (step)
        {
            case UnaryStep s: call.Run(new UnaryLoop(s.Function, s.Constants.Alpha, x.Data, y.Data, y.Length)); break;
            case BinaryStep s: call.Run(new BinaryLoop(s.Function, s.Alpha, BroadcastLayout.Of(y.Dims, x.Dims, inputs[1].Dims), y.Length, x.Data, inputs[1].Data, y.Data)); break;
            case GeluGradientStep: call.Run(new GeluGradientLoop(x.Data, inputs[1].Data, y.Data, y.Length)); break;
            case ReduceStep or GlobalAverageStep when x.Length == 0: step.Run(inputs, outputs, mode); break;
            case ReduceStep s: call.Run(new ReduceLoop(ReduceLayout.Over(s.Axes, x.Dims), s.Function, x.Data, y.Data)); break;
            case GlobalAverageStep: call.Run(new ReduceLoop(ReduceLayout.Over([.. Enumerable.Range(2, x.Rank - 2)], x.Dims), ReduceFunction.Mean, x.Data, y.Data)); break;
            case MatMulStep s: EmulatedMatMul.Run(call, s, x, inputs[1], y); break;
            case ConvStep s: EmulatedConv.Forward(call, ConvViews.Geometry(x, y.Dims[1], s.Window, s.Groups), x, inputs[1], Third(inputs), y); break;
            case ConvTransposeStep s: EmulatedConv.InputGradient(call, ConvViews.Geometry(y, x.Dims[1], s.Window, s.Groups), x, inputs[1], Third(inputs), y); break;
            case ConvWeightGradientStep s: EmulatedConv.WeightGradient(call, ConvViews.Geometry(x, inputs[1].Dims[1], s.Window, s.Groups), x, inputs[1], y); break;
            case PoolStep { Function: PoolFunction.Average } s: call.Run(new AveragePoolLoop(s.Geometry(x, y), s.CountPad, x.Data, y.Data)); break;
            case PoolStep { Function: PoolFunction.AverageTranspose } s: call.Run(new AveragePoolTransposeLoop(s.Geometry(y, x), s.CountPad, x.Data, y.Data)); break;
            case SoftmaxStep s: EmulatedNorms.Softmax(call, s, inputs, y); break;
            case BatchNormStep s: EmulatedNorms.BatchNorm(call, s, inputs, outputs); break;
            case LayerNormStep s: EmulatedNorms.LayerNorm(call, s, inputs, y); break;
            case LayerNormGradientStep s: EmulatedNorms.LayerNormGradient(call, s, inputs, outputs); break;
            case GatherGradientStep s: EmulatedScatter.Slices(call, s, x, inputs[1], y); break;
            case GatherElementsGradientStep s: EmulatedScatter.Elements(call, s, x, inputs[1], y); break;
            case DeterminantStep: Determinants(call, x, y); break;
            case ScatterElementsStep s: EmulatedScatter.Updates(call, s, inputs, y); break;
            case ScatterNDStep s: EmulatedScatter.Updates(call, s, inputs, y); break;
            case CumulativeSumStep s: EmulatedScatter.Running(call, s, x, y); break;
            case PlaneIndexStep: EmulatedScatter.Planes(call, x, inputs[1], y); break;
            case QuantizeStep s: EmulatedQuantization.Quantize(call, s, inputs, outputs); break;
            case DequantizeStep s: EmulatedQuantization.Dequantize(call, s, inputs, y); break;
            case StoredQuantizeStep s: EmulatedQuantization.Quantize(call, s, inputs, outputs); break;
            case StoredDequantizeStep s: EmulatedQuantization.Dequantize(call, s, inputs, y); break;
            case DropoutStep s: EmulatedQuantization.Dropout(call, s, x, y); break;
            case CastStep: call.Run(new NarrowLoop(y.Length, (double*)x.Data, y.Data)); break;
            default: throw new PlanException($"{step.Kernel}: no form in an emulated arithmetic. Give it one in Steps/Emulated, or run this op in float32.");
        }
    }

    private static void Determinants(in EmulatedCall call, in TensorView x, in TensorView y)
    {
        using ScratchBuffer<byte> copy = Scratch.Rent<byte>((nint)x.Length * x.Type.Size());
        Bytes.Of(x).CopyTo(copy.Span);
        call.Run(new DeterminantLoop(y.Length, x.Dims[^1], x.Type == DType.Float64, copy.Pointer, y.Data));
    }

    private static void* Third(ReadOnlySpan<TensorView> inputs) => inputs.Length > 2 ? inputs[2].Data : null;
}
