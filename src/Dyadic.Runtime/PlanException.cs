using Dyadic.Numerics;

namespace Dyadic.Runtime;

/// <summary>A plan that cannot be built or run; the message names the step and its kernel.</summary>
public sealed class PlanException(string message, Exception? inner = null) : DyadicException(message, inner);
