using Dyadic.Numerics.Emulation;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>y = det of each n × n matrix by elimination with the largest pivot of a column, in a copy of the matrices that is destroyed; a row is one matrix.</summary>
/// <param name="count">Matrices.</param>
/// <param name="n">Their size.</param>
/// <param name="wide">Float64, else float32.</param>
/// <param name="a">The matrices.</param>
/// <param name="y">The determinants.</param>
internal readonly unsafe struct DeterminantLoop(int count, int n, bool wide, void* a, void* y) : IEmulatedLoop
{
    public int Rows => count;

    public int Columns => 1;

    public long Work => (long)n * n * n;

    public void Run<TLane, TArith>(ref TArith arith, int row, int column) where TLane : unmanaged, ILane<TLane> where TArith : struct, IArithmetic<TLane>
    {
        nint first = (nint)row * n * n;
        arith.Seek(row, 0);
        TLane determinant = TLane.Of(1);
        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            for (int i = k + 1; i < n; i++)
                if (Magnitude(first + (i * n) + k) > Magnitude(first + (pivot * n) + k)) pivot = i;
            TLane top = TLane.Load(a, first + (pivot * n) + k);
            determinant = k == 0 ? top : arith.Multiply(determinant, top);
            if (Magnitude(first + (pivot * n) + k) == 0) break;
            if (pivot != k)
            {
                Swap<TLane>(first + (pivot * n), first + (k * n));
                determinant = TLane.Negate(determinant);
            }
            for (int i = k + 1; i < n; i++)
            {
                TLane factor = arith.Divide(TLane.Load(a, first + (i * n) + k), top);
                for (int j = k + 1; j < n; j++)
                {
                    TLane product = arith.Multiply(factor, TLane.Load(a, first + (k * n) + j));
                    arith.Subtract(TLane.Load(a, first + (i * n) + j), product).Store(a, first + (i * n) + j);
                }
            }
        }
        determinant.Store(y, row);
    }

    private double Magnitude(nint place) => Math.Abs(wide ? ((double*)a)[place] : ((float*)a)[place]);

    private void Swap<TLane>(nint one, nint other) where TLane : unmanaged, ILane<TLane>
    {
        for (int j = 0; j < n; j++)
        {
            TLane x = TLane.Load(a, one + j);
            TLane.Load(a, other + j).Store(a, one + j);
            x.Store(a, other + j);
        }
    }
}
