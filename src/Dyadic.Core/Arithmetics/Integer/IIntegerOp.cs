namespace Dyadic.Arithmetics;

/// <summary>An op that integer arithmetic computes on codes. Others run in float32, between an inverse and a linear map.</summary>
internal interface IIntegerOp
{
    /// <summary>The outputs, held as codes; null where these inputs are better left to float32, such as a sum of two tensors that are floats.</summary>
    Tensor[]? Run(IntegerCall call);
}

/// <summary>A float function inside a network whose result goes on as codes: softmax, GELU and the like.</summary>
internal interface IFunctionBetweenMaps;

/// <summary>Such a function of each number by itself, which 8-bit codes look up.</summary>
internal interface IElementFunction : IFunctionBetweenMaps, IIntegerOp;

/// <summary>(x, dy) → f′(x)·dy in one step, the gradient of such a function.</summary>
internal interface ISlopeOp
{
    /// <summary>The gradient as codes; null where x and dy are not held so.</summary>
    Tensor? Run(IntegerCall call);
}
