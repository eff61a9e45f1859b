using Dyadic.Ops;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Ir;

/// <summary>The forms of all ops, and of what their attributes hold. A test finds any op that is missing.</summary>
internal static class OpForms
{
    /// <summary>The ops, by name.</summary>
    public static IReadOnlyList<OpForm> All { get; } =
    [
        OpForm.Of<Abs>(), OpForm.Of<Acos>(), OpForm.Of<Acosh>(), OpForm.Of<Add>(), OpForm.Of<And>(), OpForm.Of<Arange>(), OpForm.Of<ArgMax>(),
        OpForm.Of<ArgMin>(), OpForm.Of<Asin>(), OpForm.Of<Asinh>(), OpForm.Of<Atan>(), OpForm.Of<Atanh>(), OpForm.Of<AveragePool>(),
        OpForm.Of<AveragePoolTranspose>(), OpForm.Of<BatchNormalization>(), OpForm.Of<BatchNormalizationGradient>(), OpForm.Of<BatchNormalizationTraining>(),
        OpForm.Of<BitShift>(), OpForm.Of<Cast>(), OpForm.Of<Ceil>(), OpForm.Of<Clip>(), OpForm.Of<ClipGradient>(), OpForm.Of<Compress>(),
        OpForm.Of<Concat>(), OpForm.Of<Contiguous>(), OpForm.Of<Conv>(), OpForm.Of<ConvInteger>(), OpForm.Of<ConvTranspose>(),
        OpForm.Of<ConvWeightGradient>(), OpForm.Of<Cos>(), OpForm.Of<Cosh>(), OpForm.Of<CumSum>(), OpForm.Of<DequantizeLinear>(), OpForm.Of<Det>(),
        OpForm.Of<Div>(), OpForm.Of<Dropout>(), OpForm.Of<DynamicExpand>(), OpForm.Of<DynamicReshape>(), OpForm.Of<DynamicSlice>(), OpForm.Of<Equal>(),
        OpForm.Of<Erf>(), OpForm.Of<Exp>(), OpForm.Of<Expand>(), OpForm.Of<FakeQuantize>(), OpForm.Of<Flatten>(), OpForm.Of<Floor>(), OpForm.Of<Gather>(), OpForm.Of<GatherElements>(),
        OpForm.Of<GatherElementsGradient>(), OpForm.Of<GatherGradient>(), OpForm.Of<GatherND>(), OpForm.Of<Gelu>(), OpForm.Of<GeluGradient>(),
        OpForm.Of<GlobalAveragePool>(), OpForm.Of<Greater>(), OpForm.Of<GreaterOrEqual>(), OpForm.Of<GridSample>(), OpForm.Of<Identity>(), OpForm.Of<If>(),
        OpForm.Of<LayerNormalization>(), OpForm.Of<LayerNormalizationGradient>(), OpForm.Of<LeakyRelu>(), OpForm.Of<LeakyReluGradient>(), OpForm.Of<Less>(),
        OpForm.Of<LessOrEqual>(), OpForm.Of<Log>(), OpForm.Of<LogSoftmax>(), OpForm.Of<Loop>(), OpForm.Of<LstmSequence>(), OpForm.Of<LstmSequenceGradient>(),
        OpForm.Of<MatMul>(), OpForm.Of<MatMulInteger>(), OpForm.Of<Max>(), OpForm.Of<MaxPool>(), OpForm.Of<MaxPoolIndices>(), OpForm.Of<Min>(),
        OpForm.Of<Mod>(), OpForm.Of<Mul>(), OpForm.Of<NGramCount>(), OpForm.Of<Neg>(), OpForm.Of<NonMaxSuppression>(), OpForm.Of<NonZero>(),
        OpForm.Of<Not>(), OpForm.Of<Or>(), OpForm.Of<Pad>(), OpForm.Of<PlaneGather>(), OpForm.Of<PlaneScatter>(), OpForm.Of<Positions>(), OpForm.Of<Pow>(),
        OpForm.Of<QuantizeLinear>(), OpForm.Of<RandomLike>(), OpForm.Of<Reciprocal>(), OpForm.Of<RecurrentSequence>(), OpForm.Of<ReduceMax>(),
        OpForm.Of<ReduceMean>(), OpForm.Of<ReduceMin>(), OpForm.Of<ReduceProd>(), OpForm.Of<ReduceSum>(), OpForm.Of<Relu>(), OpForm.Of<Reshape>(),
        OpForm.Of<Resize>(), OpForm.Of<ReverseSequence>(), OpForm.Of<RoiAlign>(), OpForm.Of<RoundEven>(), OpForm.Of<Scan>(), OpForm.Of<ScatterElements>(),
        OpForm.Of<ScatterND>(), OpForm.Of<Sigmoid>(), OpForm.Of<Sign>(), OpForm.Of<Sin>(), OpForm.Of<Sinh>(), OpForm.Of<SizeOf>(), OpForm.Of<Slice>(),
        OpForm.Of<SliceScatter>(), OpForm.Of<Softmax>(), OpForm.Of<SoftmaxGradient>(), OpForm.Of<Softplus>(), OpForm.Of<Split>(), OpForm.Of<Spread>(),
        OpForm.Of<Sqrt>(), OpForm.Of<Squeeze>(), OpForm.Of<StringNormalizer>(), OpForm.Of<Sub>(), OpForm.Of<Tan>(), OpForm.Of<Tanh>(), OpForm.Of<Tile>(), OpForm.Of<TopK>(),
        OpForm.Of<Transpose>(), OpForm.Of<Trilu>(), OpForm.Of<Unique>(), OpForm.Of<Unsqueeze>(), OpForm.Of<Where>(), OpForm.Of<Xor>(),
    ];

    private static readonly Dictionary<string, OpForm> ByName = All.ToDictionary(f => f.Name);

    private static readonly Dictionary<Type, OpForm> ByType = All.Concat(
    [
        OpForm.OfValue<Resampling>(), OpForm.OfValue<GridSampling>(), OpForm.OfValue<RoiSampling>(), OpForm.OfValue<RecurrentRules>(), OpForm.OfValue<CellFunctions>(), OpForm.OfValue<CellFunction>(),
    ]).ToDictionary(f => f.Type);

    /// <summary>The form of a name, of ours or of <paramref name="more"/>; or null.</summary>
    public static OpForm? Find(string name, IReadOnlyList<OpForm> more) => ByName.GetValueOrDefault(name) ?? more.FirstOrDefault(f => f.Name == name);

    /// <summary>The form of a record, of ours or of <paramref name="more"/>; or null.</summary>
    public static OpForm? Find(Type type, IReadOnlyList<OpForm> more) => ByType.GetValueOrDefault(type) ?? more.FirstOrDefault(f => f.Type == type);
}
