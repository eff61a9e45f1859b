namespace Dyadic.Kernels.Threading;

/// <summary>The body of a parallel loop: a struct, so that a call costs no allocation and no delegate.</summary>
/// <remarks>It is shared by all threads of the loop, so it holds inputs and pointers only, and its result must not depend on how the range is cut.</remarks>
public interface IParallelBody
{
    /// <summary>Does the work of the indices [<paramref name="start"/>, <paramref name="end"/>).</summary>
    void Run(int start, int end);
}
