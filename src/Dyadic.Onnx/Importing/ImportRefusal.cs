namespace Dyadic.Onnx.Importing;

/// <summary>A rule's refusal of the node or tensor at hand; the importer notes it and goes on.</summary>
internal sealed class ImportRefusal(string reason) : Exception(reason);

/// <summary>A graph inside a node could not be imported; every problem has been reported.</summary>
internal sealed class RegionRefusal : Exception;
