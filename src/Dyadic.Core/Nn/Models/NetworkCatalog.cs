namespace Dyadic.Nn;

/// <summary>A built-in network: how to make it for images of a given shape.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Summary">One line for listings.</param>
/// <param name="Create">Makes it from the sample shape [C, H, W], the number of classes and a generator.</param>
public sealed record BuiltInNetwork(string Name, string Summary, Func<Shape, int, Rng, Module> Create);

/// <summary>The networks that can be trained by name.</summary>
public static class NetworkCatalog
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<BuiltInNetwork> All { get; } =
    [
        new("resnet8", "residual CNN of 8 layers, 16/32/64 channels (78 k parameters on grey images)", (s, k, rng) => new ResNet8(s[0], k, rng)),
        new("resnet8-wide", "the same with 24/48/96 channels", (s, k, rng) => new ResNet8(s[0], k, rng, width: 24)),
        new("mlp", "784-256-10 multilayer perceptron with ReLU, for quick experiments", (s, k, rng) =>
            new Sequential(new Flatten(), new Linear(s.Length, 256, rng.Split("hidden")), new Relu(), new Linear(256, k, rng.Split("head")))),
    ];

    /// <summary>The network of this name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the names.</exception>
    public static BuiltInNetwork Find(string name) => All.FirstOrDefault(n => n.Name == name)
        ?? throw new ArgumentException($"There is no built-in network '{name}'. Available: {string.Join(", ", All.Select(n => n.Name))}.");
}
