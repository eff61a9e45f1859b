using Dyadic.Kernels;
using Dyadic.Numerics;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>y[column] = how often an n-gram of a pool occurs in a row of x (int32 or int64).</summary>
public sealed class NGramStep : Step
{
    private readonly int[] _columns;
    private readonly int _min, _max, _maxSkip;
    private readonly Dictionary<int[], int>[] _byLength;       // n-grams of n items → their number

    /// <summary>A step for a pool; the parameters are those of the op.</summary>
    public NGramStep(int[] pool, int[] starts, int[] columns, int min, int max, int maxSkip)
    {
        (_columns, _min, _max, _maxSkip) = (columns, min, max, maxSkip);
        _byLength = new Dictionary<int[], int>[starts.Length];
        int number = 0;
        for (int n = 1; n <= starts.Length; n++)
        {
            Dictionary<int[], int> grams = _byLength[n - 1] = new(new Items());
            int end = n < starts.Length ? starts[n] : pool.Length;
            for (int at = starts[n - 1]; at + n <= end; at += n, number++)
            {
                if (number >= columns.Length) throw new PlanException($"{Kernel}: the pool has more n-grams than the {columns.Length} columns.");
                grams[pool[at..(at + n)]] = number;
            }
        }
    }

    /// <inheritdoc/>
    public override string Kernel => "n_gram_count";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        TensorView x = inputs[0];
        Span<float> y = outputs[0].Span<float>();
        y.Clear();
        int length = x.Dims[^1], rows = length == 0 ? 0 : x.Length / length, size = outputs[0].Dims[^1];
        int[] row = new int[length];
        for (int r = 0; r < rows; r++)
        {
            for (int i = 0; i < length; i++) row[i] = x.Type == DType.Int32 ? x.Span<int>()[(r * length) + i] : (int)Math.Clamp(x.Span<long>()[(r * length) + i], int.MinValue, int.MaxValue);
            Count(row, y.Slice(r * size, size));
        }
    }

    private void Count(int[] row, Span<float> y)
    {
        for (int n = _min; n <= Math.Min(_max, _byLength.Length); n++)
        {
            int[] gram = new int[n];
            for (int step = 1; step <= (n == 1 ? 1 : _maxSkip + 1); step++)
            {
                for (int start = 0; start + ((n - 1) * step) < row.Length; start++)
                {
                    for (int k = 0; k < n; k++) gram[k] = row[start + (k * step)];
                    if (_byLength[n - 1].TryGetValue(gram, out int number)) y[_columns[number]]++;
                }
            }
        }
    }

    private sealed class Items : IEqualityComparer<int[]>
    {
        public bool Equals(int[]? a, int[]? b) => a.AsSpan().SequenceEqual(b);

        public int GetHashCode(int[] items)
        {
            HashCode hash = default;
            foreach (int item in items) hash.Add(item);
            return hash.ToHashCode();
        }
    }
}
