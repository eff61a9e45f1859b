using System.Text;
using Dyadic.Data;
using Dyadic.Runtime;

namespace Dyadic.Ir;

/// <summary>Graphs as files of text, UTF-8, with the constants that the text names by a hash in a safetensors file of the same name beside it.</summary>
public static class GraphFile
{
    /// <summary>The ending of the file of constants.</summary>
    public const string ConstantsExtension = ".safetensors";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The file of constants beside a file of text.</summary>
    public static string ConstantsOf(string path) => Path.ChangeExtension(path, ConstantsExtension);

    /// <summary>Writes a graph, and the constants beside it if there are any that the text does not show. Each file is written whole or not at all.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="path">The file of the text.</param>
    /// <param name="options">How to write.</param>
    /// <param name="overwrite">Replace files of these names.</param>
    /// <returns>The files that were written.</returns>
    /// <exception cref="IOException">A file exists, or cannot be written.</exception>
    public static IReadOnlyList<string> Write(Graph graph, string path, GraphTextOptions? options = null, bool overwrite = false)
    {
        GraphPrinter printer = new(options ?? GraphTextOptions.Default);
        byte[] text = Strict.GetBytes(printer.Print(graph));
        AtomicFile.EnsureWritable(path, overwrite);
        List<string> files = [path];
        if (printer.Constants.Count > 0)
        {
            Ensure.Argument(ConstantsOf(path) != path, $"'{path}' is the name of a file of constants. Let the text have another ending, such as .graph.");
            SafeTensors.Write(ConstantsOf(path), printer.Constants.ToDictionary(c => c.Key, c => SafeTensors.Holds(c.Value.Type) ? c.Value : ToCodes(c.Value)), null, overwrite);
            files.Add(ConstantsOf(path));
        }
        AtomicFile.Write(path, stream => stream.Write(text), overwrite);
        return files;
    }

    /// <summary>Reads a graph, and from the file beside it the constants that the text does not show.</summary>
    /// <param name="path">The file of the text.</param>
    /// <param name="options">How to read.</param>
    /// <exception cref="GraphTextException">It is no text of a graph, or constants are missing or others.</exception>
    /// <exception cref="BudgetException">It needs more than the budget.</exception>
    /// <exception cref="InvalidDataException">The file beside it is no safetensors file.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static Graph Read(string path, GraphTextOptions? options = null)
    {
        options = (options ?? GraphTextOptions.Default) with { Source = Path.GetFileName(path) };
        LoadBudget budget = options.Budget ?? LoadBudget.Current;
        RequireSize(path, budget.Bytes, nameof(LoadBudget.Bytes));
        string text;
        try
        {
            text = Strict.GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException e)
        {
            throw new GraphTextException(options.Source, 1, 1, "the file is not UTF-8 text", e);
        }
        Lazy<IReadOnlyDictionary<string, Tensor>> beside = new(() => Beside(ConstantsOf(path), budget));
        return new GraphParser(text, options, key => options.Constants.GetValueOrDefault(key) ?? beside.Value.GetValueOrDefault(key)).ParseAll();
    }

    /// <summary>True where a file starts as the text of a graph does; no ONNX file starts so.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool IsText(string path)
    {
        const string Word = "graph", Comment = "//";
        using StreamReader reader = new(path, Encoding.UTF8);
        int c = reader.Read();
        while (c >= 0 && char.IsWhiteSpace((char)c)) c = reader.Read();
        char[] start = new char[Word.Length];
        int length = 1 + reader.ReadBlock(start, 1, Word.Length - 1);
        start[0] = (char)c;
        return c >= 0 && new string(start, 0, length) is var read && (read == Word || read.StartsWith(Comment, StringComparison.Ordinal));
    }

    /// <summary>The codes of stored numbers as bytes.</summary>
    private static Tensor ToCodes(Tensor tensor) => Tensor.Create(tensor.Shape, DType.UInt8, tensor.ToBytes(), static (to, from) => from.CopyTo(to));

    /// <summary>Stored numbers of these codes.</summary>
    internal static Tensor FromCodes(Tensor codes, DType type)
    {
        byte[] bytes = codes.ToBytes();
        if (type.IsFourBits()) bytes = Array.ConvertAll(bytes, b => StoredNumbers.LowBits(type, b));
        return Tensor.Create(codes.Shape, type, bytes, static (to, from) => from.CopyTo(to));
    }

    private static IReadOnlyDictionary<string, Tensor> Beside(string path, LoadBudget budget)
    {
        if (!File.Exists(path)) return new Dictionary<string, Tensor>();
        RequireSize(path, budget.InitialiserBytes, nameof(LoadBudget.InitialiserBytes));
        return SafeTensors.Read(path).Tensors;
    }

    private static void RequireSize(string path, long most, string limit)
    {
        if (new FileInfo(path).Length > most) throw new BudgetException($"graph: {Path.GetFileName(path)}: it has more than {most} bytes", $"{nameof(LoadBudget)}.{limit}");
    }
}
