namespace Dyadic.Kernels.Tests;

public sealed unsafe class NativeMemoryBlockTests
{
    [Fact]
    public void Blocks_are_aligned_and_apart()
    {
        int[] sizes = [1, 64, 65, 4096, 3 << 20, 0, 15 << 20, 40 << 20, 100, 1 << 20];
        NativeMemoryBlock[] blocks = [.. sizes.Select(s => new NativeMemoryBlock(s))];
        for (int i = 0; i < blocks.Length; i++)
        {
            Assert.Equal(0, (nint)blocks[i].Pointer % 64);
            new Span<byte>(blocks[i].Pointer, sizes[i]).Fill((byte)(i + 1));
        }
        for (int i = 0; i < blocks.Length; i++) Assert.False(new Span<byte>(blocks[i].Pointer, sizes[i]).ContainsAnyExcept((byte)(i + 1)));
        GC.KeepAlive(blocks);
    }

    // Chunks that nobody reaches are used again or freed, while blocks in others live.
    [Fact]
    public void Memory_does_not_grow_while_blocks_come_and_go()
    {
        NativeMemoryBlock kept = new(1000);
        new Span<byte>(kept.Pointer, 1000).Fill(7);
        long before = Environment.WorkingSet;
        for (int round = 0; round < 40; round++)
        {
            for (int i = 0; i < 8; i++)
            {
                NativeMemoryBlock block = new(5 << 20);
                new Span<byte>(block.Pointer, 5 << 20).Fill(1);
            }
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.True(Environment.WorkingSet - before < 800L << 20);      // of 1600 MiB
        Assert.False(new Span<byte>(kept.Pointer, 1000).ContainsAnyExcept((byte)7));
        GC.KeepAlive(kept);
    }
}
