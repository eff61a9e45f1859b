using Dyadic.Kernels;
using Dyadic.Kernels.Threading;
using Dyadic.Numerics;
using Dyadic.Numerics.Emulation;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>An arithmetic that sees every elementary floating-point operation of a step. docs/equations/emulation.md.</summary>
public abstract class Emulation
{
    private protected Emulation()
    {
    }

    /// <summary>Variable precision (VPREC).</summary>
    public static Emulation Vprec(VprecOptions options) => new VprecEmulation(options);

    /// <summary>Monte Carlo arithmetic.</summary>
    /// <param name="options">Precision, mode and the rest.</param>
    /// <param name="seed">The same seed gives the same bytes.</param>
    public static Emulation MonteCarlo(MonteCarloOptions options, ulong seed) => new MonteCarloEmulation(options, seed);

    /// <summary>Runs all units of a loop in parallel.</summary>
    /// <param name="loop">The loop.</param>
    /// <param name="container">Float32 or Float64: what the loop's memory holds.</param>
    /// <param name="op">The number of the op, which random numbers depend on.</param>
    /// <param name="mode">Threads, and whether vectors are allowed.</param>
    internal abstract void Run<TLoop>(in TLoop loop, DType container, uint op, in ExecutionMode mode) where TLoop : struct, IEmulatedLoop;

    private sealed class VprecEmulation(VprecOptions options) : Emulation
    {
        internal override void Run<TLoop>(in TLoop loop, DType container, uint op, in ExecutionMode mode)
        {
            if (container == DType.Float32)
                Units<TLoop, FloatLanes, Vprec<FloatLanes>, FloatLane, Vprec<FloatLane>>.Run(in loop, Vprec<FloatLanes>.Of32(options), Vprec<FloatLane>.Of32(options), mode, true);
            else
                Units<TLoop, DoubleLane, Vprec<DoubleLane>, DoubleLane, Vprec<DoubleLane>>.Run(in loop, Vprec<DoubleLane>.Of64(options), Vprec<DoubleLane>.Of64(options), mode, false);
        }
    }

    private sealed class MonteCarloEmulation(MonteCarloOptions options, ulong seed) : Emulation
    {
        private readonly bool _byVectors = MonteCarlo32Lanes.Supports(options);

        internal override void Run<TLoop>(in TLoop loop, DType container, uint op, in ExecutionMode mode)
        {
            if (container == DType.Float32)
                Units<TLoop, FloatLanes, MonteCarlo32Lanes, FloatLane, MonteCarlo32>.Run(
                    in loop, new(options, seed, op), new(options, seed, op), mode, _byVectors);
            else
                Units<TLoop, DoubleLane, MonteCarlo64, DoubleLane, MonteCarlo64>.Run(in loop, new(options, seed, op), new(options, seed, op), mode, false);
        }
    }

    // Tasks are up to Chunk neighbouring columns of a row; each works on copies of the arithmetics, whose state it moves to its units.
    private struct Units<TLoop, TWide, TWideArith, TOne, TOneArith> : IParallelBody
        where TLoop : struct, IEmulatedLoop
        where TWide : unmanaged, ILane<TWide> where TWideArith : struct, IArithmetic<TWide>
        where TOne : unmanaged, ILane<TOne> where TOneArith : struct, IArithmetic<TOne>
    {
        private const int Chunk = 64;
        private TLoop _loop;
        private TWideArith _wide;
        private TOneArith _one;
        private int _chunks;
        private bool _byVectors;

        public static void Run(in TLoop loop, TWideArith wide, TOneArith one, in ExecutionMode mode, bool byVectors)
        {
            int chunks = (loop.Columns + Chunk - 1) / Chunk;
            Units<TLoop, TWide, TWideArith, TOne, TOneArith> body = new()
            {
                _loop = loop, _wide = wide, _one = one, _chunks = chunks, _byVectors = byVectors && mode.Width != SimdWidth.Scalar,
            };
            WorkerPool.For(checked(loop.Rows * chunks), mode, ref body, (int)Math.Clamp((1 << 12) / Math.Max(1, loop.Work * Math.Min(Chunk, loop.Columns)), 1, 1 << 20));
        }

        public readonly void Run(int start, int end)
        {
            TLoop loop = _loop;
            TWideArith wide = _wide;
            TOneArith one = _one;
            for (int task = start; task < end; task++)
            {
                int row = task / _chunks, column = task % _chunks * Chunk, last = Math.Min(column + Chunk, loop.Columns);
                if (_byVectors) for (; column + TWide.Count <= last; column += TWide.Count) loop.Run<TWide, TWideArith>(ref wide, row, column);
                for (; column < last; column++) loop.Run<TOne, TOneArith>(ref one, row, column);
            }
        }
    }
}
