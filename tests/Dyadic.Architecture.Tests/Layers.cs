namespace Dyadic.Architecture.Tests;

/// <summary>What may use what, by docs/design.md: projects, and the folders of Core.</summary>
internal static class Layers
{
    /// <summary>A project under src/, and the projects that it may use.</summary>
    public static readonly Dictionary<string, string[]> Projects = new(StringComparer.Ordinal)
    {
        ["Dyadic.Numerics"] = [],
        ["Dyadic.Kernels"] = ["Dyadic.Numerics"],
        ["Dyadic.Runtime"] = ["Dyadic.Kernels", "Dyadic.Numerics"],
        ["Dyadic.Core"] = ["Dyadic.Runtime", "Dyadic.Kernels", "Dyadic.Numerics"],
        ["Dyadic.Onnx"] = ["Dyadic.Core", "Dyadic.Runtime", "Dyadic.Kernels", "Dyadic.Numerics"],
        ["Dyadic.Compression"] = ["Dyadic.Core", "Dyadic.Runtime", "Dyadic.Kernels", "Dyadic.Numerics"],
        ["Dyadic.Recipes"] = ["Dyadic.Onnx", "Dyadic.Compression", "Dyadic.Core", "Dyadic.Runtime", "Dyadic.Kernels", "Dyadic.Numerics"],
        ["Dyadic.Cli"] = ["Dyadic.Recipes", "Dyadic.Onnx", "Dyadic.Compression", "Dyadic.Core", "Dyadic.Runtime", "Dyadic.Kernels", "Dyadic.Numerics"],
    };

    /// <summary>A folder of Core, and the folders that it may use. Tensors is the root namespace, which every folder sees.</summary>
    public static readonly Dictionary<string, string[]> CoreFolders = new(StringComparer.Ordinal)
    {
        ["Tensors"] = [],
        ["Arithmetics"] = ["Tensors"],
        ["Ops"] = ["Tensors", "Arithmetics"],
        ["Nn"] = ["Tensors", "Arithmetics", "Ops"],
        ["Optim"] = ["Tensors", "Arithmetics", "Ops", "Nn"],
        ["Ir"] = ["Tensors", "Arithmetics", "Ops", "Nn", "Data"],
        ["Passes"] = ["Tensors", "Arithmetics", "Ops", "Nn", "Ir"],
        ["Lowering"] = ["Tensors", "Arithmetics", "Ops", "Nn", "Ir", "Passes"],
        ["Data"] = ["Tensors", "Arithmetics", "Ops"],
        ["Runs"] = ["Tensors", "Arithmetics", "Ops", "Nn", "Optim", "Data"],
    };

    /// <summary>The projects whose public members others build on; the command line is a tool, not a library.</summary>
    public static IEnumerable<string> Libraries => Projects.Keys.Where(p => p != "Dyadic.Cli");

    /// <summary>The namespace of a folder of Core.</summary>
    public static string NamespaceOf(string coreFolder) => coreFolder == "Tensors" ? "Dyadic" : "Dyadic." + coreFolder;
}
