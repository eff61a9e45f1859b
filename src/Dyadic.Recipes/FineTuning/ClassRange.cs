using Dyadic.Data;

namespace Dyadic.Recipes.FineTuning;

/// <summary>The samples of a data set whose label is in [from, to), at most so many of them; labels count from 0 again.</summary>
internal sealed class ClassRange : IDataset
{
    private readonly IDataset _source;
    private readonly int _from;
    private readonly int[] _rows;

    public ClassRange(IDataset source, int from, int to, int most)
    {
        (_source, _from, Classes) = (source, from, to - from);
        float[] sample = new float[source.SampleShape.Length];
        _rows = [.. Enumerable.Range(0, source.Count).Where(i => source.Read(i, sample) is var label && label >= from && label < to).Take(most)];
    }

    public int Count => _rows.Length;

    public Shape SampleShape => _source.SampleShape;

    public int Classes { get; }

    public IReadOnlyList<string> ClassNames => [];

    public int Read(int index, Span<float> sample) => _source.Read(_rows[index], sample) - _from;
}
