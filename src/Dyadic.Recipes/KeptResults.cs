using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Dyadic.Data;
using Dyadic.Runs;

namespace Dyadic.Recipes;

/// <summary>
/// What a recipe has finished, in a folder: a run that was cut short is taken up where it stopped, and ends with the figures of one that was not. Safe from many
/// threads of one process.
/// </summary>
/// <remarks>
/// <code>
/// results.jsonl       a line for the run: recipe, build, seed, quick, data; then a line for each experiment: name, result
/// NAME.safetensors    tensors, such as pre-trained weights
/// </code>
/// </remarks>
public sealed class KeptResults
{
    private readonly string _folder;
    private readonly Dictionary<string, JsonElement> _results = [];

    private KeptResults(string folder) => _folder = folder;

    private string Lines => Path.Combine(_folder, "results.jsonl");

    /// <summary>Opens a folder, which is made where there is none.</summary>
    /// <param name="folder">Where to keep them.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="seed">Its first seed.</param>
    /// <param name="quick">Whether it runs in its short form.</param>
    /// <param name="data">Its data, or null for its own.</param>
    /// <exception cref="InvalidDataException">The folder holds results of another run, or of another build; the message says which.</exception>
    public static KeptResults Open(string folder, Recipe recipe, ulong seed, bool quick, string? data)
    {
        Directory.CreateDirectory(folder);
        KeptResults kept = new(folder);
        Header own = new(recipe.Name, typeof(Tensor).Module.ModuleVersionId, seed, quick, data);
        if (File.Exists(kept.Lines)) kept.Read(own);
        else kept.Append(own, RecipeJson.Default.Header);
        return kept;
    }

    /// <summary>The result of an experiment: the one that is kept, or what <paramref name="run"/> returns, which is kept then.</summary>
    /// <param name="experiment">Its name.</param>
    /// <param name="json">How a result is written and read.</param>
    /// <param name="run">Finds the result.</param>
    public T Get<T>(string experiment, JsonTypeInfo<T> json, Func<T> run)
    {
        lock (_results)
            if (_results.TryGetValue(experiment, out JsonElement known)) return known.Deserialize(json)!;
        T result = run();
        lock (_results) Append(new(experiment, JsonSerializer.SerializeToElement(result, json)), RecipeJson.Default.Line);
        return result;
    }

    /// <summary>Tensors by name: those that are kept, or what <paramref name="make"/> returns, which is kept then.</summary>
    public IReadOnlyDictionary<string, Tensor> GetTensors(string name, Func<IReadOnlyDictionary<string, Tensor>> make)
    {
        string path = Path.Combine(_folder, name + ".safetensors");
        if (File.Exists(path)) return SafeTensors.Read(path).Tensors;
        IReadOnlyDictionary<string, Tensor> tensors = make();
        SafeTensors.Write(path, tensors);
        return tensors;
    }

    private void Append<T>(T line, JsonTypeInfo<T> json) => File.AppendAllText(Lines, JsonSerializer.Serialize(line, json) + "\n");

    // A last line without its end is what a killed process leaves: that experiment runs again.
    private void Read(Header own)
    {
        string text = File.ReadAllText(Lines);
        int end = text.LastIndexOf('\n') + 1;
        if (end < text.Length) AtomicFile.Write(Lines, stream => stream.Write(Encoding.UTF8.GetBytes(text[..end])), overwrite: true);
        string[] lines = text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0)
        {
            Append(own, RecipeJson.Default.Header);
            return;
        }
        Header found = Parsed(lines[0], RecipeJson.Default.Header);
        if (found != own) throw new InvalidDataException($"'{_folder}' keeps results of {found}, this run is {own}. Name another folder.");
        foreach (string written in lines.Skip(1))
        {
            Line line = Parsed(written, RecipeJson.Default.Line);
            _results[line.Experiment] = line.Result;
        }
    }

    private T Parsed<T>(string line, JsonTypeInfo<T> json)
    {
        try
        {
            return JsonSerializer.Deserialize(line, json) ?? throw new JsonException("A line is null.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{Lines}' is damaged: {e.Message} Name another folder.", e);
        }
    }

    internal sealed record Header(string Recipe, Guid Build, ulong Seed, bool Quick, string? Data)
    {
        public override string ToString() => $"{Recipe}{(Quick ? " --quick" : "")}{(Data is null ? "" : $" --data {Data}")} --seed {Seed} of build {Build.ToString()[..8]}";
    }

    internal sealed record Line([property: JsonRequired] string Experiment, JsonElement Result);
}

/// <summary>How what recipes keep is written.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(KeptResults.Header))]
[JsonSerializable(typeof(KeptResults.Line))]
[JsonSerializable(typeof(Claim))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(double[]))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(HierarchicalMetrics))]
[JsonSerializable(typeof(IntegerTraining.Outcome))]
[JsonSerializable(typeof(NumericalStability.Samples))]
internal sealed partial class RecipeJson : JsonSerializerContext;
