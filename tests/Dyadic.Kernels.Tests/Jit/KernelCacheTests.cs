using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Tests.Jit;

public sealed class KernelCacheTests
{
    [Fact]
    public void One_key_is_one_kernel_from_all_threads()
    {
        if (InstructionSets.Available.Count == 0) return;
        GeneratedKernel?[] kernels = new GeneratedKernel?[16];
        Parallel.For(0, kernels.Length, i => kernels[i] = KernelCache.Get(new PeakKey(InstructionSets.Available[0], OperandKind.F32)));
        Assert.NotNull(kernels[0]);
        Assert.All(kernels, k => Assert.Same(kernels[0], k));
        Assert.Contains(kernels[0], KernelCache.Held);
    }

    [Fact]
    public void A_kernel_that_differs_from_its_definition_is_refused_for_good_and_listed_with_the_reason()
    {
        if (!InstructionSets.Available.Contains(InstructionSet.Avx2)) return;
        WrongKey key = new("byte 3 of a small case is 1, by definition 2");
        Assert.Null(KernelCache.Get(key));
        Assert.Null(KernelCache.Get(key with { }));
        Assert.Equal(key.Difference, Assert.Single(KernelCache.Refusals, r => r.Name == key.Name).Reason);
        Assert.DoesNotContain(KernelCache.Held, k => k.Key == key);
    }

    [Fact]
    public void A_kernel_of_a_set_that_this_machine_lacks_is_refused_before_it_runs()
    {
        KernelKey? foreign = Enum.GetValues<InstructionSet>().Except(InstructionSets.Available).SelectMany(KernelCatalog.Of).FirstOrDefault();
        if (foreign is null) return;
        Assert.Null(KernelCache.Get(foreign));
        Assert.Equal($"this machine does not run {foreign.Set.Name()}", Assert.Single(KernelCache.Refusals, r => r.Name == foreign.Name).Reason);
    }

    private sealed record WrongKey(string Difference) : KernelKey(InstructionSet.Avx2)
    {
        public override string Name => "wrong@avx2";

        public override KernelIr Generate() => new KernelBuilder(Name, Set).Finish();

        public override string? Check(KernelRun run) => Difference;
    }
}
