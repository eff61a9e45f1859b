namespace Dyadic.Kernels.Jit;

/// <summary>A kernel as machine code that runs here. Keep the object alive while its code runs.</summary>
public sealed unsafe class GeneratedKernel : IDisposable
{
    private readonly CodePage _page;

    private GeneratedKernel(KernelKey key, KernelIr ir, MachineCode code, CodePage page)
    {
        (Key, Ir, Code, _page) = (key, ir, code, page);
        Entry = (delegate* unmanaged[SuppressGCTransition]<void*, void>)page.Entry;
    }

    /// <summary>The key.</summary>
    public KernelKey Key { get; }

    /// <summary>The operations.</summary>
    public KernelIr Ir { get; }

    /// <summary>The machine code.</summary>
    public MachineCode Code { get; }

    /// <summary>The address of the first instruction.</summary>
    public nint Address => _page.Entry;

    /// <summary>The function. A call is a few nanoseconds; the collector waits for it, so it must return within a millisecond or so.</summary>
    public delegate* unmanaged[SuppressGCTransition]<void*, void> Entry { get; }

    /// <summary>Generates the code and puts it into executable memory; null where the system refuses such memory.</summary>
    public static GeneratedKernel? Of(KernelKey key)
    {
        KernelIr ir = key.Generate();
        MachineCode code = X64Emitter.Emit(ir);
        return CodePage.Of(code.Bytes) is { } page ? new(key, ir, code, page) : null;
    }

    /// <summary>Runs the kernel.</summary>
    public void Run(void* arguments)
    {
        Entry(arguments);
        GC.KeepAlive(this);
    }

    /// <summary>Frees the code.</summary>
    public void Dispose() => _page.Dispose();
}
