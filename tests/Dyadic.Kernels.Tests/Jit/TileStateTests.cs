using System.Runtime.InteropServices;
using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Jit;
using Iced.Intel;

namespace Dyadic.Kernels.Tests.Jit;

/// <summary>Tiles: their definition beside a matrix product, what it refuses, and that machine code is what the processor decodes.</summary>
public sealed unsafe class TileStateTests
{
    [Fact]
    public void A_product_of_tiles_is_a_matrix_product_of_unsigned_and_signed_bytes()
    {
        const int M = 3, N = 5, K = 8;
        byte[] block = new byte[4096];
        for (int i = 64; i < block.Length; i++) block[i] = (byte)(37 * i);
        TileShape shape = default;
        shape.Set(0, M, 4 * N);
        shape.Set(1, M, K);
        shape.Set(2, K / 4, 4 * N);
        MemoryMarshal.Write(block, shape);
        byte[] before = [.. block];
        fixed (byte* p = block) new KernelInterpreter(Product()).Run(p);
        for (int m = 0; m < M; m++)
            for (int n = 0; n < N; n++)
            {
                int sum = MemoryMarshal.Read<int>(before.AsSpan(1024 + 64 * m + 4 * n));
                for (int k = 0; k < K; k++) sum += before[2048 + 64 * m + k] * (sbyte)before[3072 + k / 4 * 64 + 4 * n + k % 4];
                Assert.Equal(sum, MemoryMarshal.Read<int>(block.AsSpan(1024 + 64 * m + 4 * n)));
                MemoryMarshal.Write(before.AsSpan(1024 + 64 * m + 4 * n), sum);
            }
        Assert.Equal(before, block);
    }

    [Theory]
    [InlineData(17, 64, 16, 64, "tile 0 of 17 rows of 64 bytes, palette 1, cannot be configured")]
    [InlineData(4, 68, 16, 64, "tile 0 of 4 rows of 68 bytes, palette 1, cannot be configured")]
    [InlineData(4, 0, 16, 64, "tile 0 of 4 rows of 0 bytes, palette 1, cannot be configured")]
    [InlineData(0, 0, 16, 64, "t0 is not configured")]
    [InlineData(4, 64, 15, 64, "t0 [4, 64] cannot take t1 [4, 64] times t2 [15, 64]")]
    [InlineData(4, 64, 16, 60, "t0 [4, 64] cannot take t1 [4, 64] times t2 [16, 60]")]
    public void What_a_processor_would_trap_on_is_refused(int rows, int rowBytes, int panelRows, int panelBytes, string why)
    {
        TileShape shape = default;
        shape.Set(0, rows, rowBytes);
        shape.Set(1, 4);
        shape.Set(2, panelRows, panelBytes);
        byte[] block = new byte[4096];
        MemoryMarshal.Write(block, shape);
        Assert.Contains(why, Assert.Throws<InvalidOperationException>(() => { fixed (byte* p = block) new KernelInterpreter(Product()).Run(p); }).Message);
    }

    [Fact]
    public void Every_instruction_on_tiles_decodes_and_a_product_has_three_tiles()
    {
        foreach (KernelKey key in KernelCatalog.Of(InstructionSet.Amx))
        {
            MachineCode code = X64Emitter.Emit(key.Generate());
            Iced.Intel.Decoder decoder = Iced.Intel.Decoder.Create(64, code.Bytes);
            HashSet<Mnemonic> seen = [];
            while (decoder.IP < (ulong)code.Bytes.Length)
            {
                Instruction i = decoder.Decode();
                Assert.False(i.IsInvalid, $"{key}: {i.IP:x}");
                seen.Add(i.Mnemonic);
                if (i.Mnemonic == Mnemonic.Tdpbusd) Assert.Equal(3, new[] { i.Op0Register, i.Op1Register, i.Op2Register }.Distinct().Count());
                if (i.Mnemonic is Mnemonic.Tileloadd or Mnemonic.Tilestored) Assert.NotEqual(Register.None, i.MemoryIndex);
            }
            Assert.Superset(new HashSet<Mnemonic> { Mnemonic.Ldtilecfg, Mnemonic.Tileloadd, Mnemonic.Tdpbusd, Mnemonic.Tilestored, Mnemonic.Tilerelease }, seen);
        }
    }

    [Fact]
    public void Tiles_are_used_only_where_the_processor_and_the_system_have_them()
    {
        Assert.Equal(TilePermission.Granted, TilePermission.Granted);
        if (InstructionSets.Available.Contains(InstructionSet.Amx)) Assert.True(TilePermission.Granted && InstructionSets.Available.Contains(InstructionSet.Avx512Vnni));
    }

    // The block holds the shape, then the tiles 0, 1 and 2, 1024 bytes each.
    private static KernelIr Product()
    {
        KernelBuilder b = new("product@amx", InstructionSet.Amx);
        VReg row = b.Set64(64);
        VReg[] tiles = [.. Enumerable.Range(0, 3).Select(_ => b.New(RegisterKind.Tile))];
        b.Emit(IrOp.TileConfigure, VReg.None, memory: KernelBuilder.At(b.Argument));
        for (int t = 0; t < 3; t++) b.Emit(IrOp.TileLoad, tiles[t], memory: KernelBuilder.At(b.Argument, 1024 * (t + 1), row));
        b.Apply(IrOp.TileDot, tiles[0], tiles[1], tiles[2]);
        b.Store(IrOp.TileStore, KernelBuilder.At(b.Argument, 1024, row), tiles[0]);
        b.Emit(IrOp.TileRelease, VReg.None);
        return b.Finish();
    }
}
