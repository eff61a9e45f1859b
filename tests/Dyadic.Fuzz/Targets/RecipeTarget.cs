using System.Text;
using Dyadic.Compression;
using Dyadic.Fuzz.Mutations;
using Dyadic.Numerics;
using Dyadic.Runs;

namespace Dyadic.Fuzz.Targets;

/// <summary>JSON that says how something was made or is to be made: a configuration of quantisation, the record of a run.</summary>
public sealed class RecipeTarget : DataTarget
{
    /// <inheritdoc/>
    public override string Name => "recipe";

    /// <inheritdoc/>
    protected override IEnumerable<byte[]> MakeSeeds(string file)
    {
        yield return Encoding.UTF8.GetBytes(new QuantizeConfig(Exclude: ["conv1", "fc"]).ToJson());
        RunFolder folder = RunFolder.At(Path.GetDirectoryName(file)!);
        folder.Write(new()
        {
            Id = "run", Name = "train", Started = DateTimeOffset.UnixEpoch, Arguments = new Dictionary<string, string> { ["epochs"] = "2" }, Metrics = [new("loss", 1, 0.5), new("accuracy", 2, 0.9)],
        });
        yield return File.ReadAllBytes(folder.File("run.json"));
    }

    /// <inheritdoc/>
    public override byte[] Mutate(byte[] seed, Rng rng) => TextMutator.Mutate(seed, rng);

    /// <inheritdoc/>
    protected override void Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        RunFolder folder = RunFolder.At(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(folder.File("run.json"), bytes);
        try
        {
            folder.Read();
        }
        catch (InvalidDataException)
        {
            // Then it may be a configuration.
        }
        QuantizeConfig.Parse(Encoding.UTF8.GetString(bytes));
    }
}
