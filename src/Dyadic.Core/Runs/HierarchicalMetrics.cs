namespace Dyadic.Runs;

/// <summary>Classes under a partial order: whatever has a class has its ancestors too.</summary>
public sealed class ClassHierarchy
{
    private readonly int[][] _parents;

    /// <summary>A hierarchy.</summary>
    /// <param name="parents">The parents of each class; all have smaller numbers than the class.</param>
    /// <exception cref="ArgumentException">A parent does not come before its class.</exception>
    public ClassHierarchy(IEnumerable<IEnumerable<int>> parents)
    {
        _parents = [.. parents.Select(p => p.ToArray())];
        for (int c = 0; c < _parents.Length; c++)
            foreach (int parent in _parents[c])
                Ensure.Argument(parent >= 0 && parent < c, $"ClassHierarchy: class {c} has the parent {parent}; parents come before their classes.");
    }

    /// <summary>The number of classes.</summary>
    public int Count => _parents.Length;

    /// <summary>The parents of a class.</summary>
    public IReadOnlyList<int> Parents(int c) => _parents[c];

    /// <summary>Gives each class of a row the largest value of itself and its descendants, in place: labels and scores closed under ancestors.</summary>
    /// <param name="rows">[N, <see cref="Count"/>].</param>
    public void Close(Span<float> rows)
    {
        for (; rows.Length >= Count; rows = rows[Count..])
            for (int c = Count - 1; c >= 0; c--)
                foreach (int parent in _parents[c]) rows[parent] = Math.Max(rows[parent], rows[c]);
    }

    /// <summary>IC(c) = log₂(min over parents p of n_p / n_c) in bits, from the numbers of rows that have each class; 0 for roots and classes that no row has.</summary>
    /// <param name="labels">[N, <see cref="Count"/>] of zeros and ones, closed under ancestors.</param>
    public double[] InformationContent(ReadOnlySpan<float> labels)
    {
        int[] rows = new int[Count];
        for (int i = 0; i < labels.Length; i++)
            if (labels[i] > 0) rows[i % Count]++;
        return [.. Enumerable.Range(0, Count).Select(c => _parents[c].Length == 0 || rows[c] == 0 ? 0 : Math.Log2((double)_parents[c].Min(p => rows[p]) / rows[c]))];
    }
}

/// <summary>How well scores predict classes of a hierarchy.</summary>
/// <param name="Fmax">The largest harmonic mean of precision and recall over all thresholds, and the best value is 1.</param>
/// <param name="Threshold">The threshold of <paramref name="Fmax"/>.</param>
/// <param name="Smin">The smallest √(ru² + mi²) of remaining uncertainty and misinformation in bits; the best value is 0.</param>
/// <param name="Aupr">The area under precision over recall; the best value is 1.</param>
/// <remarks>Radivojac et al. 2013 (CAFA), over the thresholds 0.01, 0.02, …, 1. Precision is averaged over the rows that have a prediction, the rest over those that have a label.</remarks>
public sealed record HierarchicalMetrics(double Fmax, double Threshold, double Smin, double Aupr)
{
    private const int Thresholds = 100;

    /// <summary>The metrics of scores.</summary>
    /// <param name="hierarchy">The classes.</param>
    /// <param name="scores">[N, C] in [0, 1]; closed under ancestors here.</param>
    /// <param name="labels">[N, C] of zeros and ones, closed under ancestors.</param>
    /// <param name="informationContent">Of each class in bits; see <see cref="ClassHierarchy.InformationContent"/>.</param>
    /// <exception cref="ShapeException">The lengths do not fit.</exception>
    public static HierarchicalMetrics Of(ClassHierarchy hierarchy, ReadOnlySpan<float> scores, ReadOnlySpan<float> labels, ReadOnlySpan<double> informationContent)
    {
        int classes = hierarchy.Count;
        Ensure.Shape(scores.Length == labels.Length && scores.Length % classes == 0 && informationContent.Length == classes,
            $"HierarchicalMetrics: {scores.Length} scores, {labels.Length} labels and {informationContent.Length} contents for {classes} classes.");
        float[] closed = scores.ToArray();
        hierarchy.Close(closed);
        (double Recall, double Precision)[] curve = new (double, double)[Thresholds];
        (double fmax, double threshold, double smin) = (0, 0, double.PositiveInfinity);
        for (int i = 0; i < Thresholds; i++)
        {
            double at = (i + 1) / 100.0;
            Point point = Measure(closed, labels, informationContent, at);
            curve[i] = (point.Recall, point.Precision);
            smin = Math.Min(smin, double.Hypot(point.RemainingUncertainty, point.Misinformation));
            double f = point.Precision + point.Recall > 0 ? 2 * point.Precision * point.Recall / (point.Precision + point.Recall) : 0;
            if (f > fmax) (fmax, threshold) = (f, at);
        }
        return new(fmax, threshold, smin, Area(curve));
    }

    private static Point Measure(float[] scores, ReadOnlySpan<float> labels, ReadOnlySpan<double> content, double threshold)
    {
        int classes = content.Length, predicting = 0, labelled = 0;
        double precision = 0, recall = 0, uncertainty = 0, misinformation = 0;
        for (int row = 0; row < scores.Length; row += classes)
        {
            int hits = 0, predicted = 0, wanted = 0;
            double missed = 0, wrong = 0;
            for (int c = 0; c < classes; c++)
            {
                bool said = scores[row + c] >= threshold, is1 = labels[row + c] > 0;
                if (said) predicted++;
                if (is1) wanted++;
                if (said && is1) hits++;
                else if (is1) missed += content[c];
                else if (said) wrong += content[c];
            }
            if (predicted > 0)
            {
                predicting++;
                precision += (double)hits / predicted;
            }
            if (wanted == 0) continue;
            labelled++;
            recall += (double)hits / wanted;
            uncertainty += missed;
            misinformation += wrong;
        }
        int all = Math.Max(1, labelled);
        return new(precision / Math.Max(1, predicting), recall / all, uncertainty / all, misinformation / all);
    }

    // By trapezoids, in the order of recall, and of falling precision where the recall is the same.
    private static double Area((double Recall, double Precision)[] curve)
    {
        Array.Sort(curve, (a, b) => a.Recall == b.Recall ? b.Precision.CompareTo(a.Precision) : a.Recall.CompareTo(b.Recall));
        double area = 0;
        for (int i = 1; i < curve.Length; i++) area += (curve[i].Recall - curve[i - 1].Recall) * (curve[i].Precision + curve[i - 1].Precision) / 2;
        return area;
    }

    private readonly record struct Point(double Precision, double Recall, double RemainingUncertainty, double Misinformation);
}
