using Dyadic.Numerics;
using Dyadic.Runtime.Steps.Float;

namespace Dyadic.Runtime.Steps.Emulated;

/// <summary>Products of matrices as contractions, in the order of <see cref="Kernels.Reference.ReferenceGemm"/>.</summary>
internal static unsafe class EmulatedMatMul
{
    public static void Run(in EmulatedCall call, MatMulStep step, in TensorView a, in TensorView b, in TensorView y)
    {
        if (step.IsTransposed) throw new PlanException($"{step.Kernel}: an emulated arithmetic reads matrices as they are stored. Pass contiguous copies.");
        MatMulGeometry g = new(a.Dims, b.Dims, false, false);
        nint size = y.Type.Size();
        for (int i = 0; i < g.Count; i++)
        {
            (nint atA, nint atB) = g.Sources(i);
            nint atY = (nint)i * g.M * g.N;
            call.Run(new ContractionLoop
            {
                Height = g.M, Columns = g.N, A = a.Data + (atA * size), RowA = g.K, StepA = 1, B = b.Data + (atB * size), StepB = g.N,
                Y = y.Data + (atY * size), RowY = g.N, Terms = g.K, Element = atY,
            });
        }
    }
}
