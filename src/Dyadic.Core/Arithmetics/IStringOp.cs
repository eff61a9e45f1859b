using Dyadic.Kernels;

namespace Dyadic.Arithmetics;

/// <summary>An op that takes or makes strings. Unless it says otherwise it moves or compares elements, and runs on their codes.</summary>
internal interface IStringOp
{
    /// <summary>False where its attributes admit numbers only.</summary>
    bool TakesStrings => true;

    /// <summary>True where the result holds strings though no input does.</summary>
    bool MakesStrings => false;

    /// <summary>The outputs, where inputs or outputs are strings.</summary>
    Tensor[] Run(ReadOnlySpan<Tensor> inputs, in ExecutionMode mode) => StringCodes.Run((Op)this, inputs, mode);
}
