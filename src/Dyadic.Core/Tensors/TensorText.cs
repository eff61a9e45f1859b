using System.Globalization;
using System.Text;

namespace Dyadic;

public sealed partial class Tensor
{
    /// <summary>Type and shape, then the elements nested like the axes; of long axes the first and last three.</summary>
    public override string ToString() => new TensorText(this).ToString();
}

/// <summary>The printed form of a tensor.</summary>
internal sealed class TensorText(Tensor tensor)
{
    private const int Whole = 1000, Edge = 3;   // up to Whole elements are all shown

    private readonly StringBuilder _text = new();
    private readonly bool _shortened = tensor.Length > Whole;
    private Func<int[], string> _format = null!;
    private int _width;

    public override string ToString()
    {
        _text.Append(tensor.TensorType).Append(tensor.Rank <= 1 ? " " : "\n");
        int[][] shown = [.. Shown(0, new int[tensor.Rank])];
        _format = Format(shown);
        _width = shown.Length == 0 ? 0 : shown.Max(i => _format(i).Length);
        Append(0, new int[tensor.Rank]);
        return _text.ToString();
    }

    private void Append(int axis, int[] index)
    {
        if (axis == tensor.Rank)
        {
            string element = _format(index);
            _text.Append(tensor.Rank == 0 ? element : element.PadLeft(_width));
            return;
        }
        bool last = axis == tensor.Rank - 1;
        string separator = last ? ", " : "," + new string('\n', tensor.Rank - 1 - axis) + new string(' ', axis + 1);
        _text.Append('[');
        int former = -1;
        foreach (int i in Places(tensor.Shape[axis]))
        {
            if (former >= 0) _text.Append(separator);
            if (i > former + 1) _text.Append('…').Append(separator);
            index[axis] = former = i;
            Append(axis + 1, index);
        }
        _text.Append(']');
    }

    private IEnumerable<int[]> Shown(int axis, int[] index)
    {
        if (axis == tensor.Rank) return [(int[])index.Clone()];
        return Places(tensor.Shape[axis]).SelectMany(i =>
        {
            index[axis] = i;
            return Shown(axis + 1, index).ToArray();
        });
    }

    private IEnumerable<int> Places(int size) =>
        _shortened && size > 2 * Edge ? Enumerable.Range(0, Edge).Concat(Enumerable.Range(size - Edge, Edge)) : Enumerable.Range(0, size);

    // Floats share one form: as few decimals as show them all, at most four; scientific where magnitudes need it.
    private Func<int[], string> Format(int[][] shown)
    {
        if (tensor.Type == DType.Bool) return i => tensor.Get<bool>(i) ? "true" : "false";
        if (tensor.Type == DType.String) return i => $"\"{tensor.GetString(i)}\"";
        if (tensor.Type.IsInteger()) return i => Integer(i).ToString(CultureInfo.InvariantCulture);
        double[] values = [.. shown.Select(Float).Where(v => double.IsFinite(v) && v != 0)];
        double largest = values.Length == 0 ? 0 : values.Max(Math.Abs), smallest = values.Length == 0 ? 1 : values.Min(Math.Abs);
        if (largest >= 1e8 || smallest < 1e-4) return i => Float(i).ToString("0.0000e+00", CultureInfo.InvariantCulture);
        int decimals = 1;
        while (decimals < 4 && !Array.TrueForAll(values, v => Rounds(v, decimals))) decimals++;
        return i => Float(i).ToString("F" + decimals, CultureInfo.InvariantCulture);
    }

    private bool Rounds(double v, int decimals) =>
        tensor.Type == DType.Float64 ? Math.Round(v, decimals) == v : (float)Math.Round(v, decimals) == (float)v;

    private Int128 Integer(int[] i) => tensor.Type switch
    {
        DType.Int8 => tensor.Get<sbyte>(i),
        DType.UInt8 => tensor.Get<byte>(i),
        DType.Int16 => tensor.Get<short>(i),
        DType.UInt16 => tensor.Get<ushort>(i),
        DType.UInt32 => tensor.Get<uint>(i),
        DType.UInt64 => tensor.Get<ulong>(i),
        DType.Int32 => tensor.Get<int>(i),
        _ => tensor.Get<long>(i),
    };

    private double Float(int[] i) => tensor.Type switch
    {
        DType.Float32 => tensor.Get<float>(i),
        DType.Float64 => tensor.Get<double>(i),
        DType.Float16 => (double)tensor.Get<Half>(i),
        _ when tensor.Type.IsStored() => StoredNumbers.Read(tensor.Type, tensor.GetByte(i)),
        _ => (float)tensor.Get<BFloat16>(i),
    };
}
