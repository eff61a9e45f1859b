using Dyadic.Fuzz.Mutations;
using Dyadic.Numerics;

namespace Dyadic.Fuzz;

/// <summary>A kind of file: good ones to start from, how they are changed, and all that a program does with one.</summary>
public abstract class FuzzTarget
{
    /// <summary>As on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Good files, small ones: every case changes one of them.</summary>
    public abstract IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>A good file, changed.</summary>
    public virtual byte[] Mutate(byte[] seed, Rng rng) => ByteMutator.Mutate(seed, rng);

    /// <summary>Reads the file, and does with it what can be done.</summary>
    /// <param name="file">The bytes.</param>
    /// <param name="rng">Of what is fed to it.</param>
    /// <param name="outcomes">How the parts of the work ended.</param>
    public abstract void Execute(byte[] file, Rng rng, Outcomes outcomes);

    /// <summary>True for what may escape: sentences about the file.</summary>
    public virtual bool Allows(Exception e) => e is DyadicException;

    /// <summary>The file of a case: the same for the same stream, whatever ran before.</summary>
    public byte[] FileOf(Rng rng) => Mutate(Seeds[rng.NextInt(Seeds.Count)], rng);
}

/// <summary>How often each end was met.</summary>
public sealed class Outcomes
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>One more of this end.</summary>
    public void Count(string end) => _counts[end] = _counts.GetValueOrDefault(end) + 1;

    /// <summary>Runs a part of the work; an exception that the target allows is one of its ends.</summary>
    /// <returns>True when the part was done.</returns>
    public bool Try(FuzzTarget target, string part, Action work)
    {
        try
        {
            work();
            Count($"{part} done");
            return true;
        }
        catch (Exception e) when (target.Allows(e))
        {
            Count($"{part} {e.GetType().Name}");
            return false;
        }
    }

    /// <summary>How many parts were done.</summary>
    public long Done => _counts.Where(c => c.Key.EndsWith(" done", StringComparison.Ordinal)).Sum(c => c.Value);

    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", _counts.Select(c => $"{c.Key} {c.Value}"));
}
