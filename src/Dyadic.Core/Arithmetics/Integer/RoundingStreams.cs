namespace Dyadic.Arithmetics;

/// <summary>A stream of rounding bits for each rounding of a run: a function of the seed, the step and the order within the step.</summary>
internal sealed class RoundingStreams
{
    private readonly RoundingDraw _root;
    private RoundingDraw _step;
    private long _next;

    public RoundingStreams(ulong seed)
    {
        _root = RoundingDraw.Of(new Rng(seed).Split("integer"));
        BeginStep(0);
    }

    /// <summary>Begins the streams of a step.</summary>
    public void BeginStep(long step) => (_step, _next) = (_root.Split(step), 0);

    /// <summary>The next stream.</summary>
    public RoundingDraw Next() => _step.Split(Interlocked.Increment(ref _next));
}
