using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Ops;

namespace Dyadic.Onnx.Mapping;

/// <summary>Codes with scale and zero point as inputs of an operator.</summary>
internal static class Codes
{
    /// <summary>s·(q − z) of inputs <paramref name="index"/> (q), the next one (s) and, where it is given, the one behind that (z).</summary>
    /// <param name="n">The node.</param>
    /// <param name="index">The place of q.</param>
    /// <param name="axis">The axis of several scales.</param>
    public static Value Real(NodeImport n, int index, int axis = 1) => n.Emit(new DequantizeLinear(axis), n[index], One(n, Scale(n, index + 1)), Zero(n, index + 2, n[index]));

    /// <summary>The scale at input <paramref name="index"/>; a known one is positive and finite.</summary>
    public static Value Scale(NodeImport n, int index)
    {
        Value scale = n[index];
        if (scale.Constant is { } data && scale.Shape.Rank <= 1 && data.Type.IsFloat())
            NodeImport.Require(data.Cast(DType.Float64).ToArray<double>().All(s => s > 0 && double.IsFinite(s)), $"the scale (input {index}) holds a value that is not positive and finite");
        return scale;
    }

    /// <summary>The zero point at input <paramref name="index"/>; 0 in the type of <paramref name="codes"/> (uint8 where there are none) if it is left out.</summary>
    public static Value Zero(NodeImport n, int index, Value? codes) =>
        n.Optional(index) is { } given ? One(n, given) : n.NewConstant("zero_point", Tensor.Zeros(Shape.Scalar, codes?.Type.Type ?? DType.UInt8));

    /// <summary>A vector of one element as a scalar.</summary>
    public static Value One(NodeImport n, Value v) => v.Shape.Rank > 0 && v.Shape.All(d => d == 1) ? n.Emit(new Reshape([]), v) : v;

    /// <summary>Integers in units of s_x·s_w as real numbers.</summary>
    public static Value Bias(NodeImport n, Value bias, Value scale, Value weightScale, int axis = 0)
    {
        Value unit = n.Emit(new Mul(), scale, weightScale);
        return n.Emit(new DequantizeLinear(axis), bias, unit, n.NewConstant("bias_zero_point", Tensor.Zeros(unit.Shape, DType.Int32)));
    }

    /// <summary>The scale s = (max − min)/255 of the range of x with 0 in it (1/255 where it is empty), and the zero point clamp(⌊−min/s⌉) of uint8 codes.</summary>
    public static (Value Scale, Value Zero) Dynamic(NodeImport n, Value x)
    {
        Value none = n.NewConstant("zero", Tensor.Scalar(0f)), levels = n.NewConstant("levels", Tensor.Scalar(255f));
        Value high = n.Emit(new Max(), n.Emit(new ReduceMax([], false), x), none), low = n.Emit(new Min(), n.Emit(new ReduceMin([], false), x), none);
        Value range = n.Emit(new Sub(), high, low);
        Value guarded = n.Emit(new Where(), n.Emit(new Equal(), range, none), n.NewConstant("one", Tensor.Scalar(1f)), range);
        Value scale = n.Emit(new Div(), guarded, levels);
        Value zero = n.Emit(new Clip(0, 255), n.Emit(new Div(), n.Emit(new Neg(), low), scale));
        return (scale, n.Emit(new Cast(DType.UInt8), n.Emit(new RoundEven(), zero)));
    }
}
