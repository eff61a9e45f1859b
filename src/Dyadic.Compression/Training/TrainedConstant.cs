using Dyadic.Ir;

namespace Dyadic.Compression.Training;

/// <summary>A constant that is trained: weights and tables with a scale, biases whose scale is that of their product, and what stays in floating point.</summary>
/// <param name="Name">Its name in the graph.</param>
/// <param name="Constant">The constant in the graph: codes, or the numbers themselves.</param>
/// <param name="Value">The numbers that are trained, float32.</param>
/// <param name="Dequantize">The node that reads the codes, or null where there are none.</param>
/// <param name="Scale">The scale of the codes, or null for biases and numbers.</param>
/// <param name="Product">For a bias: the scales of its product; else null.</param>
internal sealed record TrainedConstant(string Name, Value Constant, Tensor Value, Node? Dequantize = null, TrainedScale? Scale = null, ProductScales? Product = null);

/// <summary>S_x and S_w of a product.</summary>
/// <param name="Input">Of its activations.</param>
/// <param name="Weight">Of its weights.</param>
internal sealed record ProductScales(TrainedScale Input, TrainedScale Weight);
