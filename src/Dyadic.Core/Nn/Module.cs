using Dyadic.Arithmetics;

namespace Dyadic.Nn;

/// <summary>
/// A part of a network: parameters, buffers and child modules under names, and a forward pass. Constructors register what they own with
/// <see cref="Parameter"/>, <see cref="Buffer"/> and <see cref="Child{T}"/>; <see cref="Compute"/> is the forward pass, from one tensor to
/// one tensor. Modules that can use more (a mask, initial states) have further overloads of <see cref="Forward"/>.
/// </summary>
public abstract class Module
{
    private readonly List<(string Name, Tensor Tensor)> _parameters = [], _buffers = [];
    private readonly List<(string Name, Module Module)> _children = [];
    private string? _label;   // the name under which the parent registered this module

    /// <summary>True while training: batch statistics and dropout are in effect. Set by <see cref="Train"/> and <see cref="Eval"/>.</summary>
    public bool IsTraining { get; private set; } = true;

    /// <summary>The arithmetic of this module and everything below it; null inherits that of the caller.</summary>
    public Arithmetic? Arithmetic { get; set; }

    /// <summary>The child modules with their names.</summary>
    public IReadOnlyList<(string Name, Module Module)> Children => _children;

    /// <summary>The forward pass, in this module's arithmetic.</summary>
    public Tensor Forward(Tensor x)
    {
        using Scope scope = Enter();
        return Compute(x);
    }

    /// <summary>
    /// Enters this module: until the result is disposed, ops compute in its arithmetic and a graph being traced names them after it. A forward
    /// pass that takes more than one tensor is an overload of <see cref="Forward"/> that begins with it.
    /// </summary>
    protected Scope Enter() => new(this);

    /// <summary>The forward pass.</summary>
    protected abstract Tensor Compute(Tensor x);

    /// <summary>All parameters of this module and its children, named by path: "layer1.conv1.weight". One that is shared has its first name only.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedParameters() => Distinct(Collect("", m => m._parameters));

    /// <summary>All buffers (state that is no parameter, such as running statistics), named by path. One that is shared has its first name only.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> NamedBuffers() => Distinct(Collect("", m => m._buffers));

    /// <summary>All parameters.</summary>
    public Tensor[] Parameters() => [.. NamedParameters().Select(p => p.Tensor)];

    /// <summary>Parameters and buffers, named by path: what a checkpoint holds.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State() => NamedParameters().Concat(NamedBuffers());

    /// <summary>This module and all below it, with their paths.</summary>
    public IEnumerable<(string Path, Module Module)> Descendants(string path = "")
    {
        yield return (path, this);
        foreach ((string name, Module child) in _children)
        {
            foreach ((string Path, Module Module) below in child.Descendants(Join(path, name))) yield return below;
        }
    }

    /// <summary>The number of trained numbers.</summary>
    public long ParameterCount() => NamedParameters().Sum(p => (long)p.Tensor.Length);

    /// <summary>Training behaviour, for this module and all below it.</summary>
    public void Train() => SetTraining(true);

    /// <summary>Inference behaviour, for this module and all below it.</summary>
    public void Eval() => SetTraining(false);

    /// <summary>Inference behaviour until the result is disposed; then each module behaves as it did before, frozen ones included.</summary>
    internal IDisposable Evaluating()
    {
        EvalScope scope = new([.. Descendants().Where(d => d.Module.IsTraining).Select(d => d.Module)]);
        Eval();
        return scope;
    }

    /// <summary>Forgets the gradients of all parameters.</summary>
    public void ZeroGrad()
    {
        foreach ((_, Tensor parameter) in NamedParameters()) parameter.Grad = null;
    }

    /// <summary>Copies values into the parameters and buffers of the same names.</summary>
    /// <exception cref="InvalidDataException">A name is missing or unknown, or a shape or type differs; all differences are listed and nothing is changed.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        Dictionary<string, Tensor> own = State().ToDictionary(s => s.Name, s => s.Tensor);
        List<string> problems = [];
        foreach ((string name, Tensor tensor) in own)
        {
            if (!state.TryGetValue(name, out Tensor? value)) problems.Add($"'{name}' is missing");
            else if (value.TensorType != tensor.TensorType) problems.Add($"'{name}' is {value.TensorType}, the model has {tensor.TensorType}");
        }
        problems.AddRange(state.Keys.Where(k => !own.ContainsKey(k)).Select(k => $"'{k}' is unknown to the model"));
        if (problems.Count > 0)
            throw new InvalidDataException($"The state does not fit {GetType().Name}: {string.Join("; ", problems.Take(8))}{(problems.Count > 8 ? $"; and {problems.Count - 8} more" : "")}.");
        foreach ((string name, Tensor tensor) in own) tensor.CopyFrom(state[name]);
    }

    /// <summary>Registers a trained tensor.</summary>
    protected Tensor Parameter(string name, Tensor tensor)
    {
        tensor.RequiresGrad = true;
        _parameters.Add((Fresh(name), tensor));
        return tensor;
    }

    /// <summary>Registers state that is saved but not trained.</summary>
    protected Tensor Buffer(string name, Tensor tensor)
    {
        _buffers.Add((Fresh(name), tensor));
        return tensor;
    }

    /// <summary>Registers a child.</summary>
    protected T Child<T>(string name, T module) where T : Module
    {
        _children.Add((Fresh(name), module));
        module._label = name;
        return module;
    }

    private string Fresh(string name)
    {
        bool taken = _parameters.Exists(p => p.Name == name) || _buffers.Exists(b => b.Name == name) || _children.Exists(c => c.Name == name);
        Ensure.Argument(!taken && name.Length > 0 && !name.Contains('.'), $"{GetType().Name}: '{name}' is taken, empty or contains a dot.");
        return name;
    }

    private void SetTraining(bool value)
    {
        IsTraining = value;
        foreach ((_, Module child) in _children) child.SetTraining(value);
    }

    private IEnumerable<(string, Tensor)> Collect(string prefix, Func<Module, List<(string Name, Tensor Tensor)>> pick) =>
        pick(this).Select(p => (Join(prefix, p.Name), p.Tensor)).Concat(_children.SelectMany(c => c.Module.Collect(Join(prefix, c.Name), pick)));

    private static IEnumerable<(string Name, Tensor Tensor)> Distinct(IEnumerable<(string Name, Tensor Tensor)> named) =>
        named.DistinctBy(n => n.Tensor, ReferenceEqualityComparer.Instance);

    private static string Join(string prefix, string name) => prefix.Length == 0 ? name : $"{prefix}.{name}";

    /// <summary>The time from entering a module to leaving it.</summary>
    protected readonly ref struct Scope
    {
        private readonly ITracer? _tracer;
        private readonly IDisposable? _arithmetic;

        internal Scope(Module module)
        {
            _arithmetic = module.Arithmetic is null ? null : Arithmetic.Use(module.Arithmetic);
            _tracer = module._label is null ? null : Door.Tracer;
            _tracer?.Enter(module._label!, isLeaf: module._children.Count == 0);
        }

        /// <summary>Leaves the module.</summary>
        public void Dispose()
        {
            _tracer?.Leave();
            _arithmetic?.Dispose();
        }
    }

    private sealed class EvalScope(Module[] trained) : IDisposable
    {
        public void Dispose()
        {
            foreach (Module module in trained) module.IsTraining = true;
        }
    }
}
