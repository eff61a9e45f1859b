namespace Dyadic.Nn;

/// <summary>Modules one after the other, named 0, 1, ….</summary>
public sealed class Sequential : Module
{
    /// <summary>A chain of the given modules.</summary>
    public Sequential(params ReadOnlySpan<Module> modules)
    {
        for (int i = 0; i < modules.Length; i++) Child(i.ToString(), modules[i]);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        foreach ((_, Module module) in Children) x = module.Forward(x);
        return x;
    }
}
