namespace Dyadic.Recipes;

/// <summary>A published system, rebuilt over the library at a size that a processor trains in minutes, and held against what its paper claims.</summary>
public abstract class Recipe
{
    /// <summary>The name on the command line, and of its page in docs/recipes.</summary>
    public abstract string Name { get; }

    /// <summary>Authors, title, venue and number of the paper.</summary>
    public abstract string Paper { get; }

    /// <summary>What is run, in one sentence.</summary>
    public abstract string Summary { get; }

    /// <summary>Runs the experiment.</summary>
    /// <exception cref="FileNotFoundException">Its data is not there; the message says how to get it.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public abstract RecipeResult Run(RecipeContext context);
}

/// <summary>One statement of a paper beside what was found here.</summary>
/// <param name="Statement">What should hold, with its bound.</param>
/// <param name="Paper">What the paper says, or "none" where the bound is that of the scaled experiment alone.</param>
/// <param name="Ours">What was measured.</param>
/// <param name="Holds">Whether it does.</param>
public sealed record Claim(string Statement, string Paper, string Ours, bool Holds);

/// <summary>Figures of an experiment.</summary>
/// <param name="Title">What they are.</param>
/// <param name="Columns">Heads; the first names the rows.</param>
/// <param name="Rows">As many cells as there are columns.</param>
public sealed record ResultTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>What a recipe found.</summary>
/// <param name="Claims">The paper's statements, and whether they hold here.</param>
/// <param name="Tables">All figures.</param>
/// <param name="Setup">Data, network, seeds and schedule in words, one sentence each.</param>
public sealed record RecipeResult(IReadOnlyList<Claim> Claims, IReadOnlyList<ResultTable> Tables, IReadOnlyList<string> Setup);
