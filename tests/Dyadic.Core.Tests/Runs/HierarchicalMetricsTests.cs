using Dyadic.Runs;

namespace Dyadic.Core.Tests.Runs;

public class HierarchicalMetricsTests
{
    // 0 is the root, 1 and 2 its children, 3 a child of both.
    private static readonly ClassHierarchy s_diamond = new([[], [0], [0], [1, 2]]);

    private static readonly float[] s_labels =
    [
        1, 1, 0, 0,
        1, 1, 1, 1,
        1, 0, 1, 0,
    ];

    [Fact]
    public void Labels_are_closed_under_ancestors()
    {
        float[] rows = [0, 0, 0, 0.5f, 0, 0.25f, 0, 0];
        s_diamond.Close(rows);
        Assert.Equal([0.5f, 0.5f, 0.5f, 0.5f, 0.25f, 0.25f, 0, 0], rows);
        Assert.Throws<ArgumentException>(() => new ClassHierarchy([[1], []]));
    }

    // Rows per class 3, 2, 2, 1: the contents are 0, log₂ 3/2 twice and log₂ 2.
    [Fact]
    public void Information_content_compares_a_class_with_its_rarest_parent() =>
        Assert.Equal([0, Math.Log2(1.5), Math.Log2(1.5), 1], s_diamond.InformationContent(s_labels));

    [Fact]
    public void Perfect_scores_are_perfect()
    {
        HierarchicalMetrics metrics = HierarchicalMetrics.Of(s_diamond, s_labels, s_labels, s_diamond.InformationContent(s_labels));
        Assert.Equal((1, 0), (metrics.Fmax, metrics.Smin));
    }

    // By hand: from 0.01 to 0.20 all classes are predicted for row 0; from 0.21 to 0.60 the row is right, above it its leaf is missed; the other rows are right throughout.
    [Fact]
    public void Scores_of_one_wrong_row_are_as_computed_by_hand()
    {
        float[] scores =
        [
            1, 0.6f, 0, 0.2f,
            1, 1, 1, 1,
            1, 0, 1, 0,
        ];
        double[] content = s_diamond.InformationContent(s_labels);
        HierarchicalMetrics metrics = HierarchicalMetrics.Of(s_diamond, scores, s_labels, content);
        Assert.Equal((1, 0.21, 0), (metrics.Fmax, metrics.Threshold, metrics.Smin));
        // Recall falls from 1 to (1/2 + 1 + 1)/3 while precision stays 1, and precision rises from (1/2 + 1 + 1)/3 to 1 while recall stays 1.
        Assert.Equal(1 - 2.5 / 3, metrics.Aupr, 12);
    }

    [Fact]
    public void The_threshold_decides_between_uncertainty_and_misinformation()
    {
        ClassHierarchy two = new([[], [0]]);
        float[] labels = [1, 1, 1, 0], scores = [1, 0.3f, 1, 0.6f];
        double[] content = two.InformationContent(labels);
        Assert.Equal([0, 1], content);
        // Up to 0.30 both rows have the leaf: mi = 1/2. From 0.31 to 0.60 the wrong one only: ru = mi = 1/2. Above: ru = 1/2.
        HierarchicalMetrics metrics = HierarchicalMetrics.Of(two, scores, labels, content);
        Assert.Equal(0.5, metrics.Smin, 12);
        Assert.Equal(2 * 0.75 * 1 / 1.75, metrics.Fmax, 12);
    }
}
