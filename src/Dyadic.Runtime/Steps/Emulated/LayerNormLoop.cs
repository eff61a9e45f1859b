using Dyadic.Numerics.Emulation;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>Layer normalisation and the part of its gradient that belongs to a row; a unit is one row of <see cref="Size"/> elements.</summary>
internal unsafe struct LayerNormLoop : IEmulatedLoop
{
    public double Epsilon;
    public int Size;
    public void* X, Scale, Bias, Dy, Y;     // Bias may be null; Dy is for the gradient, whose Y is dx
    public void* Mean, Normal;              // room for [rows], and for [rows, Size] of x̂ in the gradient

    public readonly int Rows => 1;

    public int Columns { get; init; }

    public readonly long Work => 10L * Size;

    public readonly void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        TLane n = TLane.Of(Size);
        Strided x = Lines(X, column), y = Lines(Y, column);
        PlainTerms terms = new(x);
        arith.Seek(column, 0);
        TLane sum = Sums.Of<TLane, TArith, PlainTerms>(ref arith, ref terms, 0, Size);
        arith.At(Size);
        TLane mean = arith.Divide(sum, n);
        mean.Store(Mean, column);
        CenteredTerms squares = new(x, new(Mean, column, 1, 0));
        arith.Seek(column, 1);
        sum = Sums.Of<TLane, TArith, CenteredTerms>(ref arith, ref squares, 0, Size);
        arith.At(3 * Size);
        TLane r = arith.Divide(TLane.Of(1), arith.Sqrt(arith.Add(arith.Divide(sum, n), TLane.Of(Epsilon))));
        arith.Seek(column, 2);
        if (Dy != null) Gradient(ref arith, column, x, y, mean, r);
        else for (int j = 0; j < Size; j++)
        {
            arith.At(4 * j);
            TLane scaled = arith.Multiply(arith.Multiply(arith.Subtract(x.Load<TLane>(j), mean), r), TLane.Broadcast(Scale, j));
            y.Store(j, Bias == null ? scaled : arith.Add(scaled, TLane.Broadcast(Bias, j)));
        }
    }

    // With g = dy·scale: dx = r·(g − mean(g) − x̂·mean(g·x̂)).
    private readonly void Gradient<TLane, TArith>(ref TArith arith, int column, Strided x, Strided dx, TLane mean, TLane r)
        where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        TLane n = TLane.Of(Size);
        Strided dy = Lines(Dy, column), normal = Lines(Normal, column);
        for (int j = 0; j < Size; j++)
        {
            arith.At(3 * j);
            normal.Store(j, arith.Multiply(arith.Subtract(x.Load<TLane>(j), mean), r));
            dx.Store(j, arith.Multiply(dy.Load<TLane>(j), TLane.Broadcast(Scale, j)));
        }
        PlainTerms plain = new(dx);
        arith.Seek(column, 3);
        TLane meanG = arith.Divide(Sums.Of<TLane, TArith, PlainTerms>(ref arith, ref plain, 0, Size), n);
        ProductTerms products = new(dx, normal);
        arith.Seek(column, 4);
        TLane meanDot = arith.Divide(Sums.Of<TLane, TArith, ProductTerms>(ref arith, ref products, 0, Size), n);
        arith.Seek(column, 5);
        for (int j = 0; j < Size; j++)
        {
            TLane rest = arith.Subtract(arith.Subtract(dx.Load<TLane>(j), meanG), arith.Multiply(normal.Load<TLane>(j), meanDot));
            dx.Store(j, arith.Multiply(rest, r));
        }
    }

    private readonly Strided Lines(void* data, int row) => new(data, (nint)row * Size, Size, 1);
}

/// <summary>dscale[j] = Σᵢ dy[i, j]·x̂[i, j] and dbias[j] = Σᵢ dy[i, j] over [rows, size]; a unit is one j.</summary>
internal readonly unsafe struct LayerNormParameterLoop(int rows, int size, void* dy, void* normal, void* dscale, void* dbias) : IEmulatedLoop
{
    public int Rows => 1;

    public int Columns => size;

    public long Work => 3L * rows;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        Strided gradient = new(dy, column, 1, size);
        ProductTerms products = new(gradient, new(normal, column, 1, size));
        arith.Seek(column, 6);
        Sums.Of<TLane, TArith, ProductTerms>(ref arith, ref products, 0, rows).Store(dscale, column);
        PlainTerms plain = new(gradient);
        arith.Seek(column, 7);
        Sums.Of<TLane, TArith, PlainTerms>(ref arith, ref plain, 0, rows).Store(dbias, column);
    }
}
