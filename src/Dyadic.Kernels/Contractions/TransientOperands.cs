using System.Collections.Concurrent;

namespace Dyadic.Kernels.Contractions;

/// <summary>Float32 weights that serve one call, as those of a network in training do: room for them is kept from call to call.</summary>
internal static unsafe class TransientOperands
{
    private const int MostShapes = 256;
    private static readonly ConcurrentDictionary<(ContractionShape, InstructionSet), ConcurrentBag<PackedOperands>> Kept = new();

    /// <summary>Clamps nothing: the bits of −∞ and ∞, as integers, since the driver that passes them serves integers too.</summary>
    public static (int Lo, int Hi) Unbounded => (unchecked((int)0xFF800000), 0x7F800000);

    /// <summary>Room for weights of a shape, whose content is arbitrary and whose biases are <paramref name="bias"/>, or 0 where that is null.</summary>
    public static PackedOperands Rent(in ContractionShape shape, InstructionSet set, float* bias)
    {
        set = set.OnVectors();
        if (!Kept.TryGetValue((shape, set), out ConcurrentBag<PackedOperands>? bag) || !bag.TryTake(out PackedOperands? packed))
        {
            packed = set == InstructionSet.None ? null : PackedOperands.For(in shape, set, OperandKind.F32, DepthwiseKind.F32, TileEnd.Clamp);
            packed ??= PackedOperands.Managed(in shape, OperandKind.F32, TileEnd.Clamp, &FloatTile.Contract);
        }
        for (int m = 0; m < shape.Outputs; m++) ((float*)packed.ConstantsOf(m, out int lane))[lane] = bias == null ? 0 : bias[m];
        return packed;
    }

    /// <summary>Room for the right factor [K, N] of a product, or its transpose; see <see cref="PackedOperands.PackMatrix"/>.</summary>
    public static PackedOperands RentMatrix(int k, int n, InstructionSet set) => Rent(new ContractionShape(n * k, n, 1, new Window(1, 1)), set, null);

    /// <summary>Keeps the room.</summary>
    public static void Return(PackedOperands packed)
    {
        (ContractionShape, InstructionSet) key = (packed.Shape, packed.Set);
        if (Kept.Count < MostShapes || Kept.ContainsKey(key)) Kept.GetOrAdd(key, _ => []).Add(packed);
    }
}
