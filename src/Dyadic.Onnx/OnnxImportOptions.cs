using Dyadic.Ir;

namespace Dyadic.Onnx;

/// <summary>How a file is imported.</summary>
public sealed record OnnxImportOptions
{
    /// <summary>The name of the first dimension of inputs where the file gives neither a size nor a name.</summary>
    public string BatchName { get; init; } = "N";

    /// <summary>Sizes of named dimensions: they become known, which rules such as <c>auto_pad</c> need.</summary>
    public IReadOnlyDictionary<string, int> Sizes { get; init; } = new Dictionary<string, int>();

    /// <summary>Shapes of inputs, instead of those that the file declares, if it does; their sizes may be symbols.</summary>
    public IReadOnlyDictionary<string, Shape> InputShapes { get; init; } = new Dictionary<string, Shape>();

    /// <summary>Inputs that become constants with these values: a shape, axes or bounds that a file wants fed, but that must be known here.</summary>
    public IReadOnlyDictionary<string, Tensor> FixedInputs { get; init; } = new Dictionary<string, Tensor>();

    /// <summary>
    /// Numbers of items of inputs that are sequences: the graph then has so many inputs, "name.0", "name.1", …, since it holds tensors only. Outputs that are
    /// sequences become such outputs too.
    /// </summary>
    public IReadOnlyDictionary<string, int> SequenceLengths { get; init; } = new Dictionary<string, int>();

    /// <summary>Inputs that are optional and not given; any other optional input is an ordinary one.</summary>
    public IReadOnlySet<string> AbsentInputs { get; init; } = new HashSet<string>();

    /// <summary>Read tensor data from other files inside the model's folder. Off: such models are refused.</summary>
    public bool AllowExternalData { get; init; }

    /// <summary>What the import may use; <see cref="LoadBudget.Current"/> unless given.</summary>
    public LoadBudget Budget { get; init; } = LoadBudget.Current;
}
