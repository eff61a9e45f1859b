using Dyadic.Ops;

namespace Dyadic.Nn;

/// <summary>A layer without parameters, from a function.</summary>
public sealed class Lambda(Func<Tensor, Tensor> function) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => function(x);
}

/// <summary>max(x, 0).</summary>
public sealed class Relu : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Relu();
}

/// <summary>x where x ≥ 0, a·x elsewhere.</summary>
public sealed class LeakyRelu(float slope = 0.01f) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.LeakyRelu(slope);
}

/// <summary>x·Φ(x).</summary>
public sealed class Gelu : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Gelu();
}

/// <summary>1/(1 + e⁻ˣ).</summary>
public sealed class Sigmoid : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Sigmoid();
}

/// <summary>tanh x.</summary>
public sealed class Tanh : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Tanh();
}

/// <summary>The largest of each k×k window of x [N, C, H, W].</summary>
public sealed class MaxPool2D(int kernel, int? stride = null, int padding = 0) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) =>
        x.MaxPool([kernel, kernel], strides: [stride ?? kernel, stride ?? kernel], pads: [padding, padding, padding, padding]);
}

/// <summary>The mean of each k×k window of x [N, C, H, W].</summary>
public sealed class AveragePool2D(int kernel, int? stride = null, int padding = 0, bool countPadding = false) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) =>
        x.AveragePool([kernel, kernel], strides: [stride ?? kernel, stride ?? kernel], pads: [padding, padding, padding, padding], countIncludePad: countPadding);
}

/// <summary>The largest of each k neighbours of x [N, C, L].</summary>
public sealed class MaxPool1D(int kernel, int? stride = null, int padding = 0) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.MaxPool([kernel], strides: [stride ?? kernel], pads: [padding, padding]);
}

/// <summary>The mean over all positions: x [N, C, H, W] → y [N, C, 1, 1], x [N, C, L] → y [N, C, 1].</summary>
public sealed class GlobalAveragePool2D : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.GlobalAveragePool();
}

/// <summary>x [N, …] → y [N, product of the rest].</summary>
public sealed class Flatten : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Flatten(1);
}
