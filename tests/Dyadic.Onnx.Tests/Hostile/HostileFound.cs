using Dyadic.Testing;

namespace Dyadic.Onnx.Tests.Hostile;

/// <summary>Files that the fuzzer found (tests/Dyadic.Fuzz), as small as they could be made: each of them once ended in something else than a sentence.</summary>
internal static class HostileFound
{
    public static IEnumerable<HostileCase> All => [];
}
