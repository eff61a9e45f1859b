using Dyadic.Kernels.Jit;

namespace Dyadic.Kernels.Tests.Jit;

public sealed class RegisterAllocationTests
{
    [Fact]
    public void A_kernel_that_does_not_fit_is_refused_with_its_name_and_the_number_of_registers()
    {
        KernelBuilder b = new("wide@avx2", InstructionSet.Avx2);
        VReg[] live = [.. Enumerable.Range(0, 16).Select(_ => b.Vector())];
        foreach (VReg v in live) b.Emit(IrOp.Zero, v);
        foreach (VReg v in live) b.Store(IrOp.Store, KernelBuilder.At(b.Argument), v);
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => X64Emitter.Emit(b.Finish()));
        Assert.StartsWith("kernel wide@avx2: 16 Vector registers are live at operation 15 (v15 = zero); avx2 has 15.", e.Message);
    }

    [Fact]
    public void Scalars_are_counted_apart()
    {
        KernelBuilder b = new("tall@avx512", InstructionSet.Avx512);
        VReg[] live = [.. Enumerable.Range(0, 15).Select(i => b.Set64(i))];
        foreach (VReg r in live) b.Advance(b.Argument, r);
        Assert.Contains("16 Scalar registers are live", Assert.Throws<InvalidOperationException>(() => X64Emitter.Emit(b.Finish())).Message);
    }

    [Fact]
    public void Tiles_keep_their_numbers_and_there_are_eight()
    {
        KernelBuilder b = new("tiles@amx", InstructionSet.Amx);
        VReg[] tiles = [.. Enumerable.Range(0, 9).Select(_ => b.New(RegisterKind.Tile))];
        b.Emit(IrOp.Zero, tiles[7]);
        Assert.Equal(7, RegisterAllocation.Of(b.Finish(), [7], [0])[tiles[7]]);
        b.Emit(IrOp.Zero, tiles[8]);
        Assert.Contains("t8 at operation 1 is no tile, there are 8", Assert.Throws<InvalidOperationException>(() => X64Emitter.Emit(b.Finish())).Message);
    }

    [Fact]
    public void Reading_what_was_never_written_is_refused_with_the_operation()
    {
        KernelBuilder b = new("empty@avx2", InstructionSet.Avx2);
        VReg v = b.Vector(), sum = b.Vector();
        b.Emit(IrOp.Zero, v);
        b.Apply(IrOp.Dot2, sum, v, v);
        Assert.Contains("operation 1 (v1 = dot2 v0, v0) reads v1, which was never written", Assert.Throws<InvalidOperationException>(() => X64Emitter.Emit(b.Finish())).Message);
    }

    [Fact]
    public void What_a_loop_reads_lives_to_its_end_and_other_registers_are_reused()
    {
        KernelBuilder b = new("loop@avx2", InstructionSet.Avx2);
        VReg kept = b.Vector(), first = b.Vector(), second = b.Vector(), count = b.Set64(2);
        b.Emit(IrOp.Zero, kept);
        using (b.Loop(count))
        {
            b.Apply(IrOp.Add32, first, kept, kept);
            b.Store(IrOp.Store, KernelBuilder.At(b.Argument), first);
            b.Apply(IrOp.ShiftRight64, second, first, 1);
        }
        RegisterAllocation registers = RegisterAllocation.Of(b.Finish(), [7, 0, 1], [0, 1, 2]);
        Assert.NotEqual(registers[kept], registers[first]);
        Assert.NotEqual(registers[kept], registers[second]);
        Assert.Equal(registers[first], registers[second]);      // read for the last time where the other is first written
    }
}
