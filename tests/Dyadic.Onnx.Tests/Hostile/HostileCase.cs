using Dyadic.Ir;
using Dyadic.Runtime;

namespace Dyadic.Onnx.Tests.Hostile;

/// <summary>How far a hostile file is taken: what it attacks comes last.</summary>
public enum Stage
{
    /// <summary>It is imported.</summary>
    Import,

    /// <summary>Its graph is run node by node.</summary>
    Run,

    /// <summary>Its graph is planned, and the plan is run.</summary>
    Plan,
}

/// <summary>A hostile model, the class of attack that it stands for, and the error that it must end in.</summary>
/// <param name="Class">The class, as SECURITY.md lists them.</param>
/// <param name="Name">What this one does.</param>
/// <param name="Bytes">The file.</param>
/// <param name="Expected">The type of the error.</param>
/// <param name="Text">A part of its sentence.</param>
/// <param name="Stage">Where it strikes.</param>
public sealed record HostileCase(string Class, string Name, Func<byte[]> Bytes, Type Expected, string Text, Stage Stage = Stage.Import)
{
    /// <summary>What the import may use here.</summary>
    public LoadBudget Load { get; init; } = new() { InitialiserBytes = 1 << 26, FoldedBytes = 1 << 26, Nodes = 5000, Time = TimeSpan.FromSeconds(30) };

    /// <summary>What running may use here.</summary>
    public RunBudget Budget { get; init; } = new() { ArenaBytes = 1 << 26, Operations = 1e8, Iterations = 1000, Time = TimeSpan.FromSeconds(30) };

    /// <inheritdoc/>
    public override string ToString() => $"{Class}: {Name}";

    /// <summary>A file that the importer refuses.</summary>
    public static HostileCase Refused(string @class, string name, Func<byte[]> bytes, string text) => new(@class, name, bytes, typeof(OnnxException), text);

    /// <summary>A file that exceeds a budget when it is loaded, or later.</summary>
    public static HostileCase Exceeds(string @class, string name, Func<byte[]> bytes, string limit, Stage stage = Stage.Import) =>
        new(@class, name, bytes, typeof(BudgetException), $"Raise {limit}", stage);
}
