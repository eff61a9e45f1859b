namespace Dyadic.Runtime.Steps.Float;

/// <summary>The functions of <see cref="BinaryStep"/>; α and β are its constants.</summary>
public enum BinaryFunction
{
    /// <summary>a + b; integers wrap.</summary>
    Add,

    /// <summary>a − b; integers wrap.</summary>
    Subtract,

    /// <summary>a·b; integers wrap.</summary>
    Multiply,

    /// <summary>a/b; integers truncate towards zero and throw <see cref="DivideByZeroException"/> for b = 0.</summary>
    Divide,

    /// <summary>aᵇ; an integer power below zero is truncated towards zero.</summary>
    Power,

    /// <summary>The smaller of a and b; NaN when one is NaN.</summary>
    Minimum,

    /// <summary>The larger of a and b; NaN when one is NaN.</summary>
    Maximum,

    /// <summary>b where a &gt; 0, α·b elsewhere: the gradient of ReLU (α = 0) and leaky ReLU.</summary>
    Rectify,

    /// <summary>b where α ≤ a ≤ β, 0 elsewhere: the gradient of clipping.</summary>
    Inside,

    /// <summary>a − b·⌊a/b⌋: the remainder with the sign of b; integers throw <see cref="DivideByZeroException"/> for b = 0.</summary>
    Modulo,

    /// <summary>a − b·trunc(a/b): the remainder with the sign of a; integers throw <see cref="DivideByZeroException"/> for b = 0.</summary>
    Remainder,

    /// <summary>a·2ᵇ of integers, the low bits; 0 for b of the type's bits or more.</summary>
    ShiftLeft,

    /// <summary>⌊a·2⁻ᵇ⌋ of unsigned integers; 0 for b of the type's bits or more.</summary>
    ShiftRight,

    /// <summary>1 where a ≠ b, 0 elsewhere.</summary>
    Differ,
}
