using System.Diagnostics;
using Dyadic.Numerics;

namespace Dyadic.Runtime;

/// <summary>A contiguous row-major block of memory with a type and dimensions: what steps read and write. It owns nothing.</summary>
public readonly unsafe struct TensorView
{
    /// <summary>A view of <paramref name="data"/>, which must stay alive and in place while the view is used.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="dims">The dimensions; the array is kept, not copied, and must not be changed while a step runs.</param>
    /// <param name="data">The first element; 64-byte aligned where a plan or a tensor owns it.</param>
    public TensorView(DType type, int[] dims, void* data)
    {
        Type = type;
        Dims = dims;
        Data = (byte*)data;
    }

    /// <summary>The element type.</summary>
    public DType Type { get; }

    /// <summary>The dimensions, outermost first.</summary>
    public int[] Dims { get; }

    /// <summary>The first element.</summary>
    public byte* Data { get; }

    /// <summary>The number of dimensions.</summary>
    public int Rank => Dims.Length;

    /// <summary>The number of elements: the product of the dimensions.</summary>
    public int Length
    {
        get
        {
            int n = 1;
            foreach (int d in Dims) n *= d;
            return n;
        }
    }

    /// <summary>The elements as a span.</summary>
    public Span<T> Span<T>() where T : unmanaged
    {
        Debug.Assert(sizeof(T) == Type.Size(), "the view is read as elements of another size");
        return new(Data, Length);
    }
}
