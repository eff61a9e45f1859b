namespace Dyadic.Data;

/// <summary>
/// CIFAR-10 in its binary form: 60,000 colour images of 32×32 pixels in ten classes. A row has 3073 bytes: the label, then 1024 red, 1024
/// green and 1024 blue values.
/// </summary>
/// <remarks>Krizhevsky 2009. Networks get value/255 in [0, 1] as [3, 32, 32].</remarks>
public static class Cifar10
{
    private const int Pixels = 3 * 32 * 32, Row = 1 + Pixels;
    private const string Get = "Make them with fixtures/cifar10 DIR in a clone, or unpack cifar-10-binary.tar.gz (https://www.cs.toronto.edu/~kriz/cifar.html)";

    /// <summary>The names of the classes by label.</summary>
    public static IReadOnlyList<string> ClassNames { get; } = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>Loads the training part, all data_batch_*.bin (else train*.bin) of the folder in order of their names, or the test part, test_batch.bin.</summary>
    /// <exception cref="FileNotFoundException">The files are not there.</exception>
    /// <exception cref="InvalidDataException">A file does not consist of rows, or holds a label above 9.</exception>
    public static ImageDataset Load(string folder, bool train)
    {
        if (Directory.Exists(Path.Combine(folder, "cifar-10-batches-bin"))) folder = Path.Combine(folder, "cifar-10-batches-bin");
        string[] files = train ? Files(folder, "data_batch_*.bin") is { Length: > 0 } batches ? batches : Files(folder, "train*.bin") : Files(folder, "test_batch.bin");
        if (files.Length == 0) throw new FileNotFoundException($"'{folder}' holds no {(train ? "data_batch_*.bin" : "test_batch.bin")} of CIFAR-10. {Get}.");
        return Read(files);
    }

    /// <summary>The images of the given files, one after the other.</summary>
    /// <exception cref="InvalidDataException">A file does not consist of rows, or holds a label above 9.</exception>
    public static ImageDataset Read(params IReadOnlyList<string> files)
    {
        long rows = 0;
        foreach (string file in files)
        {
            long length = new FileInfo(file).Length;
            DataFile.Check(length > 0 && length % Row == 0, file, $"has {length} bytes, no multiple of the {Row} of a CIFAR-10 row");
            DataFile.Check((rows += length / Row) * Pixels <= DataFile.LargestArray, file, $"makes {rows} images, more than a tensor can hold");
        }
        Tensor images = Tensor.Empty([(int)rows, 3, 32, 32], DType.UInt8);
        int[] labels = new int[rows];
        int at = 0;
        foreach (string file in files) at += DataFile.Read(file, stream => Rows(stream, file, images.Span<byte>()[(at * Pixels)..], labels.AsSpan(at)));
        GC.KeepAlive(images);
        return new(images, labels, ClassNames);
    }

    private static int Rows(FileStream stream, string file, Span<byte> pixels, Span<int> labels)
    {
        int rows = (int)(stream.Length / Row);
        for (int i = 0; i < rows; i++)
        {
            labels[i] = stream.ReadByte();
            DataFile.Check(labels[i] < ClassNames.Count, file, $"has the label {labels[i]} in row {i}; CIFAR-10 has labels 0 to 9");
            stream.ReadExactly(pixels.Slice(i * Pixels, Pixels));
        }
        return rows;
    }

    private static string[] Files(string folder, string pattern) =>
        Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)] : [];
}
