using Dyadic.Ir;
using Dyadic.Onnx;

namespace Dyadic.Cli.Models;

/// <summary>A model read from an ONNX file, or from the text of a graph.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Graph">The graph.</param>
/// <param name="Onnx">What the ONNX file says beside the graph, or null for a text.</param>
internal sealed record ModelFile(string Path, long Bytes, Graph Graph, OnnxModel? Onnx)
{
    /// <summary>The file's name without folders.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Reads a file; the constants of a text lie beside it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sizes">Sizes of named dimensions, which the graph of an ONNX file then has.</param>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="OnnxException">It is no model, or not a supported one.</exception>
    /// <exception cref="GraphTextException">It starts as the text of a graph, and is none.</exception>
    public static ModelFile Open(string path, IReadOnlyDictionary<string, int>? sizes = null)
    {
        Require(path);
        if (GraphFile.IsText(path)) return new(path, new FileInfo(path).Length, GraphFile.Read(path), null);
        OnnxModel model = OnnxModel.Import(path, new OnnxImportOptions { Sizes = sizes ?? new Dictionary<string, int>() });
        return new(path, new FileInfo(path).Length, model.Graph, model);
    }

    /// <summary>Throws unless the file exists.</summary>
    public static void Require(string path)
    {
        if (Directory.Exists(path)) throw new FileNotFoundException($"'{path}' is a folder. Name an ONNX file, or the text of a graph.");
        if (!File.Exists(path)) throw new FileNotFoundException($"'{path}' does not exist. Name an ONNX file, or the text of a graph.");
    }
}
