using Dyadic.Numerics;

namespace Dyadic.Runtime;

/// <summary>A model needed more than its budget allows.</summary>
/// <param name="what">What needed how much, a sentence without its full stop.</param>
/// <param name="limit">The limit to raise: the name of a type and its property, such as "RunBudget.ArenaBytes".</param>
public sealed class BudgetException(string what, string limit) : DyadicException($"{what}. Raise {limit} if the model is trusted.")
{
    /// <summary>The limit to raise, as the message names it.</summary>
    public string Limit => limit;
}
