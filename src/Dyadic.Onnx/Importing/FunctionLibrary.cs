using Dyadic.Onnx.Mapping;
using Dyadic.Onnx.Wire;

namespace Dyadic.Onnx.Importing;

/// <summary>The functions that a file defines, and their nodes in the place of calls.</summary>
/// <remarks>ONNX IR, "Functions": a function is found by domain, name and overload, and hides an operator of that name.</remarks>
/// <param name="functions">The functions.</param>
/// <param name="meter">Counts the nodes that calls become.</param>
internal sealed class FunctionLibrary(IEnumerable<FunctionProto> functions, LoadMeter meter)
{
    private const int MostNested = 64;

    private readonly Dictionary<(string Domain, string Name, string Overload), FunctionProto> _byName = ByName(functions);
    private readonly List<FunctionProto> _open = [];

    /// <summary>The function that a node calls, or null.</summary>
    public FunctionProto? Find(NodeProto call) => _byName.GetValueOrDefault((Domain(call.Domain), call.OpType, call.Overload));

    /// <summary>The version of the standard operator set that a function's nodes have, or null where it names none.</summary>
    /// <exception cref="ImportRefusal">The version is not supported.</exception>
    public static int? OpsetOf(FunctionProto function) => StandardDomain.Version(function.OpsetImport) switch
    {
        null => null,
        >= RuleBook.MinOpset and <= RuleBook.MaxOpset and var version => (int)version,
        var version => throw new ImportRefusal($"function '{function.Name}' has opset {version}; {RuleBook.MinOpset} to {RuleBook.MaxOpset} are supported"),
    };

    /// <summary>The nodes of a function under names of their own, with the inputs, outputs and attributes of a call; <see cref="Leave"/> ends the call.</summary>
    /// <param name="function">The function.</param>
    /// <param name="call">Its call.</param>
    /// <param name="name">The name of the call.</param>
    /// <param name="fresh">Makes names that nothing else has.</param>
    /// <exception cref="ImportRefusal">The function calls itself, or the call does not fit it.</exception>
    public IReadOnlyList<NodeProto> Enter(FunctionProto function, NodeProto call, string name, Func<string, string> fresh)
    {
        if (_open.Contains(function)) throw new ImportRefusal($"function '{function.Name}' calls itself: {string.Join(" → ", _open.Append(function).Select(f => f.Name))}");
        if (_open.Count == MostNested) throw new ImportRefusal($"functions call each other more than {MostNested} deep");
        if (call.Input.Count > function.Input.Count || call.Output.Count > function.Output.Count)
            throw new ImportRefusal($"function '{function.Name}' has {function.Input.Count} inputs and {function.Output.Count} outputs, the call {call.Input.Count} and {call.Output.Count}");
        meter.CountExpanded(function.Node.Count);
        IReadOnlyList<NodeProto> nodes = new FunctionCall(function, call, name, fresh).Nodes();
        _open.Add(function);
        return nodes;
    }

    /// <summary>Ends the innermost call.</summary>
    public void Leave() => _open.RemoveAt(_open.Count - 1);

    private static Dictionary<(string, string, string), FunctionProto> ByName(IEnumerable<FunctionProto> functions)
    {
        Dictionary<(string, string, string), FunctionProto> byName = [];
        foreach (FunctionProto f in functions) byName.TryAdd((Domain(f.Domain), f.Name, f.Overload), f);
        return byName;
    }

    private static string Domain(string domain) => StandardDomain.Is(domain) ? "" : domain;
}
