namespace Dyadic.Data;

/// <summary>Fashion-MNIST: 60,000 and 10,000 grey images of 28×28 pixels in ten classes, as IDX files.</summary>
/// <remarks>Xiao, Rasul and Vollgraf 2017. Networks get pixel/255 in [0, 1] as [1, 28, 28]; batch normalisation does the rest.</remarks>
public static class FashionMnist
{
    private const string Install = "Install it with 'apt-get install dataset-fashion-mnist', or name the folder of its IDX files with --data-root or DYADIC_DATA_ROOT";

    private static readonly string[] KnownRoots = ["/usr/share/datasets/fashion-mnist", "/usr/share/dataset-fashion-mnist", "/usr/share/fashion-mnist"];

    /// <summary>The names of the classes by label.</summary>
    public static IReadOnlyList<string> ClassNames { get; } =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>The folder of the IDX files, or null where they are not installed.</summary>
    /// <param name="root">A folder to use instead of the known ones.</param>
    public static string? Find(string? root = null)
    {
        string? given = root ?? Environment.GetEnvironmentVariable("DYADIC_DATA_ROOT");
        IEnumerable<string> roots = given is null ? KnownRoots : [given, Path.Combine(given, "fashion-mnist")];
        return roots.FirstOrDefault(r => FileOf(r, "t10k-labels-idx1-ubyte") is not null);
    }

    /// <summary>Loads the training or the test part.</summary>
    /// <exception cref="FileNotFoundException">The files are not there; the message says how to install them.</exception>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static ImageDataset Load(bool train, string? root = null)
    {
        string folder = Find(root) ?? throw new FileNotFoundException($"Fashion-MNIST was not found{(root is null ? "" : $" in '{root}'")}. {Install}.");
        string part = train ? "train" : "t10k";
        Tensor images = ReadFile(folder, $"{part}-images-idx3-ubyte"), labels = ReadFile(folder, $"{part}-labels-idx1-ubyte");
        if (images is not { Rank: 3, Type: DType.UInt8 } || labels is not { Rank: 1, Type: DType.UInt8 } || images.Shape[0] != labels.Shape[0])
            throw new InvalidDataException($"The Fashion-MNIST files in '{folder}' do not belong together: images {images.TensorType}, labels {labels.TensorType}.");
        int[] classes = Array.ConvertAll(labels.ToArray<byte>(), l => (int)l);
        if (classes.Length > 0 && classes.Max() >= ClassNames.Count) throw new InvalidDataException($"'{folder}' holds a label {classes.Max()}; Fashion-MNIST has labels 0 to 9.");
        return new(images, classes, ClassNames);
    }

    private static Tensor ReadFile(string folder, string name) =>
        Idx.Read(FileOf(folder, name) ?? throw new FileNotFoundException($"'{Path.Combine(folder, name)}[.gz]' is missing. {Install}."));

    private static string? FileOf(string folder, string name)
    {
        string plain = Path.Combine(folder, name);
        return File.Exists(plain) ? plain : File.Exists(plain + ".gz") ? plain + ".gz" : null;
    }
}
