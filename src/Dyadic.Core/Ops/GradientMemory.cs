using Dyadic.Arithmetics;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ops;

/// <summary>Which memory the gradients of a backward pass lie in, so that it goes back to the pool with the last of them and sums are formed in place.</summary>
/// <remarks>For passes whose interior gradients nobody else sees. What an op shares with its inputs or outputs, and what the caller passed, is never touched.</remarks>
internal sealed class GradientMemory
{
    private readonly Dictionary<object, int> _uses = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<object> _kept = new(ReferenceEqualityComparer.Instance);

    /// <summary>With the gradients that the caller passed.</summary>
    public GradientMemory(IEnumerable<Tensor?> seeds)
    {
        foreach (Tensor? seed in seeds)
            if (seed is not null) _kept.Add(seed.Memory);
    }

    /// <summary>Never gives back those gradients that lie in the memory of an input or output of their node.</summary>
    public void KeepAll(Tensor?[] gradients, TapeNode node)
    {
        foreach (Tensor? gradient in gradients)
            if (gradient is not null && (Shares(gradient, node.Inputs) || Shares(gradient, node.Outputs))) _kept.Add(gradient.Memory);
    }

    /// <summary>A gradient is held from now on.</summary>
    public void Enter(Tensor gradient) => _uses[gradient.Memory] = _uses.GetValueOrDefault(gradient.Memory) + 1;

    /// <summary>A gradient is held no more.</summary>
    public void Leave(Tensor gradient)
    {
        if (--_uses[gradient.Memory] > 0) return;
        _uses.Remove(gradient.Memory);
        Drop(gradient);
    }

    /// <summary>Gives the memory back if nobody holds a gradient in it.</summary>
    public void Drop(Tensor gradient)
    {
        if (!_uses.ContainsKey(gradient.Memory) && !_kept.Contains(gradient.Memory)) gradient.Dispose();
    }

    /// <summary>sum += gradient in place, where the memory of sum is held once; then gives that of the gradient back.</summary>
    public bool AddInto(Tensor sum, Tensor gradient)
    {
        bool pixels = sum.IsChannelsLast;
        if (_uses[sum.Memory] != 1 || _kept.Contains(sum.Memory) || sum.Type != gradient.Type || !(pixels || sum.IsContiguous)) return false;
        Tensor target = pixels ? sum.ToPixels(Door.Mode) : sum, added = pixels ? gradient.ToPixels(Door.Mode) : gradient.ToContiguous();
        new BinaryStep(BinaryFunction.Add).Run([target.View(), added.View()], [target.View()], Door.Mode);
        GC.KeepAlive(target);
        if (added != gradient && added.Memory != gradient.Memory) added.Dispose();
        Drop(gradient);
        return true;
    }

    private static bool Shares(Tensor gradient, Tensor[] tensors) => Array.Exists(tensors, t => t.Memory == gradient.Memory);
}
