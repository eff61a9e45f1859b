using System.Runtime.InteropServices;
using Dyadic.Onnx;

namespace Dyadic.Cli.Peers;

/// <summary>Inputs bound to a model in ONNX Runtime, pinned until disposed; one run at a time.</summary>
public sealed class OnnxRuntimeRun : IDisposable
{
    private readonly OnnxRuntimeApi _api;
    private readonly nint _session;
    private readonly IReadOnlyList<PeerValue> _declared;
    private readonly List<GCHandle> _pinned = [];
    private readonly nint[] _inputs, _inputNames, _outputs, _outputNames;

    internal OnnxRuntimeRun(OnnxRuntimeApi api, nint session, nint memory, PeerTensor[] inputs, IReadOnlyList<PeerValue> outputs)
    {
        (_api, _session, _declared) = (api, session, outputs);
        _inputs = new nint[inputs.Length];
        _outputs = new nint[outputs.Count];
        _inputNames = [.. inputs.Select(i => Marshal.StringToCoTaskMemUTF8(i.Name))];
        _outputNames = [.. outputs.Select(o => Marshal.StringToCoTaskMemUTF8(o.Name))];
        try
        {
            for (int i = 0; i < inputs.Length; i++) _inputs[i] = Bind(memory, inputs[i]);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Runs the model once; the outputs stay inside the library until <see cref="Fetch"/> or the next run.</summary>
    /// <exception cref="OnnxRuntimeException">A name, type or shape does not fit, or the run failed.</exception>
    public void Run()
    {
        ReleaseOutputs();
        _api.Check(_api.Run(_session, 0, _inputNames, _inputs, (nuint)_inputs.Length, _outputNames, (nuint)_outputs.Length, _outputs), "running");
    }

    /// <summary>Copies of the outputs of the last run.</summary>
    /// <exception cref="InvalidOperationException">Nothing has run yet.</exception>
    public PeerTensor[] Fetch() => [.. _declared.Select((o, i) => Copy(o.Name, _outputs[i]))];

    /// <summary>Lets go of inputs and outputs.</summary>
    public void Dispose()
    {
        ReleaseOutputs();
        foreach (ref nint value in _inputs.AsSpan())
        {
            if (value != 0) _api.ReleaseValue(value);
            value = 0;
        }
        foreach (GCHandle handle in _pinned) handle.Free();
        _pinned.Clear();
        FreeNames(_inputNames);
        FreeNames(_outputNames);
    }

    /// <summary>What a type-and-shape handle says of the value <paramref name="name"/>.</summary>
    internal static PeerValue Describe(OnnxRuntimeApi api, nint info, string name)
    {
        api.Check(api.ElementType(info, out int type), $"reading the element type of '{name}'");
        api.Check(api.DimensionsCount(info, out nuint rank), $"reading the rank of '{name}'");
        long[] dims = new long[rank];
        api.Check(api.Dimensions(info, dims, rank), $"reading the dimensions of '{name}'");
        return new(name, OnnxRuntimePeer.TypeOf(type), dims);
    }

    private nint Bind(nint memory, PeerTensor t)
    {
        GCHandle handle = GCHandle.Alloc(t.Data, GCHandleType.Pinned);
        _pinned.Add(handle);
        nint status = _api.CreateTensor(memory, handle.AddrOfPinnedObject(), (nuint)t.Data.Length, t.Dims, (nuint)t.Dims.Length,
            ElementTypes.CodeOf(t.Type), out nint value);
        _api.Check(status, $"binding '{t.Name}'");
        return value;
    }

    private PeerTensor Copy(string name, nint value)
    {
        if (value == 0) throw new InvalidOperationException($"output '{name}' has not been computed. Call Run first.");
        _api.Check(_api.TensorTypeAndShape(value, out nint info), $"reading the shape of '{name}'");
        try
        {
            PeerValue found = Describe(_api, info, name);
            byte[] data = new byte[Numerics.DTypes.PackedBytes(found.Type, found.Dims.Aggregate(1L, (n, d) => n * d))];
            _api.Check(_api.TensorData(value, out nint source), $"reading '{name}'");
            if (data.Length > 0) Marshal.Copy(source, data, 0, data.Length);
            return new(name, found.Type, found.Dims, data);
        }
        finally
        {
            _api.ReleaseTensorInfo(info);
        }
    }

    private void ReleaseOutputs()
    {
        foreach (ref nint value in _outputs.AsSpan())
        {
            if (value != 0) _api.ReleaseValue(value);
            value = 0;
        }
    }

    private static void FreeNames(nint[] names)
    {
        foreach (ref nint name in names.AsSpan())
        {
            Marshal.FreeCoTaskMem(name);
            name = 0;
        }
    }
}
