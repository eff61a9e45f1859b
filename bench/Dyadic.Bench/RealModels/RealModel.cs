using Dyadic.Numerics;

namespace Dyadic.Bench.RealModels;

/// <summary>A published network, data for it, and how its answers are read.</summary>
/// <param name="File">The file below one of the folders of <see cref="RealModelFiles"/>.</param>
/// <param name="Task">What it does, in words.</param>
/// <param name="Feed">Inputs by name: a batch of samples of some size, drawn with a generator.</param>
internal sealed record RealModel(string File, string Task, Func<Rng, int, int, Dictionary<string, Tensor>> Feed)
{
    /// <summary>The sizes to run at: lengths, heights, widths, as <see cref="Feed"/> understands them. Latency is measured at the first.</summary>
    public int[] Sizes { get; init; } = [0];

    /// <summary>True when the file leaves the batch open.</summary>
    public bool Batches { get; init; } = true;

    /// <summary>True when the numbers of dimensions inside of the network follow from the sizes of its inputs, so that these must be known when it is imported.</summary>
    public bool IsBound { get; init; }

    /// <summary>Inputs that are always the same and become constants when the network is imported.</summary>
    public IReadOnlyList<string> Fixed { get; init; } = [];

    /// <summary>Outputs that are the inputs of the next run: a state.</summary>
    public IReadOnlyDictionary<string, string> Carry { get; init; } = new Dictionary<string, string>();

    /// <summary>The answer in the outputs of a run, as whole numbers that must agree; null where the outputs are a signal.</summary>
    public Func<Tensor[], int[]>? Answer { get => field ?? (IsProbability ? Answers.Decision : null); init; }

    /// <summary>True when the first output is a probability: its range is 1, and the answer whether it is at least one half.</summary>
    public bool IsProbability { get; init; }

    /// <summary>The largest difference from ONNX Runtime's outputs, as a share of an output's range. In a quantised network a product on the edge between two codes may become either of them, which the next layers magnify.</summary>
    public double Tolerance => IsQuantized ? 0.08 : 1e-3;

    /// <summary>The file's name without folders and ending.</summary>
    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>True for a network whose file is quantised already.</summary>
    public bool IsQuantized => Name.EndsWith("_qdq", StringComparison.Ordinal);

    public override string ToString() => Name;
}
