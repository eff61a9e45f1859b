using System.Runtime.InteropServices;
using Dyadic.Kernels.Jit;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Contractions;

/// <summary>y[r, n] += Σ over segments and steps of x[k, r]·w[k, n] in float32: the inner kernel of gradients of weights, whose operands both lie step by step.</summary>
/// <param name="Set">The instruction set.</param>
/// <param name="Rows">Rows of the tile, 1 … <see cref="MostRows"/>.</param>
/// <param name="Blocks">Blocks of 16 columns, 1 or 2.</param>
/// <remarks>Each sum is one chain of fused multiply-adds in the order of the steps, started from y.</remarks>
public sealed record OuterProductKey(InstructionSet Set, int Rows, int Blocks) : KernelKey(Set)
{
    private const int Unroll = 4;

    /// <inheritdoc/>
    public override string Name => $"outer_f32_{Rows}x{Blocks * ChannelConstants.Block}@{Set.Name()}";

    /// <summary>The most rows of a tile whose accumulators fit the registers.</summary>
    public static int MostRows(InstructionSet set, int blocks) => set.VectorBytes() == 64 ? 24 / blocks : 6;

    private int Vectors => Blocks * ChannelConstants.Block / (Set.VectorBytes() / 4);

    /// <inheritdoc/>
    public override KernelIr Generate()
    {
        KernelBuilder b = new(Name, Set);
        VReg[,] sums = b.Tile(Rows, Vectors);
        VReg y = Field(nameof(OuterProductArguments.Y)), stride = Field(nameof(OuterProductArguments.YStride));
        for (int r = 0; r < Rows; r++)
        {
            if (r > 0) b.Advance(y, stride);
            for (int v = 0; v < Vectors; v++) b.Emit(IrOp.Load, sums[r, v], memory: KernelBuilder.At(y, v * Set.VectorBytes()));
        }
        VReg x = Field(nameof(OuterProductArguments.X)), xStride = Field(nameof(OuterProductArguments.XStride));
        VReg w = Field(nameof(OuterProductArguments.W)), wStride = Field(nameof(OuterProductArguments.WStride));
        VReg segment = Field(nameof(OuterProductArguments.Segments));
        using (b.Loop(Field(nameof(OuterProductArguments.SegmentCount))))
        {
            VReg k = b.LoadScalar(KernelBuilder.At(segment));
            b.Advance(segment, 8);
            b.Advance(k, x);
            foreach ((string steps, int unroll) in new[] { (nameof(OuterProductArguments.Steps4), Unroll), (nameof(OuterProductArguments.StepsRest), 1) })
                using (b.Loop(Field(steps)))
                    for (int u = 0; u < unroll; u++)
                    {
                        Multiply(b, k, w, sums);
                        b.Advance(k, xStride);
                        b.Advance(w, wStride);
                    }
        }
        (y, stride) = (Field(nameof(OuterProductArguments.Y)), Field(nameof(OuterProductArguments.YStride)));      // again: nothing is held through the loops
        for (int r = 0; r < Rows; r++)
        {
            if (r > 0) b.Advance(y, stride);
            for (int v = 0; v < Vectors; v++) b.Store(IrOp.Store, KernelBuilder.At(y, v * Set.VectorBytes()), sums[r, v]);
        }
        return b.Finish();

        VReg Field(string name) => b.LoadScalar(KernelBuilder.At(b.Argument, (int)Marshal.OffsetOf<OuterProductArguments>(name)));
    }

    private void Multiply(KernelBuilder b, VReg x, VReg w, VReg[,] sums)
    {
        VReg[] columns = [.. Enumerable.Range(0, Vectors).Select(v => b.Load(IrOp.Load, KernelBuilder.At(w, v * Set.VectorBytes())))];
        for (int r = 0; r < Rows; r++)
        {
            VReg row = b.Load(IrOp.Broadcast32, KernelBuilder.At(x, r * sizeof(float)));
            for (int v = 0; v < Vectors; v++) b.Apply(IrOp.Fma, sums[r, v], row, columns[v]);
        }
    }

    /// <inheritdoc/>
    public override unsafe string? Check(KernelRun run)
    {
        const int Segments = 2, Steps = 5, Guard = 16;
        int columns = Blocks * ChannelConstants.Block, xRow = Rows + 3, wRow = columns + 5, yRow = columns + 7;
        float[] x = new float[(2 * Segments * Steps + 1) * xRow], w = new float[Segments * Steps * wRow], y = new float[2 * Guard + Rows * yRow];
        Rng random = new(1);
        foreach (float[] values in new[] { x, w, y })
            foreach (ref float f in values.AsSpan()) f = random.NextInt(-999, 1000) / 512f;
        float[] expected = [.. y];
        nint* segments = stackalloc nint[Segments] { 0, (Steps + 2) * xRow * sizeof(float) };
        fixed (float* px = x, pw = w, py = y, pe = expected)
        {
            OuterProductArguments a = new()
            {
                X = (byte*)px, W = (byte*)pw, Y = (byte*)(pe + Guard), Segments = segments, SegmentCount = Segments, Steps4 = Steps / Unroll, StepsRest = Steps % Unroll,
                XStride = xRow * sizeof(float), WStride = wRow * sizeof(float), YStride = yRow * sizeof(float),
            };
            OuterProductTile.Reference(&a, Rows, columns);
            a.Y = (byte*)(py + Guard);
            run(&a);
        }
        int at = y.AsSpan().CommonPrefixLength(expected);
        return at == y.Length ? null : $"value {at - Guard} of a small case is {y[at]}, by definition {expected[at]}";
    }
}
