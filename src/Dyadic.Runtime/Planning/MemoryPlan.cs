namespace Dyadic.Runtime;

/// <summary>Offsets for all values of the arena such that values alive at the same step do not overlap.</summary>
/// <remarks>Greedy by size: each block, the largest first, takes the smallest gap that fits between the blocks it lives together with
/// (Pisarchyk and Lee 2020, §5.1). A step that may run in place joins its output to the block of its input.</remarks>
internal sealed class MemoryPlan
{
    /// <summary>For each value the offset for one sample; −1 outside of the arena.</summary>
    public required long[] Offsets { get; init; }

    /// <summary>Bytes of the arena for one sample.</summary>
    public required long ArenaBytes { get; init; }

    /// <summary>Bytes if each value had memory of its own.</summary>
    public required long SumBytes { get; init; }

    public static MemoryPlan Of(IReadOnlyList<PlanValue> values, IReadOnlyList<PlanStep> steps)
    {
        int[] lastUse = LastUses(values.Count, steps);
        Block?[] blocks = Blocks(values, steps, lastUse);
        List<Block> placed = [];
        foreach (Block block in blocks.OfType<Block>().Distinct().OrderByDescending(b => b.Bytes).ThenBy(b => b.First)) Place(block, placed);
        return new()
        {
            Offsets = [.. blocks.Select(b => b?.Offset ?? -1)],
            ArenaBytes = placed.Count == 0 ? 0 : placed.Max(b => b.Offset + b.Bytes),
            SumBytes = values.Where(v => v.Home == ValueHome.Arena).Sum(v => Align(v.Bytes)),
        };
    }

    private static long Align(long bytes) => checked(bytes + 63) & ~63L;

    private static int[] LastUses(int count, IReadOnlyList<PlanStep> steps)
    {
        int[] last = new int[count];
        Array.Fill(last, -1);
        for (int s = 0; s < steps.Count; s++)
        {
            foreach (PlanArgument a in steps[s].Inputs) last[a.Value] = s;
            foreach (PlanArgument a in steps[s].Outputs) last[a.Value] = Math.Max(last[a.Value], s);
        }
        return last;
    }

    private static Block?[] Blocks(IReadOnlyList<PlanValue> values, IReadOnlyList<PlanStep> steps, int[] lastUse)
    {
        Block?[] blocks = new Block?[values.Count];
        for (int s = 0; s < steps.Count; s++)
            for (int o = 0; o < steps[s].Outputs.Length; o++)
            {
                int v = steps[s].Outputs[o].Value;
                if (values[v].Home != ValueHome.Arena) continue;
                long bytes = Align(values[v].Bytes);
                Block block = (o == 0 ? Overlay(values, steps[s], s, bytes, blocks, lastUse) : null) ?? new Block { Bytes = bytes, First = s };
                block.Last = Math.Max(block.Last, lastUse[v]);
                blocks[v] = block;
            }
        return blocks;
    }

    // The block of the input that output 0 may take over: same size, not read by a later step, nor twice by this one.
    private static Block? Overlay(IReadOnlyList<PlanValue> values, PlanStep step, int index, long bytes, Block?[] blocks, int[] lastUse)
    {
        if (step.Step.InPlaceInput is not (>= 0 and var i) || i >= step.Inputs.Length) return null;
        int v = step.Inputs[i].Value;
        bool sameSize = values[v].Bytes == values[step.Outputs[0].Value].Bytes;      // not merely after alignment: it may be repeated
        bool mine = values[v].Home == ValueHome.Arena && lastUse[v] == index && sameSize && step.Inputs.Count(a => a.Value == v) == 1;
        return mine && blocks[v] is { } b && b.Bytes == bytes && b.Last == index ? b : null;
    }

    private static void Place(Block block, List<Block> placed)
    {
        RunMeter.Current?.Check();
        long offset = 0, best = -1, bestGap = long.MaxValue;
        foreach (Block other in placed.Where(p => p.First <= block.Last && block.First <= p.Last).OrderBy(p => p.Offset))
        {
            long gap = other.Offset - offset;
            if (gap >= block.Bytes && gap < bestGap) (best, bestGap) = (offset, gap);
            offset = Math.Max(offset, other.Offset + other.Bytes);
        }
        block.Offset = best >= 0 ? best : offset;
        placed.Add(block);
    }

    private sealed class Block
    {
        public long Bytes { get; init; }

        public int First { get; init; }

        public int Last { get; set; }

        public long Offset { get; set; }
    }
}
