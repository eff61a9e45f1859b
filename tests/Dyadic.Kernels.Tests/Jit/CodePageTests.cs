using System.Globalization;
using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Tests.Jit;

/// <summary>Where kernels lie in memory, as Linux tells it. Alone, so that no other test maps memory meanwhile.</summary>
[Collection(nameof(CodePageTests))]
[CollectionDefinition(nameof(CodePageTests), DisableParallelization = true)]
public sealed class CodePageTests
{
    private static readonly PeakKey Small = new(InstructionSet.Avx2, OperandKind.F32);

    [Fact]
    public async Task No_memory_is_ever_writable_and_executable_while_threads_generate_kernels()
    {
        if (!OperatingSystem.IsLinux()) return;
        KernelKey[] keys = [.. KernelCatalog.Of(InstructionSet.Avx2)];
        using CancellationTokenSource stop = new();
        int made = 0;
        Task[] makers = [.. Enumerable.Range(0, 3).Select(t => Task.Run(() =>
        {
            for (int i = t; !stop.IsCancellationRequested; i += 3)
            {
                using GeneratedKernel kernel = GeneratedKernel.Of(keys[i % keys.Length])!;
                Interlocked.Increment(ref made);
            }
        }))];
        for (int reads = 0; reads < 200 || Volatile.Read(ref made) < 100; reads++) Assert.DoesNotContain(Maps(), m => m.Rights.StartsWith("rwx", StringComparison.Ordinal));
        await stop.CancelAsync();
        await Task.WhenAll(makers);
    }

    [Fact]
    public void Code_lies_between_pages_that_nobody_may_touch()
    {
        if (!OperatingSystem.IsLinux()) return;
        nint page = Environment.SystemPageSize;
        foreach (int length in (int[])[1, (int)page - 1, (int)page, (int)page + 1, 3 * (int)page])
        {
            using CodePage code = CodePage.Of(new byte[length])!;
            nint body = (length + page - 1) / page * page;
            Assert.Equal("r-xp", RightsAt(code.Entry));
            Assert.Equal("r-xp", RightsAt(code.Entry + body - 1));
            Assert.Equal("---p", RightsAt(code.Entry - 1));
            Assert.Equal("---p", RightsAt(code.Entry - page));
            Assert.Equal("---p", RightsAt(code.Entry + body));
            Assert.Equal("---p", RightsAt(code.Entry + body + page - 1));
        }
    }

    [Fact]
    public unsafe void What_the_code_leaves_of_its_last_page_traps()
    {
        if (!OperatingSystem.IsLinux()) return;
        using CodePage code = CodePage.Of([0xC3])!;
        Assert.Equal(-1, new ReadOnlySpan<byte>((byte*)code.Entry + 1, Environment.SystemPageSize - 1).IndexOfAnyExcept((byte)0xCC));
    }

    [Fact]
    public void Memory_is_freed_when_the_kernel_is_disposed()
    {
        if (!OperatingSystem.IsLinux()) return;
        GeneratedKernel kernel = GeneratedKernel.Of(Small)!;
        nint address = kernel.Address;
        Assert.Equal("r-xp", RightsAt(address));
        kernel.Dispose();
        Assert.NotEqual("r-xp", RightsAt(address));
    }

    [Fact]
    public void Memory_is_freed_with_kernels_that_nobody_holds()
    {
        if (!OperatingSystem.IsLinux()) return;
        nint[] dropped = Dropped();
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.InRange(dropped.Count(a => RightsAt(a) == "r-xp"), 0, 2);      // a register or a stack slot may still hold one
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static nint[] Dropped() => [.. Enumerable.Range(0, 50).Select(_ => GeneratedKernel.Of(Small)!.Address)];

    private static string RightsAt(nint address) => Maps().Where(m => m.Start <= (ulong)address && (ulong)address < m.End).Select(m => m.Rights).FirstOrDefault("none");

    private static IEnumerable<(ulong Start, ulong End, string Rights)> Maps()
    {
        foreach (string line in File.ReadAllLines("/proc/self/maps"))
        {
            string[] words = line.Split(' ', 3);
            ulong[] range = [.. words[0].Split('-').Select(n => ulong.Parse(n, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            yield return (range[0], range[1], words[1]);
        }
    }
}
