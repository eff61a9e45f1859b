using Dyadic.Cli.Peers;
using Dyadic.Data;

namespace Dyadic.Cli.Health;

/// <summary>Something outside of Dyadic that commands use where it is installed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Found">Whether it is here.</param>
/// <param name="Where">Where it is, or how to install it.</param>
internal sealed record InstalledFixture(string Name, bool Found, string Where);

/// <summary>The data sets and peers that commands can use.</summary>
internal static class InstalledFixtures
{
    public static IReadOnlyList<InstalledFixture> All() => [FashionMnistFiles(), OnnxRuntimeLibrary()];

    private static InstalledFixture FashionMnistFiles() => FashionMnist.Find() is { } folder
        ? new("fashion-mnist", true, folder)
        : new("fashion-mnist", false, "apt-get install dataset-fashion-mnist, or --data-root FOLDER with its IDX files");

    private static InstalledFixture OnnxRuntimeLibrary() => OnnxRuntimePeer.TryLoad(null, out OnnxRuntimePeer? peer, out string reason)
        ? new("onnxruntime", true, $"{peer.Version}, {peer.Path}")
        : new("onnxruntime", false, reason);
}
