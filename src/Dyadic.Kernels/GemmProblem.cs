namespace Dyadic.Kernels;

/// <summary>C = op(A)·op(B) + β·C as the rungs see it: pointers and sizes, already checked.</summary>
internal unsafe struct GemmProblem
{
    public float* A, B, C;
    public int Lda, Ldb, Ldc, M, N, K;
    public bool TransA, TransB, Accumulate;
}

/// <summary>One way to multiply matrices; returns false, having written nothing, when it does not take this problem.</summary>
internal delegate bool GemmRung(in GemmProblem problem, ExecutionMode mode);
