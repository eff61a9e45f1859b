using Dyadic.Fuzz.Targets;

namespace Dyadic.Fuzz;

/// <summary>The kinds of files that are fuzzed.</summary>
public static class FuzzTargets
{
    /// <summary>Their names, and how each is made.</summary>
    public static IReadOnlyDictionary<string, Func<FuzzTarget>> All { get; } = new Dictionary<string, Func<FuzzTarget>>
    {
        ["onnx"] = () => new OnnxTarget(),
        ["graph"] = () => new GraphTextTarget(),
        ["safetensors"] = () => new SafeTensorsTarget(),
        ["npz"] = () => new NpzTarget(),
        ["idx"] = () => new IdxTarget(),
        ["recipe"] = () => new RecipeTarget(),
    };
}
