namespace Dyadic.Ops;

/// <summary>The inverse of broadcasting, used by gradients.</summary>
public static class Broadcasting
{
    extension(Tensor x)
    {
        /// <summary>x summed over the axes along which <paramref name="shape"/> was broadcast to x's shape.</summary>
        public Tensor SumTo(Shape shape) => x.Shape == shape ? x : throw new NotSupportedException("SumTo");
    }
}
