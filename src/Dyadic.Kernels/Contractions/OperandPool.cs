using System.Collections.Concurrent;

namespace Dyadic.Kernels.Contractions;

/// <summary>Packed operands of products whose both sides change with each call: memory and kernels are found once for a shape, and used again.</summary>
internal static unsafe class OperandPool
{
    private const int MostShapes = 256, MostIdle = 4;      // a training step has tens of shapes; two threads hold one of each
    private static readonly ConcurrentDictionary<(ContractionShape, InstructionSet, OperandKind), ConcurrentBag<PackedOperands>> Idle = new();

    /// <summary>Room for weights of <paramref name="shape"/> whose kernels leave int32 sums; the content is arbitrary.</summary>
    public static PackedOperands Rent(in ContractionShape shape, InstructionSet set, OperandKind kind)
    {
        if (Idle.TryGetValue((shape, set, kind), out ConcurrentBag<PackedOperands>? bag) && bag.TryTake(out PackedOperands? packed)) return packed;
        packed = set == InstructionSet.None ? null : PackedOperands.For(in shape, set, kind, DepthwiseKind.S8, TileEnd.Store);
        if (packed is not null) return packed;
        return kind == OperandKind.U8S8 && ArmDot.IsSupported
            ? PackedOperands.Managed(in shape, kind, TileEnd.Store, ByteTile<ArmDot>.Of(TileEnd.Store))
            : PackedOperands.Managed(in shape, OperandKind.S16S16, TileEnd.Store, &PairTile.Store);
    }

    /// <summary>Gives it back, for the next call that asked as this one did.</summary>
    public static void Return(PackedOperands packed, InstructionSet set, OperandKind kind)
    {
        if (Idle.Count > MostShapes) Idle.Clear();
        ConcurrentBag<PackedOperands> bag = Idle.GetOrAdd((packed.Shape, set, kind), static _ => []);
        if (bag.Count < MostIdle) bag.Add(packed);
    }
}
