using System.Numerics;
using System.Runtime.CompilerServices;

namespace Dyadic.Runtime.Steps.Float;

/// <summary>Loops over blocks of rows of [rows, channels], with a number for each channel: by vectors of channels, so that a channel's result depends on its own values only.</summary>
/// <param name="rows">Rows in all.</param>
/// <param name="channels">Channels.</param>
internal readonly unsafe struct PixelRows<T>(int rows, int channels) where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int BlockValues = 8192;      // of one block: it stays in the first cache from pass to pass

    /// <summary>Rows in all.</summary>
    public int Total => rows;

    /// <summary>Channels.</summary>
    public int Channels => channels;

    /// <summary>Rows of a block but the last.</summary>
    public int BlockRows { get; } = Math.Max(1, BlockValues / channels);

    /// <summary>Blocks.</summary>
    public int Blocks => (rows + BlockRows - 1) / BlockRows;

    /// <summary>Rows of a block.</summary>
    public int Count(int block) => Math.Min(BlockRows, rows - (block * BlockRows));

    /// <summary>mean = Σx / n, squares = Σ(x − mean)² of a block.</summary>
    public void Moments(T* x, int n, T* mean, T* squares)
    {
        T count = T.CreateTruncating(n);
        int c = 0, lanes = Vector<T>.Count;
        for (; c <= channels - lanes; c += lanes)
        {
            (Vector<T> s0, Vector<T> s1, Vector<T> s2, Vector<T> s3) = (Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero);
            T* at = x + c;
            int i = 0;
            for (; i <= n - 4; i += 4, at += 4 * (nint)channels)
            {
                s0 += Load(at);
                s1 += Load(at + channels);
                s2 += Load(at + (2 * (nint)channels));
                s3 += Load(at + (3 * (nint)channels));
            }
            for (; i < n; i++, at += channels) s0 += Load(at);
            Vector<T> m = (s0 + s1 + (s2 + s3)) / new Vector<T>(count);
            Store(mean + c, m);
            (s0, s1, s2, s3) = (Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero);
            at = x + c;
            for (i = 0; i <= n - 4; i += 4, at += 4 * (nint)channels)
            {
                Vector<T> d0 = Load(at) - m, d1 = Load(at + channels) - m, d2 = Load(at + (2 * (nint)channels)) - m, d3 = Load(at + (3 * (nint)channels)) - m;
                s0 += d0 * d0;
                s1 += d1 * d1;
                s2 += d2 * d2;
                s3 += d3 * d3;
            }
            for (; i < n; i++, at += channels) s0 += (Load(at) - m) * (Load(at) - m);
            Store(squares + c, s0 + s1 + (s2 + s3));
        }
        for (; c < channels; c++)
        {
            T sum = T.Zero, square = T.Zero;
            for (int i = 0; i < n; i++) sum += x[((nint)i * channels) + c];
            T m = mean[c] = sum / count;
            for (int i = 0; i < n; i++) square += (x[((nint)i * channels) + c] - m) * (x[((nint)i * channels) + c] - m);
            squares[c] = square;
        }
    }

    /// <summary>sums = Σ a, dots = Σ a·(x − center) of a block.</summary>
    public void Sums(T* a, T* x, int n, T* center, T* sums, T* dots)
    {
        int c = 0, lanes = Vector<T>.Count;
        for (; c <= channels - lanes; c += lanes)
        {
            (Vector<T> s0, Vector<T> s1, Vector<T> d0, Vector<T> d1, Vector<T> m) = (Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero, Vector<T>.Zero, Load(center + c));
            nint at = c;
            int i = 0;
            for (; i <= n - 2; i += 2, at += 2 * (nint)channels)
            {
                Vector<T> a0 = Load(a + at), a1 = Load(a + at + channels);
                s0 += a0;
                s1 += a1;
                d0 += a0 * (Load(x + at) - m);
                d1 += a1 * (Load(x + at + channels) - m);
            }
            if (i < n)
            {
                s0 += Load(a + at);
                d0 += Load(a + at) * (Load(x + at) - m);
            }
            Store(sums + c, s0 + s1);
            Store(dots + c, d0 + d1);
        }
        for (; c < channels; c++)
        {
            T sum = T.Zero, dot = T.Zero;
            nint at = c;
            for (int i = 0; i < n; i++, at += channels)
            {
                sum += a[at];
                dot += a[at] * (x[at] - center[c]);
            }
            (sums[c], dots[c]) = (sum, dot);
        }
    }

    /// <summary>y = (x − center)·a + b.</summary>
    public void Affine(T* x, int n, T* center, T* a, T* b, T* y)
    {
        int lanes = Vector<T>.Count;
        for (int i = 0; i < n; i++, x += channels, y += channels)
        {
            int c = 0;
            for (; c <= channels - lanes; c += lanes) Store(y + c, (Load(x + c) - Load(center + c)) * Load(a + c) + Load(b + c));
            for (; c < channels; c++) y[c] = (x[c] - center[c]) * a[c] + b[c];
        }
    }

    /// <summary>y = p·a + (x − center)·b + d.</summary>
    public void Affine(T* p, T* a, T* x, int n, T* center, T* b, T* d, T* y)
    {
        int lanes = Vector<T>.Count;
        for (int i = 0; i < n; i++, p += channels, x += channels, y += channels)
        {
            int c = 0;
            for (; c <= channels - lanes; c += lanes) Store(y + c, Load(p + c) * Load(a + c) + (Load(x + c) - Load(center + c)) * Load(b + c) + Load(d + c));
            for (; c < channels; c++) y[c] = p[c] * a[c] + (x[c] - center[c]) * b[c] + d[c];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Load(T* at) => Unsafe.ReadUnaligned<Vector<T>>(at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(T* at, Vector<T> value) => Unsafe.WriteUnaligned(at, value);
}
