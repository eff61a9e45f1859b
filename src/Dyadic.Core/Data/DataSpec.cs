using System.Globalization;
using System.Text.RegularExpressions;

namespace Dyadic.Data;

/// <summary>
/// Data named on a command line: <c>fashion-mnist[:train|:test]</c>, <c>cifar10:DIR[:train|:test]</c>, <c>sample</c> (the embedded 2,000 test
/// images), or <c>FILE.npz</c> (one array of samples and <c>labels</c>); <c>[a:b]</c> behind it takes a slice.
/// </summary>
/// <param name="Source">The part before the slice.</param>
/// <param name="From">First sample of the slice.</param>
/// <param name="To">One past its last, or null for the end.</param>
public sealed partial record DataSpec(string Source, int From, int? To)
{
    private const string Forms = "Use fashion-mnist[:train|:test], cifar10:DIR[:train|:test], sample, or FILE.npz, with [a:b] behind it for a slice";
    private const string SampleName = "fashion-mnist-sample.npz";

    /// <summary>The text as a specification; the data is not touched.</summary>
    /// <exception cref="ArgumentException">The text has none of the forms.</exception>
    public static DataSpec Parse(string text)
    {
        Match match = Form().Match(text);
        string source = match.Groups["source"].Value;
        bool known = source is "sample" || Parts().IsMatch(source) || source.EndsWith(".npz", StringComparison.OrdinalIgnoreCase);
        Ensure.Argument(match.Success && known, $"'{text}' names no data. {Forms}.");
        int from = Number(match.Groups["from"].Value, 0)!.Value;
        int? to = Number(match.Groups["to"].Value, null);
        Ensure.Argument(to is null || to > from, $"The slice of '{text}' is empty.");
        return new(source, from, to);
    }

    /// <summary>The file of the embedded sample, beside the program or in an assets folder above it or above the current folder; null where there is none.</summary>
    public static string? SamplePath => FindAsset(SampleName);

    /// <summary>A file shipped with the program: beside it, or in an assets folder above it or above the current folder; null where there is none.</summary>
    public static string? FindAsset(string name)
    {
        foreach (string start in (string[])[AppContext.BaseDirectory, Environment.CurrentDirectory])
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                string candidate = Path.Combine(folder.FullName, "assets", name);
                if (File.Exists(candidate)) return candidate;
            }
        }
        return null;
    }

    /// <summary>Loads the data.</summary>
    /// <param name="dataRoot">Where downloaded data sets lie, instead of the known folders.</param>
    /// <exception cref="FileNotFoundException">The file or data set is not there; the message says how to get it.</exception>
    /// <exception cref="InvalidDataException">The file is damaged, or the slice is not within it.</exception>
    public IDataset Load(string? dataRoot = null)
    {
        IDataset all = Source switch
        {
            _ when Parts().Match(Source) is { Success: true } parts => OfParts(parts.Groups["folder"].Value, train: parts.Groups["part"].Value != "test", dataRoot),
            "sample" => OfArrays(SamplePath ?? throw new FileNotFoundException($"The embedded sample '{SampleName}' was not found beside the program. Run from a clone or an installed tool.")),
            _ => OfArrays(Source),
        };
        if (From == 0 && To is null) return all;
        int to = To ?? all.Count;
        if (From >= to || to > all.Count) throw new InvalidDataException($"The slice [{From}:{to}] is not within the {all.Count} samples of {Source}.");
        return new SubsetDataset(all, From, to);
    }

    /// <summary>The whole test part of the data set of which this is training data; null where it has no parts or this is the test part.</summary>
    public DataSpec? TestPart => Parts().Match(Source) is { Success: true } parts && parts.Groups["part"].Value != "test" ? new(parts.Groups["set"].Value + ":test", 0, null) : null;

    /// <inheritdoc/>
    public override string ToString() => From == 0 && To is null ? Source : $"{Source}[{From}:{To}]";

    private static ImageDataset OfParts(string folder, bool train, string? dataRoot) =>
        folder.Length > 0 ? Cifar10.Load(folder, train) : FashionMnist.Load(train, dataRoot);

    private static IDataset OfArrays(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"'{path}' does not exist. {Forms}.");
        IReadOnlyDictionary<string, Tensor> arrays = Npz.Read(path);
        int[]? labels = arrays.TryGetValue("labels", out Tensor? given) ? Labels(given, path) : null;
        KeyValuePair<string, Tensor>[] samples = [.. arrays.Where(a => a.Key != "labels")];
        if (samples.Length != 1) throw new InvalidDataException($"'{path}' holds {samples.Length} arrays beside labels ({string.Join(", ", samples.Select(s => s.Key))}); exactly one is needed here.");
        Tensor values = samples[0].Value;
        if (values.Rank == 0 || labels is not null && labels.Length != values.Shape[0])
            throw new InvalidDataException($"'{path}': {samples[0].Key} has shape {values.Shape} and there are {labels?.Length ?? 0} labels.");
        bool images = labels is not null && values is { Type: DType.UInt8, Rank: 3 or 4 };
        return images ? new ImageDataset(values, labels!, path.EndsWith(SampleName, StringComparison.Ordinal) ? FashionMnist.ClassNames : null) : new TensorDataset(values, labels);
    }

    private static int[] Labels(Tensor labels, string path) => labels.Type switch
    {
        DType.UInt8 when labels.Rank == 1 => Array.ConvertAll(labels.ToArray<byte>(), l => (int)l),
        DType.Int32 when labels.Rank == 1 => labels.ToArray<int>(),
        DType.Int64 when labels.Rank == 1 => Array.ConvertAll(labels.ToArray<long>(), l => Label(l, path)),
        _ => throw new InvalidDataException($"'{path}': labels are {labels.TensorType}; a vector of uint8, int32 or int64 is needed."),
    };

    private static int Label(long label, string path) => label is >= int.MinValue and < int.MaxValue
        ? (int)label
        : throw new InvalidDataException($"'{path}': the label {label} is no class number. Number the classes from 0.");

    private static int? Number(string text, int? otherwise) => text.Length == 0 ? otherwise : int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<source>.+?)(\[(?<from>\d{0,9}):(?<to>\d{0,9})\])?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    // Data sets that come as a training and a test part; the training part is the default.
    [GeneratedRegex(@"^(?<set>fashion-mnist|cifar10:(?<folder>.+?))(:(?<part>train|test))?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Parts();
}
