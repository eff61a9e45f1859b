using Dyadic.Ir;
using Dyadic.Kernels;

namespace Dyadic.Cli.Models;

/// <summary>How near the first output of a graph is to that of the float model, in dB.</summary>
/// <param name="inputs">The samples.</param>
/// <param name="mode">Threads and vectors.</param>
/// <param name="cancellation">Stops between batches.</param>
internal sealed class OutputNoise(InputSet inputs, ExecutionMode mode, CancellationToken cancellation)
{
    private Tensor? _real;

    /// <summary>Runs the float model, with which others are compared.</summary>
    public void Measure(Graph real) => _real = Output(real);

    /// <summary>10·log₁₀(Σa²/Σ(a − b)²), a of the float model; +∞ where nothing differs.</summary>
    public double Score(Graph graph) => Distance.Between(graph.Outputs[0].Name, _real!, Output(graph)).SqnrDb;

    private Tensor Output(Graph graph) => BatchedRun.Run(new CompiledEngine(graph, mode, inputs.Sizes(graph)), graph, inputs, cancellation: cancellation).Outputs[0];
}
