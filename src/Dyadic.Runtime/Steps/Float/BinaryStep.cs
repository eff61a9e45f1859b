using System.Numerics;
using Dyadic.Kernels;
using Dyadic.Numerics;
using Primitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>The functions of <see cref="BinaryStep"/>.</summary>
public enum BinaryFunction
{
    /// <summary>a + b.</summary>
    Add,

    /// <summary>a − b.</summary>
    Subtract,

    /// <summary>a·b.</summary>
    Multiply,

    /// <summary>a/b.</summary>
    Divide,
}

/// <summary>y = f(a, b), element by element, with broadcasting; any numeric element type.</summary>
public sealed class BinaryStep(BinaryFunction function) : Step
{
    /// <inheritdoc/>
    public override string Kernel => $"binary_{function}".ToLowerInvariant();

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        switch (outputs[0].Type)
        {
            case DType.Float32: Run<float>(inputs[0], inputs[1], outputs[0]); break;
            case DType.Float64: Run<double>(inputs[0], inputs[1], outputs[0]); break;
            case DType.Int32: Run<int>(inputs[0], inputs[1], outputs[0]); break;
            case DType.Int64: Run<long>(inputs[0], inputs[1], outputs[0]); break;
            default: throw new PlanException($"{Kernel}: element type {outputs[0].Type} is not supported. Cast to float32 or int32 first.");
        }
    }

    private void Run<T>(in TensorView a, in TensorView b, in TensorView y) where T : unmanaged, INumber<T>
    {
        Span<T> target = y.Span<T>();
        if (a.Length == target.Length && b.Length == target.Length) Line(a.Span<T>(), b.Span<T>(), target);
        else if (b.Length == 1) Line(a.Span<T>(), b.Span<T>()[0], target);
        else throw new PlanException($"{Kernel}: broadcasting is not available.");
    }

    private void Line<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> y) where T : unmanaged, INumber<T>
    {
        switch (function)
        {
            case BinaryFunction.Add: Primitives.Add(a, b, y); break;
            case BinaryFunction.Subtract: Primitives.Subtract(a, b, y); break;
            case BinaryFunction.Multiply: Primitives.Multiply(a, b, y); break;
            default: Primitives.Divide(a, b, y); break;
        }
    }

    private void Line<T>(ReadOnlySpan<T> a, T b, Span<T> y) where T : unmanaged, INumber<T>
    {
        switch (function)
        {
            case BinaryFunction.Add: Primitives.Add(a, b, y); break;
            case BinaryFunction.Subtract: Primitives.Subtract(a, b, y); break;
            case BinaryFunction.Multiply: Primitives.Multiply(a, b, y); break;
            default: Primitives.Divide(a, b, y); break;
        }
    }
}
