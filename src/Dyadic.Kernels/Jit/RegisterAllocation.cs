namespace Dyadic.Kernels.Jit;

/// <summary>The physical register of each virtual one, by linear scan over live intervals; tiles keep their numbers. There is no spilling: a kernel that does not fit is refused.</summary>
public sealed class RegisterAllocation
{
    private readonly Dictionary<VReg, int> _assigned;

    private RegisterAllocation(Dictionary<VReg, int> assigned) => _assigned = assigned;

    /// <summary>The number of the physical register of <paramref name="register"/>.</summary>
    public int this[VReg register] => _assigned[register];

    /// <summary>The physical registers of one kind that the kernel uses.</summary>
    public IReadOnlySet<int> Used(RegisterKind kind) => _assigned.Where(a => a.Key.Kind == kind).Select(a => a.Value).ToHashSet();

    /// <summary>Assigns registers.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="scalars">Physical scalars in the order of preference, the one that holds the argument first.</param>
    /// <param name="vectors">Physical vectors in the order of preference.</param>
    /// <exception cref="InvalidOperationException">More registers are live at once than there are, or one is read that was never written: the generator is wrong.</exception>
    public static RegisterAllocation Of(KernelIr kernel, IReadOnlyList<int> scalars, IReadOnlyList<int> vectors)
    {
        Dictionary<VReg, (int Start, int End)> intervals = Intervals(kernel);
        Dictionary<VReg, int> assigned = [];
        List<(int End, VReg Register)> live = [];
        List<int>[] free = [[.. scalars], [.. vectors]];
        foreach ((VReg register, (int start, int end)) in intervals.OrderBy(p => p.Value.Start))
        {
            if (register.Kind == RegisterKind.Tile)
            {
                if (register.Id >= TileShape.Tiles) throw new InvalidOperationException($"kernel {kernel.Name}: {register} at operation {start} is no tile, there are {TileShape.Tiles}. The generator is wrong.");
                assigned[register] = register.Id;
                continue;
            }
            // One that is read for the last time by the operation that first writes another makes room for it.
            foreach ((int _, VReg over) in live.Where(l => l.End <= start))
                Release(free[(int)over.Kind], over.Kind == RegisterKind.Scalar ? scalars : vectors, assigned[over]);
            live.RemoveAll(l => l.End <= start);
            List<int> pool = free[(int)register.Kind];
            if (pool.Count == 0)
            {
                throw new InvalidOperationException($"kernel {kernel.Name}: {live.Count(l => l.Register.Kind == register.Kind) + 1} {register.Kind} registers are live at operation {start} " +
                    $"({kernel.Code[Math.Max(start, 0)]}); {kernel.Set.Name()} has {(register.Kind == RegisterKind.Scalar ? scalars : vectors).Count}. Make the generator's tile smaller.");
            }
            assigned[register] = pool[0];
            pool.RemoveAt(0);
            live.Add((end, register));
        }
        return new(assigned);
    }

    private static void Release(List<int> pool, IReadOnlyList<int> order, int register)
    {
        int rank = Rank(order, register), at = 0;
        while (at < pool.Count && Rank(order, pool[at]) < rank) at++;
        pool.Insert(at, register);
    }

    private static int Rank(IReadOnlyList<int> order, int register)
    {
        for (int i = 0; i < order.Count; i++)
            if (order[i] == register) return i;
        return order.Count;
    }

    // From the first write to the last read; what is written before a loop and read in it lives to its end.
    private static Dictionary<VReg, (int Start, int End)> Intervals(KernelIr kernel)
    {
        Dictionary<VReg, (int Start, int End)> intervals = new() { [KernelIr.Argument] = (-1, -1) };
        Stack<int> open = new();
        List<(int Start, int End)> loops = [];
        for (int i = 0; i < kernel.Code.Count; i++)
        {
            IrInstruction op = kernel.Code[i];
            foreach (VReg used in IrTable.Uses(op))
            {
                if (!intervals.TryGetValue(used, out (int Start, int End) interval))
                    throw new InvalidOperationException($"kernel {kernel.Name}: operation {i} ({op}) reads {used}, which was never written. The generator is wrong.");
                intervals[used] = (interval.Start, i);
            }
            if (IrTable.Of(op.Op).Writes) intervals[op.Dst] = (intervals.TryGetValue(op.Dst, out (int Start, int End) known) ? known.Start : i, i);
            if (IrTable.OpensLoop(op.Op)) open.Push(i);
            if (op.Op == IrOp.EndLoop) loops.Add((open.Pop(), i));
        }
        foreach ((int start, int end) in loops)      // inner ones first
        {
            foreach (VReg register in intervals.Keys.ToArray())
            {
                (int from, int to) = intervals[register];
                if ((from < start && to > start && to < end) || (kernel.Code[start].Op == IrOp.Loop && kernel.Code[start].Dst == register)) intervals[register] = (from, Math.Max(to, end));
            }
        }
        return intervals;
    }
}
