namespace Dyadic.Nn;

/// <summary>A built-in network: how to make it for images of a given shape.</summary>
/// <param name="Name">The name on the command line.</param>
/// <param name="Summary">One line for listings.</param>
/// <param name="Create">Makes it from the sample shape [C, H, W], the number of classes and a generator.</param>
/// <param name="IsTransformer">Whether it is one of those that AdamW trains and plain SGD does not.</param>
public sealed record BuiltInNetwork(string Name, string Summary, Func<Shape, int, Rng, Module> Create, bool IsTransformer = false);

/// <summary>The networks that can be trained by name.</summary>
public static class NetworkCatalog
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<BuiltInNetwork> All { get; } =
    [
        new("resnet8", "residual CNN of 8 layers, 16/32/64 channels (78 k parameters on grey images)", (s, k, rng) => ResNet8(s, k, rng, width: 16)),
        new("resnet8-wide", "the same with 24/48/96 channels", (s, k, rng) => ResNet8(s, k, rng, width: 24)),
        new("resnet20", "residual CNN of 20 layers, 16/32/64 channels, shortcuts without parameters (0.27 M)", (s, k, rng) => ResNet.ForSmallImages(20, s[0], k, rng)),
        new("resnet18", "ResNet-18 (11 M); images below 64 pixels get a 3×3 stem", (s, k, rng) => ResNet.ResNet18(s[0], k, rng, IsLarge(s))),
        new("mobilenetv2", "MobileNetV2 (2.2 M for 10 classes); images below 64 pixels are divided by 8, not 32", (s, k, rng) => new MobileNetV2(s[0], k, rng, largeImages: IsLarge(s))),
        new("vit-tiny", "vision transformer of 4 layers, 64 features, 4 heads, patches of 7 pixels (or 4, or 8; 0.2 M)", VitTiny, IsTransformer: true),
        new("mlp", "784-256-10 multilayer perceptron with ReLU, for quick experiments", (s, k, rng) =>
            new Sequential(new Flatten(), new Linear(s.Length, 256, rng.Split("hidden")), new Relu(), new Linear(256, k, rng.Split("head")))),
    ];

    /// <summary>The network of this name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the names.</exception>
    public static BuiltInNetwork Find(string name) => All.FirstOrDefault(n => n.Name == name)
        ?? throw new ArgumentException($"There is no built-in network '{name}'. Available: {string.Join(", ", All.Select(n => n.Name))}.");

    private static ResNet ResNet8(Shape image, int classes, Rng rng, int width) =>
        ResNet.ForSmallImages(8, image[0], classes, rng, width, Shortcut.Projection);

    private static VitForClassification VitTiny(Shape image, int classes, Rng rng)
    {
        Ensure.Argument(image.Rank == 3 && image[1] == image[2], $"vit-tiny: images [C, S, S] are needed, not {image}.");
        int patch = Array.Find([7, 4, 8, 14, 16], p => image[1] % p == 0);
        Ensure.Argument(patch > 0, $"vit-tiny: no patch of 4, 7, 8, 14 or 16 pixels tiles images of {image[1]}. Pad or crop them.");
        TransformerOptions encoder = VitOptions.Tiny.Encoder with { Features = 64, Heads = 4, Hidden = 256, Layers = 4, Epsilon = 1e-5f };
        return new(new() { ImageSize = image[1], Patch = patch, Channels = image[0], Encoder = encoder }, classes, rng);
    }

    private static bool IsLarge(Shape image) => image.Rank == 3 && Math.Min(image[1], image[2]) >= 64;
}
