using Dyadic.Arithmetics;
using Dyadic.Core.Tests.Data;
using Dyadic.Data;
using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Runs;

namespace Dyadic.Core.Tests.Runs;

public sealed class TrainerTests : IDisposable
{
    private static readonly Lazy<string> Whole = new(() =>
    {
        using Folder temporary = new();
        RunFolder folder = RunFolder.At(temporary.At("whole"));
        new Trainer(Synthetic.Network(), Synthetic.Images(), Synthetic.Options, folder).Run();
        return Synthetic.Result(folder);
    });

    private readonly Folder _temporary = new();
    private int _folders;

    public void Dispose() => _temporary.Dispose();

    private RunFolder NewFolder() => RunFolder.At(_temporary.At($"run{_folders++}"));

    [Fact]
    public void Training_learns_and_tells_of_it()
    {
        Module model = Synthetic.Network();
        Trainer trainer = new(model, Synthetic.Images(), Synthetic.Options with { Epochs = 12, Augment = false }, NewFolder());
        List<TrainingProgress> seen = [];
        trainer.Run(seen.Add);
        Assert.Equal(60, trainer.TotalSteps);
        Assert.Equal(Enumerable.Range(1, 60), seen.Select(p => (int)p.Step));
        Assert.Equal(Enumerable.Range(0, 60).Select(s => (s / 5) + 1), seen.Select(p => p.Epoch));
        Assert.Equal(Enumerable.Range(1, 12).SelectMany(e => new[] { ("loss", (long)e), ("trainAccuracy", (long)e) }), trainer.Metrics.Select(m => (m.Name, m.Step)));
        // Epochs of equal batches: the metric is the mean of the losses of its steps.
        Assert.Equal(seen.Take(5).Average(p => p.Loss), trainer.Metrics[0].Value, 12);
        Assert.True(trainer.Seconds > 0);
        Assert.False(model.IsTraining);
        Assert.InRange(Classification.Accuracy(model, Synthetic.Images(40, seed: 6)), 0.9, 1);   // chance is 0.25
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_and_another_does_not()
    {
        RunFolder again = NewFolder(), other = NewFolder();
        new Trainer(Synthetic.Network(), Synthetic.Images(), Synthetic.Options, again).Run();
        new Trainer(Synthetic.Network(), Synthetic.Images(), Synthetic.Options with { Seed = 2 }, other).Run();
        Assert.Equal(Whole.Value, Synthetic.Result(again));
        Assert.NotEqual(Whole.Value, Synthetic.Result(other));
    }

    [Fact]
    public void Every_step_is_a_place_to_stop_and_resume()
    {
        // Stops after steps 1, 3 and 4 of the first epoch, at its end (5), at 6, at the end of the second (10), at 13 and at the very end.
        foreach (int[] stops in (int[][])[[1], [3, 4], [5], [6, 10], [1, 5, 13], [15]])
        {
            RunFolder folder = NewFolder();
            foreach (int stop in stops) StopAt(folder, stop);
            new Trainer(Synthetic.Network(), Synthetic.Images(), Synthetic.Options, folder).Run();
            Assert.Equal(Whole.Value, Synthetic.Result(folder));
        }
    }

    // Random numbers are drawn by step: what is drawn after a stop is what would have been drawn, on any number of threads.
    [Theory]
    [InlineData("int8")]
    [InlineData("mca:12:full")]
    public void Training_in_random_numbers_resumes_and_is_cut_among_threads_bit_for_bit(string arithmetic)
    {
        TrainingOptions options = Synthetic.Options with { Arithmetic = arithmetic };
        string whole = Trained(folder => { });
        Assert.NotEqual(Whole.Value, whole);
        Assert.Equal(whole, Trained(folder =>
        {
            using CancellationTokenSource source = new();
            Trainer trainer = new(Synthetic.Network(), Synthetic.Images(), options, folder);
            Assert.Throws<OperationCanceledException>(() => trainer.Run(p => { if (p.Step == 7) source.Cancel(); }, source.Token));
        }));
        Dyadic.Kernels.ExecutionMode former = Door.Mode;
        try
        {
            foreach (int threads in (int[])[1, 2])
            {
                Door.Mode = former with { Threads = threads };
                Assert.Equal(whole, Trained(folder => { }));
            }
        }
        finally
        {
            Door.Mode = former;
        }

        string Trained(Action<RunFolder> before)
        {
            RunFolder folder = NewFolder();
            before(folder);
            new Trainer(Synthetic.Network(), Synthetic.Images(), options, folder).Run();
            return Synthetic.Result(folder);
        }
    }

    [Fact]
    public void A_kill_goes_back_to_the_last_checkpoint()
    {
        RunFolder folder = NewFolder();
        Trainer killed = new(Synthetic.Network(), Synthetic.Images(), Synthetic.Options, folder);
        Assert.Throws<InvalidOperationException>(() => killed.Run(p => { if (p.Step == 8) throw new InvalidOperationException("killed"); }));
        Trainer resumed = new(Synthetic.Network(), Synthetic.Images(), Synthetic.Options, folder);
        Assert.Equal(6, resumed.Step);
        resumed.Run();
        Assert.Equal(Whole.Value, Synthetic.Result(folder));
    }

    [Fact]
    public void Another_rhythm_of_checkpoints_changes_nothing()
    {
        RunFolder folder = NewFolder();
        new Trainer(Synthetic.Network(), Synthetic.Images(), Synthetic.Options with { CheckpointEvery = 1000 }, folder).Run();
        Assert.Equal(Whole.Value, Synthetic.Result(folder));
    }

    [Fact]
    public void The_number_of_threads_changes_nothing()
    {
        Dyadic.Kernels.ExecutionMode former = Door.Mode;
        try
        {
            foreach (int threads in (int[])[1, 2, 4])
            {
                Door.Mode = former with { Threads = threads };
                RunFolder folder = NewFolder();
                new Trainer(Synthetic.Network(), Synthetic.Images(), Synthetic.Options, folder).Run();
                Assert.Equal(Whole.Value, Synthetic.Result(folder));
            }
        }
        finally
        {
            Door.Mode = former;
        }
    }

    [Fact]
    public void A_finished_run_has_nothing_left_to_do()
    {
        RunFolder folder = NewFolder();
        new Trainer(Synthetic.Network(), Synthetic.Images(), Synthetic.Options, folder).Run();
        Trainer again = new(Synthetic.Network(), Synthetic.Images(), Synthetic.Options, folder);
        again.Run(_ => Assert.Fail("a step was taken"));
        Assert.Equal(again.TotalSteps, again.Step);
    }

    [Fact]
    public void A_diverging_loss_is_an_error_that_names_the_rate()
    {
        Trainer trainer = new(Synthetic.Network(), Synthetic.Images(), Synthetic.Options with { LearningRate = 1e30, WarmUpEpochs = 0 }, NewFolder());
        Assert.Contains("--learning-rate", Assert.Throws<ArithmeticException>(() => trainer.Run()).Message);
    }

    [Fact]
    public void A_checkpoint_of_something_else_is_refused()
    {
        RunFolder folder = NewFolder();
        StopAt(folder, 3);
        Refused("data or the options", () => new Trainer(Synthetic.Network(), Synthetic.Images(20), Synthetic.Options, folder));
        Refused("data or the options", () => new Trainer(Synthetic.Network(), Synthetic.Images(), Synthetic.Options with { BatchSize = 8 }, folder));
        Refused("missing", () => new Trainer(new Linear(64, Synthetic.Classes, new(1)), Synthetic.Images(), Synthetic.Options, folder));

        static void Refused(string says, Func<Trainer> make) => Assert.Contains(says, Assert.Throws<InvalidDataException>(make).Message);
    }

    [Fact]
    public void Data_that_cannot_be_trained_on_is_refused_at_once()
    {
        Assert.Throws<InvalidDataException>(() => new Trainer(Synthetic.Network(), new TensorDataset(Tensor.Zeros(Shape.Of(32, 1, 8, 8))), Synthetic.Options, NewFolder()));
        TensorDataset flat = new(Tensor.Zeros(Shape.Of(32, 64)), new int[32]);
        Assert.Contains("--no-augment", Assert.Throws<ShapeException>(() => new Trainer(new Linear(64, 2, new(1)), flat, Synthetic.Options, NewFolder())).Message);
        new Trainer(new Linear(64, 2, new(1)), flat, Synthetic.Options with { Augment = false, Epochs = 1 }, NewFolder()).Run();
    }

    private static void StopAt(RunFolder folder, long step)
    {
        using CancellationTokenSource stop = new();
        Trainer trainer = new(Synthetic.Network(), Synthetic.Images(), Synthetic.Options, folder);
        Assert.Throws<OperationCanceledException>(() => trainer.Run(p => { if (p.Step == step) stop.Cancel(); }, stop.Token));
        Assert.Equal(step, trainer.Step);
    }
}
