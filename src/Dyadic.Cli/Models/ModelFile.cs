using Dyadic.Ir;
using Dyadic.Onnx;

namespace Dyadic.Cli.Models;

/// <summary>A model read from an ONNX file.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Onnx">The import.</param>
internal sealed record ModelFile(string Path, long Bytes, OnnxModel Onnx)
{
    public Graph Graph => Onnx.Graph;

    /// <summary>The file's name without folders.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>Imports a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sizes">Sizes of named dimensions.</param>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    /// <exception cref="OnnxException">It is no model, or not a supported one.</exception>
    public static ModelFile Open(string path, IReadOnlyDictionary<string, int>? sizes = null)
    {
        Require(path);
        OnnxModel model = OnnxModel.Import(path, new OnnxImportOptions { Sizes = sizes ?? new Dictionary<string, int>() });
        return new(path, new FileInfo(path).Length, model);
    }

    /// <summary>Throws unless the file exists.</summary>
    public static void Require(string path)
    {
        if (Directory.Exists(path)) throw new FileNotFoundException($"'{path}' is a folder. Name an ONNX file.");
        if (!File.Exists(path)) throw new FileNotFoundException($"'{path}' does not exist. Name an ONNX file.");
    }
}
