namespace Dyadic.Data;

/// <summary>NumPy arrays in .npy files, versions 1.0 to 3.0, little-endian; Fortran order is turned into row-major order when read.</summary>
/// <remarks>NEP 1. bfloat16 is stored as '&lt;V2', the code that NumPy's extension types use for it; strings are NumPy's '&lt;U'.</remarks>
public static class Npy
{
    /// <summary>The array in the file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The content is damaged, of an unknown type, or not as long as it says.</exception>
    public static Tensor Read(string path) => DataFile.Read(path, stream => Read(stream, path, stream.Length));

    /// <summary>Creates the file, whole or not at all.</summary>
    /// <exception cref="IOException">The file exists and may not be replaced, or it cannot be written.</exception>
    public static void Write(string path, Tensor tensor, bool overwrite = false) => AtomicFile.Write(path, stream => Write(stream, tensor), overwrite);

    /// <summary>Writes header and elements.</summary>
    public static void Write(Stream stream, Tensor tensor)
    {
        int width = tensor.Type == DType.String ? NpyText.WidthOf(tensor) : 0;
        stream.Write(NpyHeader.Format(tensor.Type, tensor.Shape, width));
        if (width > 0) NpyText.Write(stream, tensor, width);
        else DataFile.WriteElements(stream, tensor);
    }

    /// <summary>The array that fills a stream of <paramref name="length"/> bytes; nothing is allocated before the sizes agree.</summary>
    internal static Tensor Read(Stream stream, string file, long length)
    {
        NpyHeader header = NpyHeader.Read(stream, file);
        long bytes = DataFile.Bytes(header.Dims, header.ElementBytes), rest = length - header.Bytes;
        DataFile.Check(bytes == rest, file, $"declares {bytes} bytes of elements and holds {rest}");
        long[] dims = header.Fortran ? [.. header.Dims.Reverse()] : header.Dims;
        Tensor turned = header.Width > 0 ? NpyText.Read(stream, file, header.Width, dims) : DataFile.Elements(stream, header.Type, dims);
        if (!header.Fortran) return turned;
        return turned.Restride(Shape.Of(Array.ConvertAll(header.Dims, d => (int)d)), [.. turned.Strides.ToArray().Reverse()]).ToContiguous();
    }
}
