using Dyadic.Onnx.Importing;

namespace Dyadic.Onnx.Wire;

internal sealed partial class TensorProto
{
    /// <summary>Where the file holds raw_data that were not parsed, or null.</summary>
    public ByteRange? RawRange { get; set; }
}
