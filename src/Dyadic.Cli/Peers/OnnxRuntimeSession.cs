using System.Runtime.InteropServices;

namespace Dyadic.Cli.Peers;

/// <summary>A model opened in ONNX Runtime. Safe to use from many threads, not to dispose while one runs.</summary>
public sealed class OnnxRuntimeSession : IDisposable
{
    private readonly OnnxRuntimeApi _api;
    private readonly nint _memory;
    private nint _session;

    internal OnnxRuntimeSession(OnnxRuntimeApi api, nint session, nint memory)
    {
        (_api, _session, _memory) = (api, session, memory);
        try
        {
            Inputs = Describe(api.SessionInputCount, api.SessionInputName, api.SessionInputType);
            Outputs = Describe(api.SessionOutputCount, api.SessionOutputName, api.SessionOutputType);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The inputs that the model declares, in order.</summary>
    public IReadOnlyList<PeerValue> Inputs { get; }

    /// <summary>The outputs that the model declares, in order.</summary>
    public IReadOnlyList<PeerValue> Outputs { get; }

    /// <summary>All outputs for the given inputs.</summary>
    /// <exception cref="OnnxRuntimeException">A name, type or shape does not fit, or the run failed.</exception>
    public PeerTensor[] Run(params PeerTensor[] inputs)
    {
        using OnnxRuntimeRun run = Prepare(inputs);
        run.Run();
        return run.Fetch();
    }

    /// <summary>The given inputs bound once, to be run many times: what a bench measures.</summary>
    /// <exception cref="OnnxRuntimeException">A tensor's bytes and dimensions do not agree.</exception>
    public OnnxRuntimeRun Prepare(params PeerTensor[] inputs)
    {
        ObjectDisposedException.ThrowIf(_session == 0, this);
        return new(_api, _session, _memory, inputs, Outputs);
    }

    /// <summary>Closes the model.</summary>
    public void Dispose()
    {
        if (_session != 0) _api.ReleaseSession(_session);
        _session = 0;
    }

    private PeerValue[] Describe(OnnxRuntimeApi.GetSize count, OnnxRuntimeApi.GetName name, OnnxRuntimeApi.GetIndexed type)
    {
        _api.Check(count(_session, out nuint n), "counting inputs or outputs");
        PeerValue[] values = new PeerValue[n];
        for (nuint i = 0; i < n; i++) values[i] = Describe(i, name, type);
        return values;
    }

    private PeerValue Describe(nuint index, OnnxRuntimeApi.GetName name, OnnxRuntimeApi.GetIndexed type)
    {
        _api.Check(_api.DefaultAllocator(out nint allocator), "finding the allocator");
        _api.Check(name(_session, index, allocator, out nint text), "reading a name");
        string called = Marshal.PtrToStringUTF8(text)!;
        _api.Check(_api.AllocatorFree(allocator, text), "freeing a name");
        _api.Check(type(_session, index, out nint info), $"reading the type of '{called}'");
        try
        {
            _api.Check(_api.CastToTensorInfo(info, out nint tensor), $"reading the tensor type of '{called}'");
            if (tensor == 0) throw new OnnxRuntimeException($"'{called}' is a sequence or a map. Only tensors travel here.");
            return OnnxRuntimeRun.Describe(_api, tensor, called);
        }
        finally
        {
            _api.ReleaseTypeInfo(info);
        }
    }
}
