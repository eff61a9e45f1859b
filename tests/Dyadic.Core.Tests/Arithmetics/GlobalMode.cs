namespace Dyadic.Core.Tests.Arithmetics;

/// <summary>Tests that set the width of vectors of all eager kernels: no other test runs beside them, since float results may depend on it.</summary>
[CollectionDefinition(nameof(GlobalMode), DisableParallelization = true)]
public sealed class GlobalMode;
