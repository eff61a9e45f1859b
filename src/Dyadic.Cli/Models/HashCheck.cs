namespace Dyadic.Cli.Models;

/// <summary>The hash of a model's graph, beside the one that its file recorded when it was written.</summary>
/// <param name="Actual">Of the graph as it is read now.</param>
/// <param name="Recorded">What the file says, or null.</param>
internal sealed record HashCheck(string Actual, string? Recorded)
{
    /// <summary>Whether both are equal; null where the file says nothing.</summary>
    public bool? Fits => Recorded is null ? null : Recorded == Actual;

    /// <summary>What to say of it.</summary>
    public string Words => Fits switch
    {
        null => "",
        true => ", as when it was written",
        _ => $"; when it was written {Recorded}: it was changed since, or another version wrote it",
    };

    /// <summary>The check of a file that was read with no options.</summary>
    public static HashCheck Of(ModelFile model) => new(model.Graph.TextHash(), model.Onnx?.Hash);
}
