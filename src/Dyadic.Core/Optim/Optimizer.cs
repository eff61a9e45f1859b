using System.Numerics;
using Dyadic.Arithmetics;
using Dyadic.Kernels.Threading;

namespace Dyadic.Optim;

/// <summary>Updates parameters in place from their gradients. State is kept in tensors under names, so that a checkpoint can hold it.</summary>
public abstract class Optimizer
{
    private readonly (string Name, Tensor Tensor)[] _parameters;

    /// <summary>An optimiser of the given named parameters.</summary>
    /// <exception cref="ArgumentException">There are no parameters, one is not float32, a name or tensor occurs twice, or the rate is negative or not finite.</exception>
    protected Optimizer(IEnumerable<(string Name, Tensor Tensor)> parameters, double learningRate)
    {
        _parameters = [.. parameters];
        Ensure.Argument(_parameters.Length > 0, $"{GetType().Name}: there are no parameters to optimise.");
        foreach ((string name, Tensor tensor) in _parameters)
            Ensure.Argument(tensor.Type == DType.Float32 && tensor.IsContiguous, $"{GetType().Name}: parameter '{name}' is {tensor.TensorType}; contiguous float32 is needed.");
        Ensure.Argument(_parameters.DistinctBy(p => p.Name).Count() == _parameters.Length, $"{GetType().Name}: two parameters have one name.");
        Ensure.Argument(
            _parameters.DistinctBy(p => p.Tensor, ReferenceEqualityComparer.Instance).Count() == _parameters.Length,
            $"{GetType().Name}: a parameter was given twice, it would be updated twice a step.");
        LearningRate = learningRate;
    }

    /// <summary>The learning rate of the next step; set it from a <see cref="Schedule"/>.</summary>
    public double LearningRate { get; set => field = value >= 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "A learning rate is finite and not negative."); }

    /// <summary>The number of steps taken.</summary>
    public long Steps { get; private set; }

    /// <summary>
    /// One update of every parameter that has a gradient. In an integer arithmetic whose format gives the optimiser bits, the update is one of integers, for
    /// optimisers that have it: parameters and state are then numbers of so many bits. In an emulated or Monte Carlo arithmetic every operation of the update is
    /// one of that arithmetic, for the optimisers of this library; an optimiser of your own that has only <see cref="Update"/> stays in float32.
    /// In float32 all parameters are one loop over pieces, which threads share.
    /// </summary>
    public void Step()
    {
        Steps++;
        IntegerArithmetic? integers = Arithmetic.Current is IntegerArithmetic { Format.OptimizerBits: not null } current ? current : null;
        List<Due> due = [];
        int pieces = 0;
        for (int i = 0; i < _parameters.Length; i++)
        {
            if (_parameters[i].Tensor is not { Grad: { } gradient } parameter) continue;
            if (integers is not null && UpdateIntegers(i, parameter, gradient, integers)) continue;
            if (Arithmetic.Current is EmulatedArithmetic && UpdateByOps(i, parameter, gradient)) continue;
            if (KeepsState) Prepare(i);
            due.Add(new(i, parameter, gradient.ToContiguous(), pieces));
            pieces += (parameter.Length + Due.Piece - 1) / Due.Piece;
        }
        Pieces body = new(this, [.. due]);
        WorkerPool.For(pieces, Door.Mode, ref body);
        GC.KeepAlive(due);
    }

    /// <summary>Forgets the gradients.</summary>
    public void ZeroGrad()
    {
        foreach ((_, Tensor parameter) in _parameters) parameter.Grad = null;
    }

    /// <summary>The state: "momentum/layer.weight" and the like, and the number of steps.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State()
    {
        yield return ("steps", Tensor.Scalar(Steps, DType.Int64));
        foreach ((string slot, Tensor?[] tensors) in Slots)
        {
            for (int i = 0; i < tensors.Length; i++)
            {
                if (tensors[i] is { } tensor) yield return ($"{slot}/{_parameters[i].Name}", tensor);
            }
        }
    }

    /// <summary>Restores what <see cref="State"/> returned. A parameter without an entry has none: it had no gradient yet.</summary>
    /// <exception cref="InvalidDataException">The step count is missing, or an entry does not fit or is unknown; nothing is changed.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        if (!state.TryGetValue("steps", out Tensor? steps) || steps.Type != DType.Int64 || steps.Length != 1 || steps.Item<long>() < 0)
            throw new InvalidDataException($"The state of {GetType().Name} has no step count. It was saved by something else.");
        Dictionary<string, (Tensor?[] Tensors, int Index)> places = [];
        foreach ((string slot, Tensor?[] tensors) in Slots)
        {
            for (int i = 0; i < tensors.Length; i++) places[$"{slot}/{_parameters[i].Name}"] = (tensors, i);
        }
        foreach ((string name, Tensor saved) in state.Where(s => s.Key != "steps"))
        {
            if (!places.TryGetValue(name, out (Tensor?[], int Index) place))
                throw new InvalidDataException($"The state of {GetType().Name} holds '{name}', which it does not know.");
            Tensor parameter = _parameters[place.Index].Tensor;
            TensorType expected = StateType(name[..^(_parameters[place.Index].Name.Length + 1)], parameter);
            if (saved.TensorType != expected)
                throw new InvalidDataException($"The state '{name}' of {GetType().Name} is {saved.TensorType}; of the parameter {parameter.TensorType} it is {expected}.");
        }
        foreach ((string name, (Tensor?[] tensors, int index)) in places) tensors[index] = state.GetValueOrDefault(name)?.Clone();
        Steps = steps.Item<long>();
    }

    /// <summary>The named state arrays, one entry for each parameter, filled when first needed.</summary>
    protected abstract IEnumerable<(string Slot, Tensor?[] Tensors)> Slots { get; }

    /// <summary>The element type and shape of a slot's entry for a parameter: those of the parameter, unless overridden.</summary>
    private protected virtual TensorType StateType(string slot, Tensor parameter) => parameter.TensorType;

    /// <summary>The number of parameters.</summary>
    protected int Count => _parameters.Length;

    /// <summary>The shape of parameter <paramref name="index"/>.</summary>
    private protected Shape ShapeOf(int index) => _parameters[index].Tensor.Shape;

    /// <summary>Whether the state is needed with these settings.</summary>
    private protected virtual bool KeepsState => true;

    /// <summary>
    /// Updates a part of parameter <paramref name="index"/>, which several threads do at once. No element may depend on where the parts begin.
    /// </summary>
    /// <param name="index">The parameter.</param>
    /// <param name="start">The element of it, and of its state, where the part begins.</param>
    /// <param name="p">The elements of the part.</param>
    /// <param name="g">Their gradients.</param>
    protected abstract void Update(int index, int start, Span<float> p, ReadOnlySpan<float> g);

    /// <summary>The same in integers; false where the optimiser has no such update.</summary>
    private protected virtual bool UpdateIntegers(int index, Tensor p, Tensor g, IntegerArithmetic arithmetic) => false;

    /// <summary>The new value of a parameter by the operations of <see cref="Update"/> in their order, each an op in the current arithmetic; null where the optimiser has no such form.</summary>
    private protected virtual Tensor? UpdatedByOps(int index, Tensor p, Tensor g) => null;

    private bool UpdateByOps(int index, Tensor parameter, Tensor gradient)
    {
        using GradMode.Scope scope = GradMode.Set(enabled: false);
        if (UpdatedByOps(index, parameter, gradient) is not { } updated) return false;
        updated.Span<float>().CopyTo(parameter.Span<float>());
        GC.KeepAlive(updated);
        GC.KeepAlive(parameter);
        return true;
    }

    /// <summary>The part of a parameter's state that belongs to <paramref name="length"/> elements from <paramref name="start"/> on; zero at first.</summary>
    private protected static Span<float> Slot(Tensor?[] tensors, int index, int start, int length) => tensors[index]!.Span<float>().Slice(start, length);

    /// <summary>The last elements of a part as one vector, the rest zeros; a formula over vectors then serves them too.</summary>
    private protected static Vector<float> Rest(ReadOnlySpan<float> x)
    {
        Span<float> padded = stackalloc float[Vector<float>.Count];
        padded.Clear();
        x.CopyTo(padded);
        return new(padded);
    }

    /// <summary>The way back of <see cref="Rest"/>.</summary>
    private protected static void Store(Vector<float> rest, Span<float> x)
    {
        Span<float> padded = stackalloc float[Vector<float>.Count];
        rest.CopyTo(padded);
        padded[..x.Length].CopyTo(x);
    }

    /// <summary>Makes the state of a parameter ready for <see cref="Update"/>.</summary>
    private protected virtual void Prepare(int index)
    {
        foreach ((_, Tensor?[] tensors) in Slots) tensors[index] = Floats(tensors[index], index);
    }

    /// <summary>The state of a parameter as floats to write to: what is missing is zero, and what was held as codes goes on as floats.</summary>
    private protected Tensor Floats(Tensor? state, int index) => state switch
    {
        null => Tensor.Zeros(ShapeOf(index)),
        { FixedPoint: { } codes } => codes.ToTensor(),
        _ => state.ToContiguous(),
    };

    /// <summary>A parameter to update.</summary>
    /// <param name="Index">Which.</param>
    /// <param name="Parameter">Its values.</param>
    /// <param name="Gradient">Their gradients, contiguous.</param>
    /// <param name="First">Pieces of the parameters before it.</param>
    private sealed record Due(int Index, Tensor Parameter, Tensor Gradient, int First)
    {
        public const int Piece = 1 << 13;      // elements: parameter, gradient and two states fill 128 KiB
    }

    private readonly struct Pieces(Optimizer optimizer, Due[] due) : IParallelBody
    {
        public void Run(int start, int end)
        {
            int at = due.Length - 1;
            while (due[at].First > start) at--;
            for (int piece = start; piece < end; piece++)
            {
                while (at + 1 < due.Length && due[at + 1].First <= piece) at++;      // parameters without elements are passed over
                (int index, Tensor parameter, Tensor gradient, int first) = due[at];
                int from = (piece - first) * Due.Piece, length = Math.Min(Due.Piece, parameter.Length - from);
                optimizer.Update(index, from, parameter.Span<float>().Slice(from, length), gradient.Span<float>().Slice(from, length));
            }
        }
    }
}
