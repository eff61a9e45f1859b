using System.Text;

namespace Dyadic.Cli.Reports;

/// <summary>Charts as inline SVG. Colours are CSS variables, so that one chart serves light and dark pages; every mark has a title for hover and screen readers.</summary>
internal static class Charts
{
    /// <summary>Horizontal bars, one a row.</summary>
    public static string Bars(string label, IReadOnlyList<(string Name, double Value, string Text)> rows)
    {
        const int Row = 24, Left = 190, Width = 720, Right = 90;
        double largest = Math.Max(rows.Where(r => double.IsFinite(r.Value)).Select(r => r.Value).DefaultIfEmpty(1).Max(), 1e-12);
        StringBuilder svg = Open(label, Width, (rows.Count * Row) + 8, "chart wide");
        for (int i = 0; i < rows.Count; i++)
        {
            (string name, double value, string text) = rows[i];
            double length = (Width - Left - Right) * (double.IsFinite(value) ? Math.Max(value, 0) / largest : 1);
            int y = (i * Row) + 4;
            svg.Append($"<g><title>{Text.Html(name)}: {Text.Html(text)}</title>")
                .Append($"<text class='axis' x='{Left - 8}' y='{y + 15}' text-anchor='end'>{Text.Html(Shorten(name, 28))}</text>")
                .Append($"<rect class='bar' x='{Left}' y='{y + 3}' width='{Text.At(Math.Max(length, 1))}' height='{Row - 8}' rx='2'/>")
                .Append($"<text x='{Text.At(Left + length + 6)}' y='{y + 15}'>{Text.Html(text)}</text></g>");
        }
        return svg.Append("</svg>").ToString();
    }

    /// <summary>A line through values at 1, 2, 3, ….</summary>
    public static string Line(string label, double[] values, Func<double, string> format)
    {
        const int Width = 340, Height = 180, Left = 56, Bottom = 26, Top = 10, Right = 14;
        (double low, double high) = (values.Min(), values.Max());
        if (high - low < 1e-12) (low, high) = (low - 0.5, high + 0.5);
        double X(int i) => Left + ((Width - Left - Right) * (values.Length == 1 ? 0.5 : (double)i / (values.Length - 1)));
        double Y(double v) => Top + ((Height - Top - Bottom) * (high - v) / (high - low));
        StringBuilder svg = Open(label, Width, Height);
        for (int i = 0; i <= 3; i++)
        {
            double v = low + ((high - low) * i / 3);
            svg.Append($"<line class='grid' x1='{Left}' x2='{Width - Right}' y1='{Text.At(Y(v))}' y2='{Text.At(Y(v))}'/>")
                .Append($"<text class='axis' x='{Left - 6}' y='{Text.At(Y(v) + 4)}' text-anchor='end'>{Text.Html(format(v))}</text>");
        }
        svg.Append($"<polyline class='line' points='{string.Join(' ', values.Select((v, i) => $"{Text.At(X(i))},{Text.At(Y(v))}"))}'/>");
        for (int i = 0; i < values.Length; i++)
            svg.Append($"<circle class='dot' cx='{Text.At(X(i))}' cy='{Text.At(Y(values[i]))}' r='3'><title>{i + 1}: {Text.Html(format(values[i]))}</title></circle>");
        svg.Append($"<text class='axis' x='{Left}' y='{Height - 6}'>1</text><text class='axis' x='{Width - Right}' y='{Height - 6}' text-anchor='end'>{values.Length}</text>");
        return svg.Append("</svg>").ToString();
    }

    /// <summary>Models as points: size on a logarithmic axis, accuracy upwards.</summary>
    public static string SizeAccuracy(IReadOnlyList<(string Name, long Bytes, double Accuracy)> points)
    {
        const int Width = 340, Height = 200, Left = 62, Bottom = 34, Top = 18, Right = 30;
        double low = Math.Log(points.Min(p => p.Bytes) * 0.6), high = Math.Log(points.Max(p => p.Bytes) * 1.7);
        double middle = points.Average(p => p.Accuracy), half = Math.Max(0.005, points.Max(p => Math.Abs(p.Accuracy - middle)) * 1.8);
        double X(long bytes) => Left + ((Width - Left - Right) * (Math.Log(bytes) - low) / (high - low));
        double Y(double accuracy) => Top + ((Height - Top - Bottom) * (middle + half - accuracy) / (2 * half));
        StringBuilder svg = Open("Accuracy against file size", Width, Height);
        foreach (double accuracy in (double[])[middle - half, middle, middle + half])
        {
            svg.Append($"<line class='grid' x1='{Left}' x2='{Width - Right}' y1='{Text.At(Y(accuracy))}' y2='{Text.At(Y(accuracy))}'/>")
                .Append($"<text class='axis' x='{Left - 6}' y='{Text.At(Y(accuracy) + 4)}' text-anchor='end'>{Text.Percent(accuracy)}</text>");
        }
        foreach ((string name, long bytes, double accuracy) in points)
        {
            svg.Append($"<g><title>{Text.Html(name)}: {Text.Bytes(bytes)}, {Text.Percent(accuracy)}</title>")
                .Append($"<circle class='dot' cx='{Text.At(X(bytes))}' cy='{Text.At(Y(accuracy))}' r='6'/>")
                .Append($"<text x='{Text.At(X(bytes))}' y='{Text.At(Y(accuracy) - 11)}' text-anchor='middle'>{Text.Html(name)}</text>")
                .Append($"<text class='axis' x='{Text.At(X(bytes))}' y='{Height - 12}' text-anchor='middle'>{Text.Bytes(bytes)}</text></g>");
        }
        return svg.Append("</svg>").ToString();
    }

    /// <summary>Two ranges a row, each row in its own unit: a line for what was observed over a bar for what codes hold.</summary>
    public static string Ranges(string label, IReadOnlyList<(string Name, double Min, double Max, double Low, double High)> rows)
    {
        const int Row = 24, Left = 190, Width = 720, Right = 120;
        StringBuilder svg = Open(label, Width, (rows.Count * Row) + 8, "chart wide");
        for (int i = 0; i < rows.Count; i++)
        {
            (string name, double min, double max, double low, double high) = rows[i];
            double from = Math.Min(Math.Min(min, low), 0), to = Math.Max(Math.Max(Math.Max(max, high), 0), from + 1e-30);
            string X(double v) => Text.At(Left + ((Width - Left - Right) * (v - from) / (to - from)));
            int y = (i * Row) + 4;
            svg.Append($"<g><title>{Text.Html(name)}: observed {Text.Number(min)} … {Text.Number(max)}, codes {Text.Number(low)} … {Text.Number(high)}</title>")
                .Append($"<text class='axis' x='{Left - 8}' y='{y + 15}' text-anchor='end'>{Text.Html(Shorten(name, 28))}</text>")
                .Append($"<rect class='area' x='{X(low)}' y='{y + 3}' width='{Text.At(Math.Max(1, (Width - Left - Right) * (high - low) / (to - from)))}' height='{Row - 8}' rx='2'/>")
                .Append($"<line class='line' x1='{X(min)}' x2='{X(max)}' y1='{y + 11}' y2='{y + 11}'/><line class='grid' x1='{X(0)}' x2='{X(0)}' y1='{y}' y2='{y + Row - 2}'/>")
                .Append($"<text x='{Width - Right + 6}' y='{y + 15}'>{Text.Number(min)} … {Text.Number(max)}</text></g>");
        }
        return svg.Append("</svg>").ToString();
    }

    /// <summary>A small histogram without axes; the range stands below it.</summary>
    public static string Histogram(string label, int[] counts, double low, double high)
    {
        const int Width = 150, Height = 44;
        double largest = Math.Max(1, counts.Length == 0 ? 1 : counts.Max());
        StringBuilder svg = Open(label, Width, Height + 14, "spark");
        double step = (double)Width / Math.Max(1, counts.Length);
        StringBuilder path = new($"M0 {Height}");
        for (int i = 0; i < counts.Length; i++)
        {
            double y = Height * (1 - Math.Sqrt(counts[i] / largest));
            path.Append($"V{Text.At(y)}H{Text.At((i + 1) * step)}");
        }
        svg.Append($"<path class='area' d='{path}V{Height}Z'/>")
            .Append($"<text class='axis' x='0' y='{Height + 12}'>{Text.Number(low)}</text><text class='axis' x='{Width}' y='{Height + 12}' text-anchor='end'>{Text.Number(high)}</text>");
        return svg.Append("</svg>").ToString();
    }

    private static StringBuilder Open(string label, int width, int height, string css = "chart") =>
        new($"<svg class='{css}' viewBox='0 0 {width} {height}' role='img' aria-label='{Text.Html(label)}' style='max-width:{width}px'>");

    private static string Shorten(string text, int length) => text.Length <= length ? text : "…" + text[^(length - 1)..];
}
