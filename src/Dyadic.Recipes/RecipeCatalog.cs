namespace Dyadic.Recipes;

/// <summary>The recipes that can be run by name.</summary>
public static class RecipeCatalog
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<Recipe> All { get; } = [new IntegerTraining(), new IntegerFineTuning(), new IntegerBert(), new NumericalStability()];

    /// <summary>The recipe of this name.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists the names.</exception>
    public static Recipe Find(string name) => All.FirstOrDefault(r => r.Name == name)
        ?? throw new ArgumentException($"There is no recipe '{name}'. Available: {string.Join(", ", All.Select(r => r.Name))}.");
}
