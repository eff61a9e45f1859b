namespace Dyadic.Kernels.Tests;

public sealed unsafe class ScratchTests
{
    [Fact]
    public void Buffers_are_aligned_apart_and_reused_in_stack_order()
    {
        float* first;
        using (ScratchBuffer<float> a = Scratch.Rent<float>(3))
        using (ScratchBuffer<double> b = Scratch.Rent<double>(5_000_000))   // larger than the first block
        using (ScratchBuffer<byte> c = Scratch.Rent<byte>(1))
        {
            first = a.Pointer;
            Assert.Equal(0, ((nint)a.Pointer | (nint)b.Pointer | (nint)c.Pointer) & 63);
            a.Span.Fill(1);
            b.Span.Fill(2);
            c.Span.Fill(3);
            Assert.Equal(1, a.Span[2]);
            Assert.Equal(2, b.Span[^1]);
        }
        using ScratchBuffer<float> again = Scratch.Rent<float>(3);
        Assert.Equal((nint)first, (nint)again.Pointer);
    }

    [Fact]
    public void Renting_allocates_nothing_after_the_first_time()
    {
        static void Use()
        {
            using ScratchBuffer<float> a = Scratch.Rent<float>(300_000);
            using ScratchBuffer<float> b = Scratch.Rent<float>(0);
            a.Span[0] = 1;
        }
        Use();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Use();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }
}
