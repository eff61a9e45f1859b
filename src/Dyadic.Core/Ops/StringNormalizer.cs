using Dyadic.Arithmetics;
using Dyadic.Kernels;

namespace Dyadic.Ops;

/// <summary>What becomes of letters.</summary>
public enum LetterCase
{
    /// <summary>They stay.</summary>
    Keep,

    /// <summary>Lower case.</summary>
    Lower,

    /// <summary>Upper case.</summary>
    Upper,
}

/// <summary>The strings of x that are no stopwords, in one case; where none is left, one empty string. Shapes: x String [n] or [1, n] → y [count] or [1, count].</summary>
/// <remarks>ONNX StringNormalizer. Letters change case by themselves, as Unicode says and the same in every locale. Stopwords are compared before that.</remarks>
/// <param name="Case">What becomes of letters.</param>
/// <param name="IsCaseSensitive">Whether stopwords are compared letter by letter, else without regard to case.</param>
/// <param name="Stopwords">What is left out.</param>
/// <param name="Count">The name of the unknown size.</param>
public sealed record StringNormalizer(LetterCase Case, bool IsCaseSensitive, Texts Stopwords, string Count = "words") : CountingOp(Count), IStringOp
{
    /// <inheritdoc/>
    public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs)
    {
        TensorType x = inputs[0];
        Ensure.Shape(x.Type == DType.String && (x.Shape.Rank == 1 || (x.Shape.Rank == 2 && x.Shape[0] == 1)), $"{Name}: x is {x}; strings [n] or [1, n] are needed.");
        bool stays = Stopwords.Count == 0 && x.Shape[^1].IsKnown && x.Shape[^1] != 0;
        return [stays ? x : x with { Shape = x.Shape.With(-1, Dim.Symbol(Count)) }];
    }

    Tensor[] IStringOp.Run(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode) => Forward(inputs, mode);

    private protected override Tensor[] Find(Tensor[] inputs)
    {
        HashSet<string> stopwords = [.. Stopwords.Select(Compared)];
        string[] words = [.. inputs[0].ToStrings().Where(w => !stopwords.Contains(Compared(w))).Select(Cased)];
        if (words.Length == 0) words = [""];
        return [Tensor.FromStrings(words, inputs[0].Shape.With(-1, words.Length))];
    }

    private string Compared(string word) => IsCaseSensitive ? word : word.ToUpperInvariant();

    private string Cased(string word) => Case switch
    {
        LetterCase.Lower => word.ToLowerInvariant(),
        LetterCase.Upper => word.ToUpperInvariant(),
        _ => word,
    };
}
