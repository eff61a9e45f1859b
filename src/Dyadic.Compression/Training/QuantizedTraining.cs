using Dyadic.Arithmetics;
using Dyadic.Data;
using Dyadic.Lowering;
using Dyadic.Nn;
using Dyadic.Ops;
using Dyadic.Runs;
using Dyadic.Runtime;

namespace Dyadic.Compression.Training;

/// <summary>Training behind a quantisation, for what post-training methods cannot mend.</summary>
public static class QuantizedTraining
{
    /// <summary>What suits most: one epoch of AdamW at 3·10⁻⁴ on batches of 64, without decay; the rate rises over a tenth of it and falls to 0.</summary>
    public static TrainingOptions Defaults { get; } = new()
    {
        Epochs = 1, BatchSize = 64, Optimizer = TrainingOptions.AdamW, LearningRate = 3e-4, WeightDecay = 0, WarmUpEpochs = 0.1, Augment = false,
    };

    extension(QuantizeResult result)
    {
        /// <summary>This quantisation with weights and scales that were trained as they are deployed; the network is a classifier of one input and one output.</summary>
        /// <param name="data">Samples with labels.</param>
        /// <param name="training">Epochs, rate and the like; <see cref="Defaults"/> unless given.</param>
        /// <param name="options">What is trained, and towards what.</param>
        /// <param name="folder">Where checkpoints go: a run that was stopped goes on from there. None are kept unless given.</param>
        /// <param name="progress">Hears of every step.</param>
        /// <param name="cancellation">Stops it between two steps.</param>
        /// <exception cref="CompressionException">The network has several inputs or outputs, or nothing is quantised.</exception>
        /// <exception cref="OperationCanceledException">It was cancelled.</exception>
        public QuantizeResult Train(
            IDataset data, TrainingOptions? training = null, QatOptions? options = null, RunFolder? folder = null, Action<TrainingProgress>? progress = null, CancellationToken cancellation = default)
        {
            (training, options) = (training ?? Defaults, options ?? new());
            if (result.Graph.Inputs.Count != 1 || result.Graph.Outputs.Count != 1)
                throw new CompressionException($"training: '{result.Graph.Name}' has {result.Graph.Inputs.Count} inputs and {result.Graph.Outputs.Count} outputs. Train a QuantizedModule with a loop of your own.");
            QuantizedModule model = QuantizedModule.Of(result, options);
            string? own = folder is null ? Directory.CreateTempSubdirectory("dyadic-training-").FullName : null;
            try
            {
                new Trainer(model, data, training, folder ?? RunFolder.At(own!), Loss(result, training, options)).Run(progress, cancellation);
            }
            finally
            {
                if (own is not null) Directory.Delete(own, recursive: true);
            }
            return result.With(model.ToGraph());
        }
    }

    // Null for the cross-entropy alone, which is the trainer's own.
    private static TrainingLoss? Loss(QuantizeResult result, TrainingOptions training, QatOptions options)
    {
        if (options.DistillShare == 0) return null;
        Session teacher = new(result.Float.Compile(), Door.Mode);
        return (batch, logits) =>
        {
            Tensor far = Losses.Distillation(logits, teacher.Run([batch.Inputs])[0], options.Temperature);
            if (options.DistillShare == 1) return far;
            return far * options.DistillShare + Losses.CrossEntropy(logits, batch.Labels, (float)training.LabelSmoothing) * (1 - options.DistillShare);
        };
    }
}
