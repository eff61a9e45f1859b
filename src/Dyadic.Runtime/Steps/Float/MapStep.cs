using Dyadic.Kernels;
using Dyadic.Kernels.Threading;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>What an operation of a <see cref="MapStep"/> reads: the input, an earlier result, or a number.</summary>
public readonly record struct MapOperand
{
    private MapOperand(int place, float value) => (Place, Value) = (place, value);

    /// <summary>x.</summary>
    public static MapOperand Input { get; } = new(1, 0);

    /// <summary>0 for a number, 1 for the input, 2 and on for results.</summary>
    internal int Place { get; }

    internal float Value { get; }

    /// <summary>The result of operation <paramref name="index"/>.</summary>
    public static MapOperand Result(int index) => new(index + 2, 0);

    /// <summary>A number.</summary>
    public static MapOperand Number(float value) => new(0, value);
}

/// <summary>One operation of a <see cref="MapStep"/>.</summary>
/// <param name="Step">A <see cref="UnaryStep"/> or a <see cref="BinaryStep"/>.</param>
/// <param name="A">Its first operand.</param>
/// <param name="B">Its second operand, where it has one.</param>
public readonly record struct MapOperation(Step Step, MapOperand A, MapOperand B);

/// <summary>
/// y = f(x), element by element, where f is a short list of operations: all run on one piece after the other, which stays in the first cache. Float32.
/// </summary>
public sealed unsafe class MapStep : Step
{
    /// <summary>The longest list.</summary>
    public const int MostOperations = 12;

    private const int Piece = 512;
    private readonly MapOperation[] _program;

    /// <summary>The function whose last operation gives y.</summary>
    /// <param name="program">One to <see cref="MostOperations"/> operations, each of which reads x, numbers, and results of earlier ones.</param>
    /// <param name="name">What f is, for listings.</param>
    /// <exception cref="PlanException">The list is empty or too long, or a step is neither unary nor binary.</exception>
    public MapStep(IReadOnlyList<MapOperation> program, string name)
    {
        _program = [.. program];
        if (_program.Length is 0 or > MostOperations || _program.Any(o => o.Step is not (UnaryStep or BinaryStep)))
            throw new PlanException($"{Kernel}: {_program.Length} operations. Give 1 to {MostOperations} unary or binary steps.");
        Details = name;
    }

    /// <inheritdoc/>
    public override string Kernel => "map";

    /// <inheritdoc/>
    public override string Details { get; }

    /// <inheritdoc/>
    public override int InPlaceInput => 0;

    internal override Step InChannelsLast(int rank) => this;

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        Body body = new() { Step = this, X = (float*)inputs[0].Data, Y = (float*)outputs[0].Data };
        WorkerPool.For(outputs[0].Length, mode, ref body, 1 << 13);
    }

    private void Evaluate(ReadOnlySpan<float> x, Span<float> y)
    {
        float* results = stackalloc float[Piece * MostOperations];
        for (int at = 0, n; at < x.Length; at += n)
        {
            n = Math.Min(Piece, x.Length - at);
            for (int i = 0; i < _program.Length; i++)
            {
                Span<float> target = i == _program.Length - 1 ? y.Slice(at, n) : new(results + i * Piece, n);
                Apply(_program[i], x.Slice(at, n), results, target);
            }
        }
    }

    private static void Apply(in MapOperation operation, ReadOnlySpan<float> x, float* results, Span<float> y)
    {
        (MapOperand a, MapOperand b) = (operation.A, operation.B);
        ReadOnlySpan<float> first = a.Place == 1 ? x : new(results + Math.Max(a.Place - 2, 0) * Piece, y.Length);
        ReadOnlySpan<float> second = b.Place == 1 ? x : new(results + Math.Max(b.Place - 2, 0) * Piece, y.Length);
        if (operation.Step is UnaryStep unary) unary.Line(first, y);
        else if (a.Place == 0) ((BinaryStep)operation.Step).Line(a.Value, second, y);
        else if (b.Place == 0) ((BinaryStep)operation.Step).Line(first, b.Value, y);
        else ((BinaryStep)operation.Step).Line(first, second, y);
    }

    private struct Body : IParallelBody
    {
        public MapStep Step;
        public float* X, Y;

        public readonly void Run(int start, int end) => Step.Evaluate(new(X + start, end - start), new(Y + start, end - start));
    }
}
