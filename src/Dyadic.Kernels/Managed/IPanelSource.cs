namespace Dyadic.Kernels.Managed;

/// <summary>An operand of a blocked product, which packs itself: rows of A or columns of B, here called lines.</summary>
internal unsafe interface IPanelSource
{
    /// <summary>panel[p·width + i] = line (first + i) at k0 + p for i &lt; lines, and 0 for lines ≤ i &lt; width.</summary>
    void Pack(int first, int lines, int k0, int kc, float* panel, int width);

    /// <summary>Where value k0 of line <paramref name="first"/> lies if neighbouring lines are neighbours in memory, with the step along k; null otherwise.</summary>
    float* Direct(int first, int k0, out nint stride);
}
