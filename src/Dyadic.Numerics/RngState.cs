namespace Dyadic.Numerics;

/// <summary>Everything that a generator is: restore it with <see cref="Rng(RngState)"/> and the same numbers follow.</summary>
/// <param name="Seed">The seed of the run: the Philox key.</param>
/// <param name="Stream">Which of the 2⁶⁴ streams of the seed: the upper half of the counter.</param>
/// <param name="Position">How many 32-bit words have been drawn.</param>
public readonly record struct RngState(ulong Seed, ulong Stream, ulong Position);
