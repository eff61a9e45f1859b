using System.Diagnostics;

namespace Dyadic.Arithmetics;

/// <summary>How often each kind of op ran, and for how long: what <see cref="Door.Measure"/> fills.</summary>
public sealed class OpTimes
{
    private readonly Dictionary<string, (int Calls, long Ticks)> _ops = [];

    /// <summary>Names of ops with calls and total time, the longest first.</summary>
    public IReadOnlyList<(string Op, int Calls, TimeSpan Time)> Rows =>
        [.. _ops.OrderByDescending(o => o.Value.Ticks).Select(o => (o.Key, o.Value.Calls, Stopwatch.GetElapsedTime(0, o.Value.Ticks)))];

    /// <summary>The time of all ops together.</summary>
    public TimeSpan Total => Stopwatch.GetElapsedTime(0, _ops.Values.Sum(o => o.Ticks));

    internal void Add(string op, long ticks)
    {
        (int calls, long before) = _ops.GetValueOrDefault(op);
        _ops[op] = (calls + 1, before + ticks);
    }
}
