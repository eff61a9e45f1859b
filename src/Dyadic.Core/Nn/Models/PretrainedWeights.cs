using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>What of a checkpoint and a model did not meet, under the checkpoint's names.</summary>
/// <param name="Missing">Parameters of the model that keep their values, such as a new classifier's.</param>
/// <param name="Unexpected">Tensors of the checkpoint that the model has no use for, such as another head's.</param>
public sealed record WeightReport(IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected);

/// <summary>Parameters from and to checkpoints with names of their own.</summary>
public static class PretrainedWeights
{
    extension(Module module)
    {
        /// <summary>Copies tensors into the parameters that <paramref name="names"/> maps to their names, with or without the model's prefix.</summary>
        /// <param name="weights">Tensors of any floating-point type by name, as a safetensors file holds them.</param>
        /// <param name="names">The naming.</param>
        /// <returns>What was missing or unexpected; neither is an error.</returns>
        /// <exception cref="InvalidDataException">A shape or type differs, two names mean one parameter, or no name fits; all of it is listed and nothing is changed.</exception>
        public WeightReport LoadWeights(IReadOnlyDictionary<string, Tensor> weights, WeightNames names)
        {
            Dictionary<string, (string Name, Tensor Tensor)> theirs = [];
            List<string> problems = [], missing = [], unexpected = [];
            foreach ((string name, Tensor tensor) in weights.Where(w => !WeightNames.IsRedundant(w.Key)).OrderBy(w => w.Key, StringComparer.Ordinal))
                if (!theirs.TryAdd(names.Canonical(name), (name, tensor)) && !Same(theirs[names.Canonical(name)].Tensor, tensor)) problems.Add($"'{name}' and '{theirs[names.Canonical(name)].Name}' mean one parameter and differ");
            List<(Tensor Own, Tensor Value)> copies = [];
            foreach ((string path, Tensor own) in module.NamedParameters())
            {
                string name = names.Of(path);
                if (!theirs.Remove(names.Canonical(name), out (string Name, Tensor Tensor) found)) missing.Add(name);
                else if (found.Tensor.Shape != own.Shape || !found.Tensor.Type.IsFloat()) problems.Add($"'{found.Name}' is {found.Tensor.TensorType}, the model has {own.TensorType}");
                else copies.Add((own, found.Tensor));
            }
            unexpected.AddRange(theirs.Values.Select(t => t.Name));
            if (copies.Count == 0 && problems.Count == 0) problems.Add($"no name fits; the file has '{weights.Keys.FirstOrDefault()}' …, the model '{missing.FirstOrDefault()}' …");
            if (problems.Count > 0)
                throw new InvalidDataException($"The weights do not fit {module.GetType().Name}: {string.Join("; ", problems.Take(8))}{(problems.Count > 8 ? $"; and {problems.Count - 8} more" : "")}.");
            foreach ((Tensor own, Tensor value) in copies) own.CopyFrom(value.Cast(own.Type));
            return new(missing, unexpected);
        }

        /// <summary>The parameters under the names of such checkpoints, to be written to a file.</summary>
        public IReadOnlyDictionary<string, Tensor> NamedWeights(WeightNames names) => module.NamedParameters().ToDictionary(p => names.Of(p.Name), p => p.Tensor);
    }

    private static bool Same(Tensor a, Tensor b) => a.TensorType == b.TensorType && a.ToContiguous().Bytes().SequenceEqual(b.ToContiguous().Bytes());
}
