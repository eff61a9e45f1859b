using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>
/// How up to three contiguous inputs are read to fill a contiguous output by ONNX broadcasting. Neighbouring axes that all inputs walk alike
/// are merged, so that the innermost level is a run in which each input advances by 1 or stays (stride 0).
/// </summary>
internal unsafe struct BroadcastLayout
{
    private const int MaxLevels = 12;

    private fixed int _sizes[MaxLevels];              // level 0 is the innermost
    private fixed int _strides[3 * MaxLevels];        // [input, level], in elements

    /// <summary>The number of merged axes.</summary>
    public int Levels { get; private set; }

    /// <summary>The length of the innermost run.</summary>
    public readonly int Inner => Levels == 0 ? 1 : _sizes[0];

    /// <summary>The size of a level.</summary>
    public readonly int Size(int level) => _sizes[level];

    /// <summary>The step of an input along a level, in elements.</summary>
    public readonly int Stride(int input, int level) => Levels == 0 ? 1 : _strides[(input * MaxLevels) + level];

    /// <summary>The layout of inputs of dimensions <paramref name="a"/>, <paramref name="b"/> and <paramref name="c"/> under the output's.</summary>
    public static BroadcastLayout Of(ReadOnlySpan<int> output, ReadOnlySpan<int> a, ReadOnlySpan<int> b, ReadOnlySpan<int> c = default)
    {
        BroadcastLayout layout = default;
        int strideA = 1, strideB = 1, strideC = 1;
        for (int i = 1; i <= output.Length; i++)
        {
            int size = output[^i];
            int stepA = Step(a, i, ref strideA), stepB = Step(b, i, ref strideB), stepC = Step(c, i, ref strideC);
            if (size != 1) layout.Push(size, stepA, stepB, stepC);
        }
        return layout;
    }

    private static int Step(ReadOnlySpan<int> dims, int fromEnd, ref int stride)
    {
        int size = fromEnd <= dims.Length ? dims[^fromEnd] : 1;
        int step = size == 1 ? 0 : stride;
        stride *= size;
        return step;
    }

    private void Push(int size, int a, int b, int c)
    {
        int last = Levels - 1;
        if (last >= 0 && Continues(0, last, a) && Continues(1, last, b) && Continues(2, last, c))
        {
            _sizes[last] *= size;
            return;
        }
        if (Levels == MaxLevels) throw new ShapeException($"Broadcasting alternates over more than {MaxLevels} groups of axes. Reshape the inputs.");
        _sizes[Levels] = size;
        _strides[Levels] = a;
        _strides[MaxLevels + Levels] = b;
        _strides[(2 * MaxLevels) + Levels] = c;
        Levels++;
    }

    private readonly bool Continues(int input, int level, int stride) => _strides[(input * MaxLevels) + level] * _sizes[level] == stride;

    /// <summary>Where each input is read for one position of the output; moves from run to run.</summary>
    public struct Cursor
    {
        private BroadcastLayout _layout;
        private fixed int _index[MaxLevels];

        /// <summary>The cursor at element <paramref name="position"/> of the output.</summary>
        public Cursor(in BroadcastLayout layout, int position)
        {
            _layout = layout;
            for (int level = 0; level < layout.Levels; level++)
            {
                int i = position % layout.Size(level);
                position /= layout.Size(level);
                _index[level] = i;
                A += i * layout.Stride(0, level);
                B += i * layout.Stride(1, level);
                C += i * layout.Stride(2, level);
            }
        }

        /// <summary>Offset in input 0, in elements.</summary>
        public int A { get; private set; }

        /// <summary>Offset in input 1, in elements.</summary>
        public int B { get; private set; }

        /// <summary>Offset in input 2, in elements.</summary>
        public int C { get; private set; }

        /// <summary>Elements left in the current run.</summary>
        public readonly int Left => _layout.Levels == 0 ? 1 : _layout._sizes[0] - _index[0];

        /// <summary>Moves to the start of the next run.</summary>
        public void NextRun()
        {
            Move(0, -_index[0]);
            _index[0] = 0;
            for (int level = 1; level < _layout.Levels; level++)
            {
                Move(level, 1);
                if (++_index[level] < _layout._sizes[level]) return;
                Move(level, -_layout._sizes[level]);
                _index[level] = 0;
            }
        }

        private void Move(int level, int steps)
        {
            A += steps * _layout._strides[level];
            B += steps * _layout._strides[MaxLevels + level];
            C += steps * _layout._strides[(2 * MaxLevels) + level];
        }
    }
}
