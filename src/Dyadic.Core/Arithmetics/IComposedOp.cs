namespace Dyadic.Arithmetics;

/// <summary>An op whose definition is a composition of tensor ops: an arithmetic that sees each operation computes that instead of the op's step.</summary>
internal interface IComposedOp
{
    /// <summary>The outputs in tensor ops.</summary>
    Tensor[] Compose(ReadOnlySpan<Tensor> inputs);
}
