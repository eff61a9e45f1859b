using Dyadic.Ir;
using Dyadic.Kernels;

namespace Dyadic.Lowering;

/// <summary>A real value that is given by codes of 8 or 16 bits: real = Scale·(q − Format.Zero).</summary>
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
/// <param name="Codes">q − z.</param>
/// <param name="Scales">S_w of each output channel.</param>
/// <param name="Dequantize">The node that says so.</param>
internal sealed record QuantizedWeight(WeightCodes Codes, double[] Scales, Node Dequantize);
