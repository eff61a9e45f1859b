using Dyadic.Ir;
using Dyadic.Runtime.Steps;

namespace Dyadic.Lowering;

/// <summary>One step of a group.</summary>
/// <param name="Step">What runs.</param>
/// <param name="Type">The element type that it writes.</param>
/// <param name="Dims">The dimensions that it writes.</param>
internal sealed record StepStage(Step Step, DType Type, int[] Dims);

/// <summary>Nodes that become a chain of steps; the first reads <paramref name="Reads"/>, each other one its predecessor.</summary>
/// <param name="Reads">The values that the first step reads. With no stages, the group's result is the first of them.</param>
/// <param name="Stages">The steps.</param>
/// <param name="Main">The step that does the work, for reports.</param>
/// <param name="Fused">The nodes that run inside of the group, its last node excepted.</param>
internal sealed record StepGroup(IReadOnlyList<Value> Reads, IReadOnlyList<StepStage> Stages, Step? Main, IReadOnlyList<Node> Fused);
