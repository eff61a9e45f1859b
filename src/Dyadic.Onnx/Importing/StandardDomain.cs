using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Importing;

/// <summary>The domain of the standard's operators, which files name in two ways.</summary>
internal static class StandardDomain
{
    /// <summary>Whether a name is that of the standard.</summary>
    public static bool Is(string domain) => domain is "" or "ai.onnx";

    /// <summary>The version of the standard's operators that a model or a function imports, or null; of several the last.</summary>
    public static long? Version(IEnumerable<OperatorSetIdProto> imports) => imports.LastOrDefault(o => Is(o.Domain))?.Version;
}
