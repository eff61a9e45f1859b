using System.Text;
using Dyadic.Runtime.Memory;

namespace Dyadic;

// Memory holds the codes of strings; the strings are managed objects beside it.
public sealed partial class Tensor
{
    private readonly StringTable? _strings;

    /// <summary>The strings that codes of this tensor stand for; null for numbers.</summary>
    internal StringTable? StringTable => _strings;

    /// <summary>A tensor of strings, row-major.</summary>
    /// <exception cref="ShapeException">The number of strings is not the product of the dimensions.</exception>
    /// <exception cref="ArgumentException">A string is no valid text: it holds half of a surrogate pair.</exception>
    /// <exception cref="Runtime.BudgetException">The run under way on this thread may hold no more.</exception>
    public static Tensor FromStrings(ReadOnlySpan<string> values, Shape shape)
    {
        Ensure.Shape(values.Length == shape.Length, $"FromStrings: {values.Length} strings do not fill shape {shape} of {shape.Length}.");
        for (int i = 0; i < values.Length; i++)
            Ensure.Argument(IsText(values[i]), $"FromStrings: string {i} holds half of a surrogate pair, which is no character. Replace it.");
        (StringTable table, int[] codes) = StringTable.Of(values);
        return OfCodes(From(codes, shape), table);
    }

    /// <summary>The elements of a tensor of strings in row-major order.</summary>
    /// <exception cref="InvalidOperationException">The tensor holds numbers.</exception>
    public string[] ToStrings()
    {
        StringTable table = RequireStrings();
        return Array.ConvertAll(Codes().ToArray<int>(), code => table[code]);
    }

    /// <summary>The string at <paramref name="index"/>, one number for each axis; negative ones count from the end.</summary>
    /// <exception cref="ShapeException">The number of indices is not the rank, or one lies outside its axis.</exception>
    /// <exception cref="InvalidOperationException">The tensor holds numbers.</exception>
    public string GetString(params ReadOnlySpan<int> index) => RequireStrings()[Codes().Get<int>(index)];

    /// <summary>The places of a tensor of strings in its <see cref="StringTable"/>: the same memory as Int32.</summary>
    internal Tensor Codes() => new(Block, DType.Int32, Shape, _strides, _offset);

    /// <summary>The strings of a table that Int32 codes stand for; the same memory.</summary>
    internal static Tensor OfCodes(Tensor codes, StringTable table) => new(codes.Block, DType.String, codes.Shape, codes._strides, codes._offset, table);

    // Elements of arbitrary content must stand for strings, too: code 0.
    private static Tensor Empty(Shape shape, DType type, StringTable? strings) =>
        new(MemoryBlock.Rent((long)shape.Length * type.Size(), clear: strings is not null), type, shape, shape.RowMajorStrides(), 0, strings);

    private StringTable RequireStrings() => _strings ?? throw new InvalidOperationException($"The tensor holds {Type}, not strings. Cast it to String, or use ToArray.");

    private void RequireNumbers(string what)
    {
        if (_strings is not null) throw new InvalidOperationException($"{what}: a tensor of strings has no bytes of its own. Use ToStrings and FromStrings.");
    }

    private static bool IsText(string value)
    {
        for (ReadOnlySpan<char> rest = value; rest.Length > 0;)
        {
            if (Rune.DecodeFromUtf16(rest, out _, out int length) != System.Buffers.OperationStatus.Done) return false;
            rest = rest[length..];
        }
        return true;
    }
}
