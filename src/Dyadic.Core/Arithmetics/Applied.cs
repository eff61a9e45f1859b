namespace Dyadic.Arithmetics;

/// <summary>What an op gave, and how its gradient is to be computed.</summary>
/// <param name="Outputs">The outputs.</param>
/// <param name="Backward">The arithmetic of the gradient.</param>
/// <param name="Read">What the op read in the place of its inputs, when that was something else, such as their rounded forms: the gradient reads them too.</param>
internal readonly record struct Applied(Tensor[] Outputs, Arithmetic Backward, Tensor[]? Read = null);
