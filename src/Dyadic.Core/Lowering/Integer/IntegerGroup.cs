using Dyadic.Ir;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Lowering;

/// <summary>One integer step of a group.</summary>
/// <param name="Step">What runs.</param>
/// <param name="Type">The element type that it writes.</param>
/// <param name="Dims">The dimensions that it writes.</param>
internal sealed record IntegerStage(IntStep Step, DType Type, int[] Dims);

/// <summary>Nodes that become a chain of integer steps; the first reads <paramref name="Reads"/>, each other one its predecessor.</summary>
/// <param name="Reads">The values that the first step reads. With no stages, the group's result is the first of them.</param>
/// <param name="Stages">The steps.</param>
/// <param name="Main">The step that does the work, for reports.</param>
/// <param name="Fused">The nodes that run inside of the group, its last node excepted.</param>
internal sealed record IntegerGroup(IReadOnlyList<Value> Reads, IReadOnlyList<IntegerStage> Stages, IntStep? Main, IReadOnlyList<Node> Fused);

/// <summary>A real value that is given by 8-bit codes: real = Scale·(q − Format.Zero).</summary>
/// <param name="Codes">The codes.</param>
/// <param name="Scale">S.</param>
/// <param name="Format">Type, zero point, and the range of codes that occur.</param>
/// <param name="Dequantize">The node that says so.</param>
internal sealed record QuantizedInput(Value Codes, double Scale, IntFormat Format, Node Dequantize);

/// <summary>Clamps and the quantisation behind an op.</summary>
/// <param name="Quantize">The quantisation.</param>
/// <param name="Head">The op's result, before the clamps.</param>
/// <param name="Scale">S of the codes.</param>
/// <param name="Format">Type, zero point, and the range that the clamps leave.</param>
/// <param name="Clamps">Relu and Clip nodes between.</param>
internal sealed record QuantizedTail(Node Quantize, Value Head, double Scale, IntFormat Format, IReadOnlyList<Node> Clamps);

/// <summary>Constant weights as integers without zero point, one scale for each output channel.</summary>
/// <param name="Codes">q − z, in the order of the constant.</param>
/// <param name="Scales">S_w of each output channel.</param>
/// <param name="Dequantize">The node that says so.</param>
internal sealed record QuantizedWeight(sbyte[] Codes, double[] Scales, Node Dequantize);
