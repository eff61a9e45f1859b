using System.Runtime.InteropServices;

namespace Dyadic.Cli.Peers;

/// <summary>The functions of ONNX Runtime's C interface that the peer calls: a table whose order never changes, read by index.</summary>
/// <remarks>Handles are opaque and travel as nint. Every function below that returns nint returns a status, 0 when all went well.</remarks>
internal sealed class OnnxRuntimeApi
{
    private const uint Version = 16;        // of the table; every library from 1.16 on offers it

    private readonly nint _table;

    private OnnxRuntimeApi(nint table, string release)
    {
        _table = table;
        Release = release;
        GetErrorMessage = At<Pointer>(2);
        CreateEnv = At<CreateEnvironment>(3);
        CreateSession = At<CreateFromFile>(7);
        CreateSessionFromArray = At<CreateFromArray>(8);
        Run = At<RunSession>(9);
        CreateSessionOptions = At<Create>(10);
        SetGraphOptimizationLevel = At<SetInt32>(23);
        SetIntraOpThreads = At<SetInt32>(24);
        SetInterOpThreads = At<SetInt32>(25);
        SessionInputCount = At<GetSize>(30);
        SessionOutputCount = At<GetSize>(31);
        SessionInputType = At<GetIndexed>(33);
        SessionOutputType = At<GetIndexed>(34);
        SessionInputName = At<GetName>(36);
        SessionOutputName = At<GetName>(37);
        CreateTensor = At<CreateTensorWithData>(49);
        TensorData = At<Get>(51);
        CastToTensorInfo = At<Get>(55);
        ElementType = At<GetInt32>(60);
        DimensionsCount = At<GetSize>(61);
        Dimensions = At<GetLongs>(62);
        TensorTypeAndShape = At<Get>(65);
        CreateCpuMemoryInfo = At<CreateMemory>(69);
        AllocatorFree = At<Free>(76);
        DefaultAllocator = At<Create>(78);
        ReleaseEnv = At<Release1>(92);
        ReleaseStatus = At<Release1>(93);
        ReleaseMemoryInfo = At<Release1>(94);
        ReleaseSession = At<Release1>(95);
        ReleaseValue = At<Release1>(96);
        ReleaseTypeInfo = At<Release1>(98);
        ReleaseTensorInfo = At<Release1>(99);
        ReleaseSessionOptions = At<Release1>(100);
        AddSessionConfigEntry = At<AddEntry>(130);
    }

    public delegate nint Pointer(nint handle);
    public delegate nint Create(out nint handle);
    public delegate nint CreateEnvironment(int logLevel, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, out nint env);
    public delegate nint CreateFromFile(nint env, nint path, nint options, out nint session);
    public delegate nint CreateFromArray(nint env, byte[] model, nuint length, nint options, out nint session);
    public delegate nint RunSession(nint session, nint options, nint[] inputNames, nint[] inputs, nuint inputCount,
        nint[] outputNames, nuint outputCount, [In, Out] nint[] outputs);
    public delegate nint SetInt32(nint handle, int value);
    public delegate nint AddEntry(nint handle, [MarshalAs(UnmanagedType.LPUTF8Str)] string key, [MarshalAs(UnmanagedType.LPUTF8Str)] string value);
    public delegate nint GetSize(nint handle, out nuint count);
    public delegate nint GetInt32(nint handle, out int value);
    public delegate nint GetIndexed(nint handle, nuint index, out nint found);
    public delegate nint GetName(nint handle, nuint index, nint allocator, out nint name);
    public delegate nint GetLongs(nint handle, [Out] long[] values, nuint count);
    public delegate nint CreateTensorWithData(nint memory, nint data, nuint bytes, long[] dims, nuint rank, int type, out nint value);
    public delegate nint CreateMemory(int allocator, int kind, out nint memory);
    public delegate nint Get(nint handle, out nint found);
    public delegate nint Free(nint allocator, nint memory);
    public delegate void Release1(nint handle);

    private delegate nint GetApi(uint version);

    public string Release { get; }
    public Pointer GetErrorMessage { get; }
    public CreateEnvironment CreateEnv { get; }
    public CreateFromFile CreateSession { get; }
    public CreateFromArray CreateSessionFromArray { get; }
    public RunSession Run { get; }
    public Create CreateSessionOptions { get; }
    public SetInt32 SetGraphOptimizationLevel { get; }
    public SetInt32 SetIntraOpThreads { get; }
    public SetInt32 SetInterOpThreads { get; }
    public GetSize SessionInputCount { get; }
    public GetSize SessionOutputCount { get; }
    public GetIndexed SessionInputType { get; }
    public GetIndexed SessionOutputType { get; }
    public GetName SessionInputName { get; }
    public GetName SessionOutputName { get; }
    public CreateTensorWithData CreateTensor { get; }
    public Get TensorData { get; }
    public Get CastToTensorInfo { get; }
    public GetInt32 ElementType { get; }
    public GetSize DimensionsCount { get; }
    public GetLongs Dimensions { get; }
    public Get TensorTypeAndShape { get; }
    public CreateMemory CreateCpuMemoryInfo { get; }
    public Free AllocatorFree { get; }
    public Create DefaultAllocator { get; }
    public Release1 ReleaseEnv { get; }
    public Release1 ReleaseStatus { get; }
    public Release1 ReleaseMemoryInfo { get; }
    public Release1 ReleaseSession { get; }
    public Release1 ReleaseValue { get; }
    public Release1 ReleaseTypeInfo { get; }
    public Release1 ReleaseTensorInfo { get; }
    public Release1 ReleaseSessionOptions { get; }
    public AddEntry AddSessionConfigEntry { get; }

    /// <summary>The interface of a loaded library.</summary>
    /// <exception cref="EntryPointNotFoundException">It is not ONNX Runtime, or one before 1.16.</exception>
    public static OnnxRuntimeApi Of(nint library)
    {
        nint apis = Call<ApiBase>(NativeLibrary.GetExport(library, "OrtGetApiBase"))();     // { GetApi, GetVersionString }
        string release = Marshal.PtrToStringUTF8(Call<ApiBase>(Marshal.ReadIntPtr(apis, nint.Size))()) ?? "?";
        nint table = Call<GetApi>(Marshal.ReadIntPtr(apis))(Version);
        return table != 0 ? new(table, release)
            : throw new EntryPointNotFoundException($"ONNX Runtime {release} offers no interface of version {Version}. Install 1.16 or later.");
    }

    /// <summary>Throws the library's own message when <paramref name="status"/> is one.</summary>
    /// <exception cref="OnnxRuntimeException">The call failed.</exception>
    public void Check(nint status, string doing)
    {
        if (status == 0) return;
        string message = Marshal.PtrToStringUTF8(GetErrorMessage(status)) ?? "no message";
        ReleaseStatus(status);
        throw new OnnxRuntimeException($"ONNX Runtime {Release}: {doing}: {message}");
    }

    private T At<T>(int index) where T : Delegate => Call<T>(Marshal.ReadIntPtr(_table, index * nint.Size));

    private static T Call<T>(nint function) where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(function);

    private delegate nint ApiBase();
}

/// <summary>ONNX Runtime refused a model or failed to run it; the message is its own.</summary>
public sealed class OnnxRuntimeException(string message) : Exception(message);
