namespace Dyadic.Arithmetics;

/// <summary>An op that stands for several simpler ones. Arithmetics that must see every operation run those.</summary>
internal interface IComposedOp
{
    /// <summary>The outputs, computed by the simpler ops in the current arithmetic.</summary>
    Tensor[] Compose(ReadOnlySpan<Tensor> inputs);
}
