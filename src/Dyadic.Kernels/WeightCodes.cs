using System.Numerics.Tensors;
using Dyadic.Kernels.Managed;

namespace Dyadic.Kernels;

/// <summary>Integer weights less their zero points: a byte each where all of them fit, else an int16 each; those by columns four bits each where all of them fit. Immutable.</summary>
/// <remarks>Rows are output channels, [M, K]; bytes may also come by columns, [K, M], as the right side of a product holds them.</remarks>
public sealed class WeightCodes
{
    private readonly ReadOnlyMemory<sbyte> _bytes;
    private readonly WeightSums[]? _sums;      // where others would unpack them first
    private short[]? _rows;

    private WeightCodes(ReadOnlyMemory<sbyte> bytes, int outs, bool byColumns) => (_bytes, Outputs, ByColumns, AreBytes, Length) = (bytes, outs, byColumns, true, bytes.Length);

    private WeightCodes(NibbleRows nibbles, WeightSums[] sums) => (Nibbles, _sums, Outputs, ByColumns, AreBytes, Length) = (nibbles, sums, nibbles.Outputs, true, true, nibbles.Outputs * nibbles.Inner);

    private WeightCodes(short[] rows, int outs) => (_rows, Outputs, Length) = (rows, outs, rows.Length);

    /// <summary>M.</summary>
    public int Outputs { get; }

    /// <summary>M·K.</summary>
    public int Length { get; }

    /// <summary>True where <see cref="Bytes"/> hold them.</summary>
    public bool AreBytes { get; }

    /// <summary>True where <see cref="Bytes"/> are [K, M].</summary>
    public bool ByColumns { get; }

    /// <summary>Bytes held: <see cref="Bytes"/>, or half of that where <see cref="AreNibbles"/>, and, once made, <see cref="Rows"/>.</summary>
    public long HeldBytes => _bytes.Length + (Nibbles?.Bytes ?? 0) + sizeof(short) * (long)(Volatile.Read(ref _rows)?.Length ?? 0);

    /// <summary>True where they are held at four bits, for <see cref="NibbleLinear"/>.</summary>
    public bool AreNibbles => Nibbles is not null;

    internal NibbleRows? Nibbles { get; }

    /// <summary>The bytes, where <see cref="AreBytes"/>; of <see cref="AreNibbles"/> they are made at each call.</summary>
    public ReadOnlySpan<sbyte> Bytes => Nibbles is null ? _bytes.Span : Nibbles.Codes();

    /// <summary>Weights of <paramref name="outs"/> channels; the memory may be kept and must not change.</summary>
    public static WeightCodes Of(ReadOnlyMemory<sbyte> weights, int outs, bool byColumns = false)
    {
        if (!byColumns || !NibbleRows.Fit(weights.Span)) return new(weights, outs, byColumns);
        WeightSums[] sums = WeightSums.OfColumns(weights.Span, outs);
        return new(new NibbleRows(weights.Span, sums), sums);
    }

    /// <summary>Weights of <paramref name="outs"/> channels; the array may be kept and must not change.</summary>
    public static WeightCodes Of(short[] weights, int outs, bool byColumns = false)
    {
        if (weights.AsSpan().ContainsAnyExceptInRange(sbyte.MinValue, sbyte.MaxValue)) return new(byColumns ? Transposed<short>(weights, outs) : weights, outs);
        sbyte[] bytes = GC.AllocateUninitializedArray<sbyte>(weights.Length);
        TensorPrimitives.ConvertTruncating<short, sbyte>(weights, bytes);
        return Of(bytes, outs, byColumns);
    }

    /// <summary>[M, K] as int16: what the definitions and the managed kernels read. Made at the first call.</summary>
    public short[] Rows()
    {
        if (Volatile.Read(ref _rows) is { } known) return known;
        short[] rows = ByColumns ? Transposed(Bytes, Outputs) : Widened(Bytes);
        Volatile.Write(ref _rows, rows);
        return rows;
    }

    /// <summary>The sums of each output channel.</summary>
    public WeightSums[] Sums() => _sums ?? (!AreBytes ? WeightSums.OfRows(_rows, Outputs) : ByColumns ? WeightSums.OfColumns(Bytes, Outputs) : WeightSums.OfRows(Bytes, Outputs));

    private static short[] Widened(ReadOnlySpan<sbyte> bytes)
    {
        short[] wide = GC.AllocateUninitializedArray<short>(bytes.Length);
        for (int i = 0; i < wide.Length; i++) wide[i] = bytes[i];      // a plain loop, which verify can read
        return wide;
    }

    private static short[] Transposed<T>(ReadOnlySpan<T> w, int columns) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        const int Side = 32;      // squares that stay in the first cache
        int rows = w.Length / columns;
        short[] result = GC.AllocateUninitializedArray<short>(w.Length);
        for (int k0 = 0; k0 < rows; k0 += Side)
            for (int n0 = 0; n0 < columns; n0 += Side)
                for (int n = n0; n < Math.Min(n0 + Side, columns); n++)
                    for (int k = k0; k < Math.Min(k0 + Side, rows); k++) result[n * rows + k] = short.CreateTruncating(w[k * columns + n]);
        return result;
    }
}
