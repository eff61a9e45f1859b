using System.Runtime.InteropServices;
using Dyadic.Kernels.Contractions;
using Dyadic.Kernels.Jit;
using Dyadic.Numerics;
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

    // Row 0: 1·1 + 3·2 on the even chain, 2·(−4) + 2⁻¹⁰·1 on the odd one.
    [Fact]
    public void A_product_of_tiles_of_bfloat16_sums_even_and_odd_factors_apart()
    {
        byte[] block = new byte[4096];
        TileShape shape = default;
        shape.Set(0, 2, 4);
        shape.Set(1, 2, 16);
        shape.Set(2, 4, 4);
        MemoryMarshal.Write(block, shape);
        float[] start = [0.5f, 0], row0 = [1, 2, 3, MathF.ScaleB(1, -10), 0, 0, 0, 0], row1 = [1, 0, MathF.ScaleB(1, -24), MathF.ScaleB(1, -24), MathF.ScaleB(1, -24), MathF.ScaleB(1, -24), 0, 0], ones = [1, -4, 2, 1, 1, 1, 1, 1];
        for (int m = 0; m < 2; m++) MemoryMarshal.Write(block.AsSpan(1024 + 64 * m), start[m]);
        for (int k = 0; k < 8; k++)
        {
            MemoryMarshal.Write(block.AsSpan(2048 + 2 * k), (BFloat16)row0[k]);
            MemoryMarshal.Write(block.AsSpan(2048 + 64 + 2 * k), (BFloat16)row1[k]);
            MemoryMarshal.Write(block.AsSpan(3072 + k / 2 * 64 + k % 2 * 2), (BFloat16)ones[k]);
        }
        fixed (byte* p = block) new KernelInterpreter(Product(IrOp.TileDotBFloat16)).Run(p);
        Assert.Equal(0.5f + (7 + (-8 + MathF.ScaleB(1, -10))), MemoryMarshal.Read<float>(block.AsSpan(1024)));
        // Even: 1·1 + 2·2⁻²⁴ + 2⁻²⁴: the first makes 1 + 2⁻²³, the second is half of that step and goes to the even neighbour, 1 + 2⁻²². Odd: 2·2⁻²⁴.
        Assert.Equal(1 + MathF.ScaleB(1, -22) + MathF.ScaleB(1, -23), MemoryMarshal.Read<float>(block.AsSpan(1024 + 64)));
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
                if (i.Mnemonic is Mnemonic.Tdpbusd or Mnemonic.Tdpbf16ps) Assert.Equal(3, new[] { i.Op0Register, i.Op1Register, i.Op2Register }.Distinct().Count());
                if (i.Mnemonic is Mnemonic.Tileloadd or Mnemonic.Tilestored) Assert.NotEqual(Register.None, i.MemoryIndex);
            }
            Assert.Superset(new HashSet<Mnemonic> { Mnemonic.Ldtilecfg, Mnemonic.Tileloadd, key.Name.Contains("bf16", StringComparison.Ordinal) ? Mnemonic.Tdpbf16ps : Mnemonic.Tdpbusd, Mnemonic.Tilestored, Mnemonic.Tilerelease }, seen);
        }
    }

    [Fact]
    public void Tiles_are_used_only_where_the_processor_and_the_system_have_them()
    {
        Assert.Equal(TilePermission.Granted, TilePermission.Granted);
        if (InstructionSets.Available.Contains(InstructionSet.Amx)) Assert.True(TilePermission.Granted && InstructionSets.Available.Contains(InstructionSet.Avx512Vnni));
    }

    // The block holds the shape, then the tiles 0, 1 and 2, 1024 bytes each.
    private static KernelIr Product(IrOp dot = IrOp.TileDot)
    {
        KernelBuilder b = new("product@amx", InstructionSet.Amx);
        VReg row = b.Set64(64);
        VReg[] tiles = [.. Enumerable.Range(0, 3).Select(_ => b.New(RegisterKind.Tile))];
        b.Emit(IrOp.TileConfigure, VReg.None, memory: KernelBuilder.At(b.Argument));
        for (int t = 0; t < 3; t++) b.Emit(IrOp.TileLoad, tiles[t], memory: KernelBuilder.At(b.Argument, 1024 * (t + 1), row));
        b.Apply(dot, tiles[0], tiles[1], tiles[2]);
        b.Store(IrOp.TileStore, KernelBuilder.At(b.Argument, 1024, row), tiles[0]);
        b.Emit(IrOp.TileRelease, VReg.None);
        return b.Finish();
    }
}
