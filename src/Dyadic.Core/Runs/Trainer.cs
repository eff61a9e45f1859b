using System.Diagnostics;
using Dyadic.Arithmetics;
using Dyadic.Data;
using Dyadic.Nn;
using Dyadic.Ops;
using Dyadic.Optim;

namespace Dyadic.Runs;

/// <summary>Where a training run stands.</summary>
/// <param name="Epoch">From 1.</param>
/// <param name="Step">Steps taken in all.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Loss">Of the last step.</param>
public readonly record struct TrainingProgress(int Epoch, long Step, long TotalSteps, double Loss);

/// <summary>The loss of a batch.</summary>
/// <param name="batch">Inputs and labels.</param>
/// <param name="logits">What the network made of the inputs, [N, C].</param>
public delegate Tensor TrainingLoss(Batch batch, Tensor logits);

/// <summary>
/// Trains a classifier: SGD with momentum or AdamW, warm-up and cosine decay, cross-entropy. After a kill at any moment, a new trainer over the same
/// folder continues from the last checkpoint and ends with the same weights, bit for bit.
/// </summary>
public sealed class Trainer
{
    private readonly Module _model;
    private readonly DataLoader _loader;
    private readonly TrainingOptions _options;
    private readonly RunFolder _folder;
    private readonly Schedule _schedule;
    private readonly Optimizer _decayed;
    private readonly Optimizer? _plain;
    private readonly Arithmetic _arithmetic;
    private readonly Arithmetic[] _arithmetics;
    private readonly TrainingLoss _loss;
    private TrainingState _state;

    /// <summary>A trainer; if the folder holds a checkpoint, training continues from it.</summary>
    /// <param name="model">The network, freshly made from <paramref name="options"/>.Seed.</param>
    /// <param name="data">Images [C, H, W] and labels.</param>
    /// <param name="options">How to train.</param>
    /// <param name="folder">Where checkpoints go.</param>
    /// <param name="loss">What is made small; the cross-entropy with labels, smoothed as the options say, unless given.</param>
    /// <exception cref="InvalidDataException">The data has no labels, or the checkpoint is damaged or that of another model, data set or options.</exception>
    /// <exception cref="ShapeException">The samples are no images and cannot be augmented.</exception>
    public Trainer(Module model, IDataset data, TrainingOptions options, RunFolder folder, TrainingLoss? loss = null)
    {
        (_model, _options, _folder) = (model, options, folder);
        _loss = loss ?? ((batch, logits) => Losses.CrossEntropy(logits, batch.Labels, (float)options.LabelSmoothing));
        if (data.Classes == 0) throw new InvalidDataException("The training data has no labels. Add an array of labels.");
        Ensure.Shape(!options.Augment || data.SampleShape.Rank == 3, $"Augmentation needs images [C, H, W], the samples are {data.SampleShape}. Switch it off (--no-augment).");
        _arithmetic = Arithmetic.Parse(options.Arithmetic, options.Seed);
        _arithmetics = [_arithmetic, .. model.Descendants().Select(d => d.Module.Arithmetic).OfType<Arithmetic>().Distinct()];
        Rng rng = new(options.Seed);
        Augmentation? augmentation = options.Augment ? new Augmentation(rng.Split("augment"), CropPadding: 2, FlipProbability: 0.5f) : null;
        _loader = new DataLoader(data, options.BatchSize, shuffle: rng.Split("order"), augmentation: augmentation);
        (string Name, Tensor Tensor)[] all = [.. model.NamedParameters()];
        (string Name, Tensor Tensor)[] vectors = [.. all.Where(p => p.Tensor.Rank < 2)];
        _decayed = OptimizerOf(options, all.Where(p => p.Tensor.Rank >= 2), options.WeightDecay);
        if (vectors.Length > 0) _plain = OptimizerOf(options, vectors, 0);
        long warmUp = (long)(options.WarmUpEpochs * _loader.BatchCount);
        _schedule = new WarmUp(warmUp, new CosineDecay(options.LearningRate, TotalSteps));
        _state = Checkpoint.TryRead(folder.Checkpoint) is { } saved ? Restore(saved) : new TrainingState();
    }

    /// <summary>Steps of the whole run.</summary>
    public long TotalSteps => (long)_options.Epochs * _loader.BatchCount;

    /// <summary>Steps taken so far.</summary>
    public long Step => _state.Step;

    /// <summary>Seconds of work so far, over all resumes.</summary>
    public double Seconds => _state.Seconds;

    /// <summary>Mean loss and accuracy on the training data by epoch, as seen while training.</summary>
    public IReadOnlyList<Metric> Metrics => _state.Metrics;

    /// <summary>Trains to the end, or until cancelled; a cancelled run leaves a checkpoint of the step that it had reached.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; a new trainer over the same folder continues.</exception>
    /// <exception cref="ArithmeticException">The loss is no longer a number.</exception>
    public void Run(Action<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        _model.Train();
        long ticks = Stopwatch.GetTimestamp();
        while (_state.Step < TotalSteps)
        {
            int epoch = (int)(_state.Step / _loader.BatchCount), skip = (int)(_state.Step % _loader.BatchCount);
            foreach (Batch batch in _loader.Epoch(epoch, skip))
            {
                double loss = TrainOn(batch);
                progress?.Invoke(new(epoch + 1, _state.Step, TotalSteps, loss));
                bool endsEpoch = _state.Step % _loader.BatchCount == 0;
                if (endsEpoch) _state.FinishEpoch(epoch + 1);
                if (!endsEpoch && _state.Step % _options.CheckpointEvery != 0 && !cancellation.IsCancellationRequested) continue;
                _state.Seconds += Stopwatch.GetElapsedTime(ticks).TotalSeconds;
                ticks = Stopwatch.GetTimestamp();
                Save();
                cancellation.ThrowIfCancellationRequested();
            }
        }
        _model.Eval();
    }

    private static Optimizer OptimizerOf(TrainingOptions options, IEnumerable<(string Name, Tensor Tensor)> parameters, double decay) => options.Optimizer == TrainingOptions.AdamW
        ? new AdamW(parameters, options.LearningRate, weightDecay: decay)
        : new Sgd(parameters, options.LearningRate, options.Momentum, decay);

    private double TrainOn(Batch batch)
    {
        foreach (Arithmetic arithmetic in _arithmetics) arithmetic.BeginStep(_state.Step);      // so that a resumed run draws what it would have drawn
        using IDisposable scope = Arithmetic.Use(_arithmetic);
        _decayed.LearningRate = _schedule.At(_state.Step);
        Tensor logits = _model.Forward(batch.Inputs);
        Tensor loss = _loss(batch, logits);
        double value = loss.Item<float>();
        if (!double.IsFinite(value))
            throw new ArithmeticException($"The loss is {value} at step {_state.Step + 1}: training has diverged. Lower --learning-rate (it is {_options.LearningRate}).");
        _model.ZeroGrad();
        loss.Backward();
        _decayed.Step();
        if (_plain is { } plain)
        {
            plain.LearningRate = _decayed.LearningRate;
            plain.Step();
        }
        _state.Count(value, Classification.Correct(logits, batch.Labels), batch.Labels.Length);
        return value;
    }

    private void Save()
    {
        Dictionary<string, Tensor> tensors = _model.State().ToDictionary(s => "model/" + s.Name, s => s.Tensor);
        foreach ((string name, Tensor tensor) in _decayed.State()) tensors["decayed/" + name] = tensor;
        foreach ((string name, Tensor tensor) in _plain?.State() ?? []) tensors["plain/" + name] = tensor;
        Checkpoint.Write(_folder.Checkpoint, new(tensors, _state));
    }

    private TrainingState Restore(Checkpoint saved)
    {
        if (saved.State.Step > TotalSteps || saved.State.Step % _loader.BatchCount * _options.BatchSize != saved.State.Seen)
            throw new InvalidDataException($"'{_folder.Checkpoint}' stands at step {saved.State.Step}, which does not fit a run of {TotalSteps} steps, {_loader.BatchCount} an epoch: the data or the options have changed.");
        _model.LoadState(saved.Group("model/"));
        _decayed.LoadState(saved.Group("decayed/"));
        _plain?.LoadState(saved.Group("plain/"));
        return saved.State;
    }
}
