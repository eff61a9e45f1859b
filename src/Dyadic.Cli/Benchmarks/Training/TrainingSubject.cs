namespace Dyadic.Cli.Benchmarks.Training;

/// <summary>One engine that trains a case step by step from the same weights on the same batch.</summary>
internal abstract class TrainingSubject : IDisposable
{
    private const int WarmUps = 3, MostRepeats = 1000;
    private const double WarmUpMilliseconds = 200, LeastMilliseconds = 20, SettlingMilliseconds = 20;
    private int _repeats = 1, _settling = 1;

    /// <summary>dyadic or torch.</summary>
    public abstract string Engine { get; }

    /// <summary>The most bytes of memory that its process held since the case began.</summary>
    public abstract long PeakBytes { get; }

    /// <summary>Milliseconds of a step, by round.</summary>
    public List<double> Rounds { get; } = [];

    /// <summary>Takes steps; returns their milliseconds and the loss before the first of them.</summary>
    public abstract (double Milliseconds, double Loss) Train(int steps);

    /// <summary>Warms up and chooses how many steps a round takes, so that it is long against the clock.</summary>
    public void Prepare()
    {
        double one = double.PositiveInfinity;
        for (int i = 0; i < WarmUps; i++)
        {
            int steps = Steps(WarmUpMilliseconds, one);
            one = Math.Min(one, Train(steps).Milliseconds / steps);
        }
        (_repeats, _settling) = (Steps(LeastMilliseconds, one), Steps(SettlingMilliseconds, one));

        static int Steps(double milliseconds, double one) => (int)Math.Clamp(Math.Ceiling(milliseconds / one), 1, MostRepeats);
    }

    /// <summary>One round, behind steps that do not count: memory is back in cache, and threads of the other engine no longer spin.</summary>
    public void Round()
    {
        Train(_settling);
        Rounds.Add(Train(_repeats).Milliseconds / _repeats);
    }

    public abstract void Dispose();
}
