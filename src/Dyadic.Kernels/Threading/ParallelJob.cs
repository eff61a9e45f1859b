using System.Runtime.ExceptionServices;

namespace Dyadic.Kernels.Threading;

/// <summary>A preallocated slot for one running parallel loop. All state but the part counter is guarded by the slot's own lock.</summary>
internal sealed unsafe class ParallelJob
{
    private delegate*<void*, int, int, void> _invoke;
    private void* _body;
    private int _count, _parts, _next, _maxHelpers, _helpers, _owned;
    private bool _open;
    private ExceptionDispatchInfo? _error;

    public bool TryAcquire() => Volatile.Read(ref _owned) == 0 && Interlocked.CompareExchange(ref _owned, 1, 0) == 0;

    public void Open(delegate*<void*, int, int, void> invoke, void* body, int count, int parts, int maxHelpers)
    {
        lock (this)
        {
            _invoke = invoke;
            _body = body;
            (_count, _parts, _maxHelpers) = (count, parts, maxHelpers);
            (_next, _helpers, _error, _open) = (0, 0, null, true);
        }
    }

    /// <summary>Claims parts until none is left. A body that throws ends the loop early; the first exception is kept.</summary>
    public void Work()
    {
        try
        {
            for (int part; (part = Interlocked.Increment(ref _next) - 1) < _parts;)
                _invoke(_body, Start(part), Start(part + 1));
        }
#pragma warning disable CA1031 // whatever the body throws must reach the thread that called the loop
        catch (Exception e)
        {
            Volatile.Write(ref _next, _parts);
            Interlocked.CompareExchange(ref _error, ExceptionDispatchInfo.Capture(e), null);
        }
#pragma warning restore CA1031
    }

    /// <summary>Joins the loop if it is open, has parts left and wants help.</summary>
    public void TryHelp()
    {
        if (!Volatile.Read(ref _open) || Volatile.Read(ref _next) >= Volatile.Read(ref _parts)) return;
        lock (this)
        {
            if (!_open || _helpers == _maxHelpers) return;
            _helpers++;
        }
        Work();
        lock (this)
        {
            if (--_helpers == 0) Monitor.Pulse(this);
        }
    }

    /// <summary>Waits for the helpers, frees the slot and returns what a body threw.</summary>
    public ExceptionDispatchInfo? Close()
    {
        for (int i = 0; i < 100 && Volatile.Read(ref _helpers) > 0; i++) Thread.SpinWait(10);
        ExceptionDispatchInfo? error;
        lock (this)
        {
            _open = false;
            while (_helpers > 0) Monitor.Wait(this);
            error = _error;
            _error = null;
        }
        Volatile.Write(ref _owned, 0);
        return error;
    }

    private int Start(int part) => (int)((long)_count * part / _parts);
}
