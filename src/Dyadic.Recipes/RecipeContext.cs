using System.Text.Json.Serialization.Metadata;
using Dyadic.Arithmetics;
using Dyadic.Data;
using Dyadic.Kernels.Threading;

namespace Dyadic.Recipes;

/// <summary>What a recipe runs with.</summary>
public sealed class RecipeContext
{
    private readonly Action<double, string> _progress;
    private readonly string? _dataRoot;
    private readonly int? _seeds;
    private readonly KeptResults? _kept;

    /// <summary>A context.</summary>
    /// <param name="quick">Seconds instead of minutes: less data, fewer steps, one seed. Claims are then not expected to hold.</param>
    /// <param name="seed">The first seed; recipes with several take the following ones too.</param>
    /// <param name="data">Replaces a recipe's data, or null for its own.</param>
    /// <param name="dataRoot">Where downloaded data sets lie, instead of the known folders.</param>
    /// <param name="seeds">How many seeds, or null for as many as the recipe wants.</param>
    /// <param name="progress">Hears the share of the work that is done, and what runs.</param>
    /// <param name="kept">What an earlier run finished, and where this one keeps what it finishes; null keeps nothing.</param>
    /// <param name="cancellation">Stops the run.</param>
    public RecipeContext(
        bool quick = false, ulong seed = 1, string? data = null, string? dataRoot = null, int? seeds = null, Action<double, string>? progress = null, KeptResults? kept = null,
        CancellationToken cancellation = default)
    {
        (Quick, Seed, Data, Cancellation, _dataRoot, _seeds, _progress, _kept) = (quick, seed, data, cancellation, dataRoot, seeds, progress ?? ((_, _) => { }), kept);
    }

    /// <summary>Seconds instead of minutes.</summary>
    public bool Quick { get; }

    /// <summary>The first seed.</summary>
    public ulong Seed { get; }

    /// <summary>The data given by --data, or null.</summary>
    public string? Data { get; }

    /// <summary>Stops the run.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>The seeds of an experiment: <paramref name="count"/> of them, one when quick, unless their number was given.</summary>
    public IReadOnlyList<ulong> Seeds(int count) => [.. Enumerable.Range(0, _seeds ?? (Quick ? 1 : count)).Select(i => Seed + (ulong)i)];

    /// <summary>Loads data by its name on the command line.</summary>
    /// <exception cref="FileNotFoundException">It is not there; the message says how to get it.</exception>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public IDataset Load(string spec) => DataSpec.Parse(spec).Load(_dataRoot);

    /// <summary>
    /// Runs experiments that do not depend on each other, several at once and each on one thread, and returns their results in order. They are those of running
    /// one after the other. One whose result is kept does not run again.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <param name="from">The share of the recipe's work that is done before.</param>
    /// <param name="to">The share that is done after.</param>
    /// <param name="name">What experiment i is, for the progress and for what is kept: no two experiments of a recipe have the same name.</param>
    /// <param name="json">How a result is kept.</param>
    /// <param name="experiment">Runs experiment i, and tells which share of it is done.</param>
    public T[] Each<T>(int count, double from, double to, Func<int, string> name, JsonTypeInfo<T> json, Func<int, Action<double>, T> experiment)
    {
        T[] results = new T[count];
        double[] shares = new double[count];
        Experiments body = new(i => results[i] = Keep(name(i), json, () => Run(i)));
        WorkerPool.For(count, Door.Mode, ref body);
        return results;

        T Run(int i) => experiment(i, share =>
        {
            lock (shares)
            {
                shares[i] = share;
                Report(from + ((to - from) * shares.Average()), name(i));
            }
        });
    }

    /// <summary>A result that takes long: the one that an earlier run kept, or what <paramref name="run"/> returns.</summary>
    /// <param name="name">What it is: no two results of a recipe have the same name.</param>
    /// <param name="json">How it is kept.</param>
    /// <param name="run">Finds it.</param>
    public T Keep<T>(string name, JsonTypeInfo<T> json, Func<T> run) => _kept is null ? run() : _kept.Get(name, json, run);

    /// <summary>Tensors that take long to make, such as pre-trained weights: those that an earlier run kept, or what <paramref name="make"/> returns.</summary>
    /// <param name="name">What they are, fit for a file name.</param>
    /// <param name="make">Makes them.</param>
    public IReadOnlyDictionary<string, Tensor> KeepTensors(string name, Func<IReadOnlyDictionary<string, Tensor>> make) => _kept is null ? make() : _kept.GetTensors(name, make);

    /// <summary>Tells how far the work is.</summary>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Report(double done, string what)
    {
        Cancellation.ThrowIfCancellationRequested();
        _progress(done, what);
    }

    private readonly struct Experiments(Action<int> run) : IParallelBody
    {
        public void Run(int start, int end)
        {
            for (int i = start; i < end; i++) run(i);
        }
    }
}
