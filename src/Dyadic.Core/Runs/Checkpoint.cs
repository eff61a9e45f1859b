using System.Text.Json;
using System.Text.Json.Serialization;
using Dyadic.Data;

namespace Dyadic.Runs;

/// <summary>Tensors and training state in one safetensors file, written atomically: there is always a whole checkpoint or the former one.</summary>
internal sealed record Checkpoint(IReadOnlyDictionary<string, Tensor> Tensors, TrainingState State)
{
    private const string StateKey = "dyadic.training";

    /// <summary>Writes the checkpoint in place of the former one.</summary>
    public static void Write(string path, Checkpoint checkpoint)
    {
        Dictionary<string, string> metadata = new() { [StateKey] = JsonSerializer.Serialize(checkpoint.State, CheckpointJson.Default.TrainingState) };
        SafeTensors.Write(path, checkpoint.Tensors, metadata, overwrite: true);
    }

    /// <summary>Reads a checkpoint, or returns null where there is no file.</summary>
    /// <exception cref="InvalidDataException">The file is no checkpoint.</exception>
    public static Checkpoint? TryRead(string path)
    {
        if (!File.Exists(path)) return null;
        SafeTensorsFile file = SafeTensors.Read(path);
        try
        {
            TrainingState? state = file.Metadata.TryGetValue(StateKey, out string? json)
                ? JsonSerializer.Deserialize(json, CheckpointJson.Default.TrainingState)
                : null;
            return new(file.Tensors, state is { IsValid: true } ? state : throw new JsonException("it has no valid training state"));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is no training checkpoint: {e.Message.TrimEnd('.')}. Remove it to start over.", e);
        }
    }

    /// <summary>The tensors whose names start with <paramref name="prefix"/>, without it.</summary>
    public IReadOnlyDictionary<string, Tensor> Group(string prefix) =>
        Tensors.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(t => t.Key[prefix.Length..], t => t.Value);
}

/// <summary>JSON of the training state, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(TrainingState))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
