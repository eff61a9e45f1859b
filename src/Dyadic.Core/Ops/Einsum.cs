using Dyadic.Arithmetics;

namespace Dyadic.Ops;

/// <summary>
/// A sum of products after Einstein: "bij,bjk->bik". Axes are letters; a letter that is not in the result is summed over, a letter twice in one term takes the
/// diagonal, and "..." stands for axes that broadcast. Without "->" the result has the letters that occur once, in the order of the alphabet.
/// </summary>
/// <remarks>It is no op of its own but products, sums and transpositions: two terms become one MatMul where a common axis is summed over, else one Mul.</remarks>
public sealed class EinsumEquation
{
    private readonly string[] _terms;
    private readonly string? _result;
    private readonly string _text;

    private EinsumEquation(string text, string[] terms, string? result) => (_text, _terms, _result) = (text, terms, result);

    /// <summary>Reads an equation.</summary>
    /// <exception cref="ArgumentException">It has something besides letters, commas, one arrow and dots in threes.</exception>
    public static EinsumEquation Parse(string text)
    {
        string plain = text.Replace(" ", "", StringComparison.Ordinal);
        string[] sides = plain.Split("->");
        Ensure.Argument(sides.Length <= 2, $"Einsum: '{text}' has {sides.Length - 1} arrows.");
        foreach (string term in sides.SelectMany(s => s.Split(',')))
        {
            string letters = term.Replace("...", "", StringComparison.Ordinal);
            Ensure.Argument(term.Length - letters.Length <= 3 && letters.All(char.IsAsciiLetter), $"Einsum: '{term}' in '{text}' is not made of letters and at most one '...'.");
        }
        Ensure.Argument(sides.Length < 2 || !sides[1].Contains(',', StringComparison.Ordinal), $"Einsum: the result in '{text}' has a comma.");
        return new(text, sides[0].Split(','), sides.Length == 2 ? sides[1] : null);
    }

    /// <summary>Composes the ops of the equation.</summary>
    /// <typeparam name="T">What ops are applied to: tensors, or values of a graph.</typeparam>
    /// <param name="operands">One for each term.</param>
    /// <param name="shapeOf">The shape of an operand; symbolic sizes are possible where no axes must be merged.</param>
    /// <param name="apply">Applies an op of one result.</param>
    /// <param name="constant">A constant among the operands, of the element type of an operand.</param>
    /// <exception cref="ArgumentException">The number of operands or their ranks do not fit the terms, or the result has an axis that no term has.</exception>
    public T Compose<T>(IReadOnlyList<T> operands, Func<T, Shape> shapeOf, Func<Op, T[], T> apply, Func<double[], Shape, T, T> constant)
    {
        Ensure.Argument(operands.Count == _terms.Length, $"Einsum: '{_text}' has {_terms.Length} terms, {operands.Count} operands were given.");
        int[][] labels = [.. _terms.Select((term, i) => Labels(term, shapeOf(operands[i]).Rank))];
        int[] result = Result(labels);
        Composer<T> composer = new(shapeOf, apply, constant);
        Term<T> sum = composer.Single(new(operands[0], labels[0]), Needed(0));
        for (int i = 1; i < labels.Length; i++) sum = composer.Product(sum, composer.Single(new(operands[i], labels[i]), [.. Needed(i), .. sum.Labels]), Needed(i));
        return composer.Ordered(sum, result);

        // What the result or a later term reads.
        int[] Needed(int i) => [.. result, .. labels.Skip(i + 1).SelectMany(l => l)];
    }

    // Letters are their codes; the axes of "..." are −1, −2, … from the right.
    private int[] Labels(string term, int rank)
    {
        int letters = term.Count(char.IsAsciiLetter), dots = term.Contains('.', StringComparison.Ordinal) ? rank - letters : 0;
        Ensure.Argument(dots >= 0 && letters + dots == rank, $"Einsum: term '{term}' of '{_text}' does not fit an operand of rank {rank}.");
        return Expanded(term, dots);
    }

    private static int[] Expanded(string term, int dots) =>
        [.. term.Replace("...", ".", StringComparison.Ordinal).SelectMany(c => c == '.' ? Enumerable.Range(0, dots).Select(i => i - dots) : [c])];

    private int[] Result(int[][] labels)
    {
        int dots = labels.Max(l => l.Count(x => x < 0));
        int[] all = [.. labels.SelectMany(l => l)];
        if (_result is null) return [.. Expanded(".", dots), .. all.Where(l => l > 0 && all.Count(x => x == l) == 1).Order()];
        int[] result = Expanded(_result, dots);
        int[] unknown = [.. result.Except(all)];
        Ensure.Argument(unknown.Length == 0, $"Einsum: no term of '{_text}' has the axis {string.Join(", ", unknown.Select(l => $"'{(char)l}'"))} of the result.");
        Ensure.Argument(result.Distinct().Count() == result.Length, $"Einsum: the result of '{_text}' has an axis twice.");
        return result;
    }

    private readonly record struct Term<T>(T Value, int[] Labels);

    private sealed class Composer<T>(Func<T, Shape> shapeOf, Func<Op, T[], T> apply, Func<double[], Shape, T, T> constant)
    {
        /// <summary>The term with diagonals taken, and summed over the axes that nothing else reads.</summary>
        public Term<T> Single(Term<T> term, int[] needed)
        {
            while (term.Labels.GroupBy(l => l).FirstOrDefault(g => g.Count() > 1) is { } twice) term = Diagonal(term, twice.Key);
            int[] summed = [.. Enumerable.Range(0, term.Labels.Length).Where(a => !needed.Contains(term.Labels[a]))];
            return summed.Length == 0 ? term : new(apply(new ReduceSum([.. summed], false), [term.Value]), [.. term.Labels.Where(needed.Contains)]);
        }

        // x·δ summed over the second of the two axes.
        private Term<T> Diagonal(Term<T> term, int label)
        {
            int first = Array.IndexOf(term.Labels, label), second = Array.IndexOf(term.Labels, label, first + 1), n = shapeOf(term.Value)[first];
            Dim[] dims = [.. term.Labels.Select((_, a) => (Dim)(a == first || a == second ? n : 1))];
            double[] delta = [.. Enumerable.Range(0, n * n).Select(i => i % (n + 1) == 0 ? 1.0 : 0)];
            T diagonal = apply(new ReduceSum([second], false), [apply(new Mul(), [term.Value, constant(delta, Shape.Create(dims), term.Value)])]);
            return new(diagonal, [.. term.Labels.Where((_, a) => a != second)]);
        }

        /// <summary>The product of two terms, summed over what nobody needs any more.</summary>
        public Term<T> Product(Term<T> a, Term<T> b, int[] needed)
        {
            int[] common = [.. a.Labels.Intersect(b.Labels)], summed = [.. common.Except(needed)], batch = [.. common.Except(summed)];
            int[] left = [.. a.Labels.Except(common)], right = [.. b.Labels.Except(common)];
            if (summed.Length == 0)
            {
                int[] all = [.. batch, .. left, .. right];
                return new(apply(new Mul(), [Aligned(a, all), Aligned(b, all)]), all);
            }
            Dim[] lefts = [.. left.Select(l => SizeOf(a, l))], rights = [.. right.Select(l => SizeOf(b, l))];
            T x = Merged(Ordered(a, [.. batch, .. left, .. summed]), batch.Length, left.Length, summed.Length);
            T y = Merged(Ordered(b, [.. batch, .. summed, .. right]), batch.Length, summed.Length, right.Length);
            T product = apply(new MatMul(), [x, y]);
            if (left.Length != 1 || right.Length != 1)
                product = apply(new Reshape([.. Enumerable.Repeat(0, batch.Length), .. Sizes([.. lefts, .. rights])]), [product]);
            return new(product, [.. batch, .. left, .. right]);
        }

        /// <summary>The axes in this order.</summary>
        public T Ordered(Term<T> term, int[] labels)
        {
            int[] perm = [.. labels.Select(l => Array.IndexOf(term.Labels, l))];
            return perm.Index().All(p => p.Index == p.Item) ? term.Value : apply(new Transpose([.. perm]), [term.Value]);
        }

        private T Ordered(Term<T> term, IEnumerable<int> labels) => Ordered(term, labels.ToArray());

        private Dim SizeOf(Term<T> term, int label) => shapeOf(term.Value)[Array.IndexOf(term.Labels, label)];

        // The axes in this order, with axes of size 1 for those that the term has not.
        private T Aligned(Term<T> term, int[] all)
        {
            int[] missing = [.. Enumerable.Range(0, all.Length).Where(i => !term.Labels.Contains(all[i]))];
            T ordered = Ordered(term, all.Where(term.Labels.Contains));
            return missing.Length == 0 ? ordered : apply(new Unsqueeze([.. missing]), [ordered]);
        }

        // Axes [kept, rows…, columns…] as [kept, rows, columns].
        private T Merged(T x, int kept, int rows, int columns)
        {
            if (rows == 1 && columns == 1) return x;
            Dim[] dims = [.. shapeOf(x)];
            Dim row = dims[kept..(kept + rows)].Aggregate((Dim)1, (p, d) => p * d), column = dims[(kept + rows)..].Aggregate((Dim)1, (p, d) => p * d);
            return apply(new Reshape([.. Enumerable.Repeat(0, kept), .. Sizes([row, column])]), [x]);
        }

        private static int[] Sizes(Dim[] dims)
        {
            Ensure.Argument(dims.Count(d => !d.IsKnown) <= 1, $"Einsum: the sizes {string.Join(", ", dims)} of axes that are merged or split are symbolic; at most one may be.");
            return [.. dims.Select(d => d.IsKnown ? d.Size : -1)];
        }
    }
}

/// <summary>Sums of products by an equation.</summary>
public static class EinsumExtensions
{
    extension(Tensor)
    {
        /// <summary>The sum of products that <paramref name="equation"/> describes.</summary>
        /// <inheritdoc cref="EinsumEquation" path="/remarks"/>
        /// <exception cref="ArgumentException">The equation or an operand does not fit; the message says how.</exception>
        public static Tensor Einsum(string equation, params ReadOnlySpan<Tensor> operands) => EinsumEquation.Parse(equation).Compose<Tensor>(
            operands.ToArray(), x => x.Shape, (op, x) => Door.Run(op, x)[0], (values, shape, like) => Tensor.From(values, shape).Cast(like.Type));
    }
}
