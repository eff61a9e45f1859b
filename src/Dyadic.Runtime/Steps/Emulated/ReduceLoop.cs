using Dyadic.Numerics.Emulation;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>y = Σ x or Σ x/n over some axes, pairwise; or Π x, one factor after the other.</summary>
internal readonly unsafe struct ReduceLoop(ReduceLayout layout, ReduceFunction function, void* x, void* y) : IEmulatedLoop
{
    // Neighbouring outputs are neighbouring columns where their terms stand at a constant distance.
    private bool OutputsAreColumns => layout.InnerReduced && layout.OutputStride is not null;

    public int Rows => OutputsAreColumns ? 1 : layout.Outputs;

    public int Columns => OutputsAreColumns ? layout.Outputs : layout.InnerReduced ? 1 : layout.Width;

    public long Work => Count;

    private int Count => layout.InnerReduced ? layout.Terms * layout.Width : layout.Terms;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        int output = (row * Columns) + column;
        Terms terms = new(layout, x, OutputsAreColumns ? column : row, OutputsAreColumns ? 0 : column, OutputsAreColumns ? layout.OutputStride ?? 1 : 1);
        arith.Seek(output, 0);
        TLane sum = function == ReduceFunction.Product ? Product<TLane, TArith>(ref arith, terms) : Sums.Of<TLane, TArith, Terms>(ref arith, ref terms, 0, Count);
        if (function == ReduceFunction.Mean)
        {
            arith.At(Count);
            sum = arith.Divide(sum, TLane.Of(Count));
        }
        sum.Store(y, output);
    }

    private TLane Product<TLane, TArith>(ref TArith arith, Terms terms) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        TLane product = terms.Term<TLane, TArith>(ref arith, 0);
        for (int t = 1; t < Count; t++) product = arith.Multiply(product, terms.Term<TLane, TArith>(ref arith, t));
        return product;
    }

    private readonly struct Terms(ReduceLayout layout, void* x, int output, int skip, nint lane) : ITerms
    {
        public int Operations => 0;

        public TLane Term<TLane, TArith>(ref TArith arith, int t) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane> =>
            layout.InnerReduced
                ? TLane.Load(x, layout.Offset(output, t / layout.Width) + (t % layout.Width), lane)
                : TLane.Load(x, layout.Offset(output, t) + skip, lane);
    }
}
