using System.Runtime.InteropServices;
using Dyadic.Kernels.Jit;
using Dyadic.Numerics;

namespace Dyadic.Kernels.Tests.Jit;

/// <summary>A random kernel: straight lines and nested loops of all operations on integers, floats, shift counts and tiles, over a block of inputs and one of outputs.</summary>
/// <remarks>
/// Input: any bytes, below it floats of few bits, then shift counts as bytes and as int32, then the shapes of tiles: three [m, n] sums, three [m, k] and two [k, n]
/// factors. Sums of floats stay finite: factors are always freshly loaded.
/// The argument is a block of four words: input, output, and two loop counts.
/// </remarks>
internal sealed class RandomProgram
{
    public const int InputBytes = Shapes + 64, OutputBytes = 4096;
    private const int Floats = 8192, Counts8 = Floats + 1024, Counts32 = Counts8 + 512, Shapes = Counts32 + 512, Sums = 3, Left = 3, DeepestLoop = 2, Reach = 1024, MostMoves = 8;
    private static readonly IrOp[] Binary = [IrOp.MulPairs, IrOp.Add32, IrOp.MulEven, IrOp.Max32, IrOp.Min32, IrOp.Or, IrOp.Xor, IrOp.PackS16, IrOp.PackU8, IrOp.MaxU8, IrOp.MinU8, IrOp.Permute32], Unary = [IrOp.Load, IrOp.Broadcast32, IrOp.LoadU8, IrOp.LoadS8];

    private readonly Rng _rng;
    private readonly KernelBuilder _b;
    private readonly VReg _input, _output, _moving, _index;
    private readonly VReg[] _ints, _sums, _factors, _shifts, _tiles;
    private readonly int _slot;
    private int _depth, _moves;

    private RandomProgram(InstructionSet set, ulong seed)
    {
        _rng = new Rng(seed);
        _b = new($"random{seed}@{set.Name()}", set);
        _input = _b.LoadScalar(KernelBuilder.At(_b.Argument));
        _output = _b.LoadScalar(KernelBuilder.At(_b.Argument, 8));
        _index = _b.Set64(1 + _rng.NextInt(16));
        _moving = _b.Set64(_rng.NextInt(64));
        _b.Advance(_moving, _input);
        _slot = _b.Slot();
        int most = set.VectorBytes() == 64 ? 14 : 5;
        _ints = Vectors(2 + _rng.NextInt(most));
        _sums = Vectors(1 + _rng.NextInt(most / 2));
        _factors = Vectors(2);
        _shifts = Vectors(1);
        foreach (VReg v in _ints) _b.Emit(Pick(Unary), v, memory: KernelBuilder.At(_input, _rng.NextInt(Reach)));
        foreach (VReg v in _sums.Concat(_factors)) LoadFloats(v);
        _b.Emit(IrOp.LoadU8, _shifts[0], memory: KernelBuilder.At(_input, Counts8 + _rng.NextInt(256)));
        _tiles = set == InstructionSet.Amx ? [.. Enumerable.Range(0, TileShape.Tiles).Select(_ => _b.New(RegisterKind.Tile))] : [];
        if (_tiles.Length > 0) _b.Emit(IrOp.TileConfigure, VReg.None, memory: KernelBuilder.At(_input, Shapes));
        foreach (VReg t in _tiles) _b.Emit(IrOp.Zero, t);
    }

    public static KernelIr Of(InstructionSet set, ulong seed)
    {
        RandomProgram program = new(set, seed);
        program.Block(10 + program._rng.NextInt(30));
        int at = 0;
        foreach (VReg v in program._ints.Concat(program._sums).Concat(program._factors)) program._b.Store(IrOp.Store, KernelBuilder.At(program._output, 64 * at++), v);
        program.Finish();
        return program._b.Finish();
    }

    /// <summary>The block of inputs.</summary>
    public static byte[] Input(Rng rng)
    {
        byte[] bytes = new byte[InputBytes];
        rng.FillBits(MemoryMarshal.Cast<byte, uint>(bytes.AsSpan()));
        foreach (ref float f in MemoryMarshal.Cast<byte, float>(bytes.AsSpan(Floats, Counts8 - Floats))) f = rng.NextInt(-4096, 4097) / 1024f;
        foreach (ref byte count in bytes.AsSpan(Counts8, Counts32 - Counts8)) count &= 31;
        foreach (ref int count in MemoryMarshal.Cast<byte, int>(bytes.AsSpan(Counts32, Shapes - Counts32))) count &= 31;
        int m = 1 + rng.NextInt(16), n = 1 + rng.NextInt(16), k = 1 + rng.NextInt(16);
        TileShape shape = default;
        for (int t = 0; t < TileShape.Tiles; t++) shape.Set(t, t < Sums + Left ? m : k, 4 * (t is >= Sums and < Sums + Left ? k : n));
        MemoryMarshal.Write(bytes.AsSpan(Shapes), shape);
        return bytes;
    }

    private void Block(int operations)
    {
        for (int i = 0; i < operations; i++)
        {
            if (_depth < DeepestLoop && _rng.NextInt(8) == 0) Loop(1 + _rng.NextInt(8));
            else if (_rng.NextInt(4) == 0) Float();
            else if (_rng.NextInt(5) == 0) Scalar();
            else if (_tiles.Length > 0 && _rng.NextInt(3) == 0) Tile();
            else Integer();
        }
    }

    private void Loop(int operations)
    {
        VReg count = _b.LoadScalar(KernelBuilder.At(_b.Argument, 16 + 8 * _rng.NextInt(2)));
        _depth++;
        if (_rng.NextInt(2) == 0)
        {
            int slot = _b.Slot();
            _b.StoreSlot(slot, count);
            using (_b.LoopSlot(slot)) Block(operations);
        }
        else
        {
            using (_b.Loop(count)) Block(operations);
        }
        _depth--;
    }

    private void Scalar()
    {
        switch (_moves < MostMoves ? _rng.NextInt(6) : 2 + _rng.NextInt(4))
        {
            case 0:
                _moves++;
                _b.StoreSlot(_slot, _moving);
                _b.Emit(IrOp.AddScalar, _moving, _b.LoadSlot(_slot), _b.Set64(_rng.NextInt(-8, 9)));
                break;
            case 1:
                _moves++;
                _b.Advance(_moving, _rng.NextInt(-16, 17));
                break;
            case 2: _b.Emit(IrOp.SetScalar, _index, immediate: _rng.NextInt(64)); break;
            case 3: _b.Prefetch(KernelBuilder.At(_rng.NextInt(2) == 0 ? _input : _index, _rng.NextInt(-100, 100))); break;      // addresses without memory are harmless
            case 4: StorePart(); break;
            default: _b.Store(_rng.NextInt(2) == 0 ? IrOp.Store : IrOp.Store8, KernelBuilder.At(_output, 2048 + _rng.NextInt(1024), _index, 1 << _rng.NextInt(4)), Pick(_ints)); break;
        }
    }

    private void StorePart()
    {
        bool half = _b.Lanes == 16 && _rng.NextInt(2) == 0;
        _b.StorePart(half ? IrOp.Store256 : IrOp.Store128, KernelBuilder.At(_output, 2048 + _rng.NextInt(1024)), Pick(_ints), _rng.NextInt(half ? 2 : _b.Lanes / 4));
    }

    private void Float()
    {
        VReg sum = Pick(_sums);
        IrOp op = Pick([IrOp.Fma, IrOp.AddFloat, IrOp.MaxFloat, IrOp.MinFloat, IrOp.Load]);
        Address memory = KernelBuilder.At(_input, Floats + 4 * _rng.NextInt(128));
        if (op == IrOp.Load) LoadFloats(Pick(_factors));
        else if (_rng.NextInt(2) == 0) _b.Apply(op, sum, op == IrOp.Fma ? Pick(_factors) : Pick(_sums), memory);
        else if (op == IrOp.Fma) _b.Apply(op, sum, Pick(_factors), Pick(_factors));
        else _b.Apply(op, sum, Pick(_sums), op == IrOp.AddFloat ? Pick(_factors) : Pick(_sums));
    }

    private void Tile()
    {
        switch (_rng.NextInt(6))
        {
            case 0: _b.Emit(IrOp.Zero, Pick(_tiles)); break;
            case 1: _b.Store(IrOp.TileStore, KernelBuilder.At(_output, 2048 + _rng.NextInt(1024), _b.Set64(_rng.NextInt(33)), 1 << _rng.NextInt(2)), Pick(_tiles)); break;
            case 2 or 3: _b.Emit(IrOp.TileLoad, Pick(_tiles), memory: KernelBuilder.At(_input, _rng.NextInt(Reach), _index, 1 << _rng.NextInt(4))); break;
            default: _b.Apply(IrOp.TileDot, Pick(_tiles[..Sums]), Pick(_tiles[Sums..(Sums + Left)]), Pick(_tiles[(Sums + Left)..])); break;
        }
    }

    private void Finish()
    {
        if (_tiles.Length == 0) return;
        VReg row = _b.Set64(TileShape.MostRowBytes);
        _b.Store(IrOp.TileStore, KernelBuilder.At(_output, 2048, row), _tiles[0]);
        _b.Emit(IrOp.TileRelease, VReg.None);
    }

    private void Integer()
    {
        VReg dst = Pick(_ints), a = Pick(_ints), b = Pick(_ints);
        switch (_rng.NextInt(8))
        {
            case 0: _b.Emit(Pick(Unary), dst, memory: Anywhere()); break;
            case 1: _b.Copy(dst, a); break;
            case 2: _b.Emit(_rng.NextInt(8) == 0 ? IrOp.Zero : IrOp.JoinHigh, dst, a); break;
            case 3:
                IrOp shift = Pick([IrOp.ShiftRight64, IrOp.ShiftLeft32, IrOp.ShiftRight32]);
                _b.Apply(shift, dst, a, _rng.NextInt(shift == IrOp.ShiftRight64 ? 64 : 32));
                break;
            case 4:
                if (_rng.NextInt(2) == 0) _b.Apply(IrOp.ShiftRightEach32, dst, a, _shifts[0]);
                else _b.Apply(IrOp.ShiftRightEach32, dst, a, KernelBuilder.At(_input, Counts32 + 4 * _rng.NextInt(64)));
                break;
            default:
                IrOp op = Pick(_b.Set.HasDot() ? [IrOp.Dot4, IrOp.Dot2, .. Binary] : Binary);
                if (_rng.NextInt(2) == 0) _b.Apply(op, dst, a, b);
                else _b.Apply(op, dst, a, Anywhere());
                break;
        }
    }

    private void LoadFloats(VReg v) => _b.Emit(IrOp.Load, v, memory: KernelBuilder.At(_input, Floats + 4 * _rng.NextInt(128)));

    // The moving pointer stays within its block: MostMoves moves by 16 bytes, each in two loops of four turns at most.
    private Address Anywhere() => _rng.NextInt(3) switch
    {
        0 => KernelBuilder.At(_input, _rng.NextInt(Reach)),
        1 => KernelBuilder.At(_moving, 3000 + _rng.NextInt(Reach)),
        _ => KernelBuilder.At(_input, _rng.NextInt(Reach), _index, 1 << _rng.NextInt(4)),
    };

    private VReg[] Vectors(int n) => [.. Enumerable.Range(0, n).Select(_ => _b.Vector())];

    private T Pick<T>(T[] from) => from[_rng.NextInt(from.Length)];
}
