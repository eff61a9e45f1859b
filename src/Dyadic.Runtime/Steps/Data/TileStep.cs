using Dyadic.Kernels;
using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Runtime.Steps.Data;

/// <summary>y[i₀, i₁, …] = x[i₀ mod n₀, i₁ mod n₁, …]; any element type.</summary>
public sealed class TileStep : Step
{
    /// <inheritdoc/>
    public override string Kernel => "tile";

    /// <inheritdoc/>
    public override void Run(ReadOnlySpan<TensorView> inputs, ReadOnlySpan<TensorView> outputs, in ExecutionMode mode)
    {
        (TensorView x, TensorView y) = (inputs[0], outputs[0]);
        if (y.Length == 0) return;
        if (y.Rank == 0) Bytes.Of(x).CopyTo(Bytes.Of(y));
        else Fill(Bytes.Of(x), x.Dims, Bytes.Of(y), y.Dims, x.Type.Size());
    }

    // One index after another of the first axis, then whole copies of what is there.
    private static void Fill(ReadOnlySpan<byte> x, ReadOnlySpan<int> from, Span<byte> y, ReadOnlySpan<int> to, int unit)
    {
        int done = x.Length;
        if (to.Length == 1) x.CopyTo(y);
        else
        {
            int part = x.Length / from[0], whole = y.Length / to[0];
            for (int i = 0; i < from[0]; i++) Fill(x.Slice(i * part, part), from[1..], y.Slice(i * whole, whole), to[1..], unit);
            done = from[0] * whole;
        }
        for (int n; done < y.Length; done += n) y[..(n = Math.Min(done, y.Length - done))].CopyTo(y[done..]);
    }
}
