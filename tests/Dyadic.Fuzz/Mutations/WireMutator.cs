using Dyadic.Numerics;

namespace Dyadic.Fuzz.Mutations;

/// <summary>Changes that keep a protobuf message a message: numbers, names, order, repetition and nesting of its fields, and fields of other files.</summary>
/// <param name="words">Texts of which one may stand for another: names of operators.</param>
internal sealed class WireMutator(string[] words)
{
    private const int MostFields = 4096, ManyCopies = 64;
    private readonly HashSet<string> _words = [.. words];

    /// <summary>One change in half of all cases, else two to five; in one of eight cases a change of bytes follows.</summary>
    /// <param name="file">The message.</param>
    /// <param name="donor">Another one, whose fields may come in.</param>
    /// <param name="rng">Decides.</param>
    public byte[] Mutate(byte[] file, byte[] donor, Rng rng)
    {
        if (WireNode.Parse(file) is not { Count: > 0 } root) return ByteMutator.Mutate(file, rng);
        List<WireNode>? other = WireNode.Parse(donor);
        for (int n = rng.NextInt(2) == 0 ? 1 : 2 + rng.NextInt(4); n > 0; n--) Change(root, other ?? root, rng);
        using MemoryStream stream = new();
        WireNode.Write(root, stream);
        List<byte> bytes = [.. stream.ToArray()];
        if (rng.NextInt(8) == 0) ByteMutator.Change(bytes, rng);
        return [.. bytes];
    }

    private void Change(List<WireNode> root, List<WireNode> donor, Rng rng)
    {
        List<(List<WireNode> Of, int At)> all = [];
        Collect(root, all);
        if (all.Count is 0 or > MostFields) return;
        switch (rng.NextInt(12))
        {
            case 0 or 1: ChangeNumber(all, rng); break;
            case 2: Any(all, rng, _ => true, (of, at) => of.RemoveAt(at)); break;
            case 3: Any(all, rng, _ => true, (of, at) => Copy(of, at, rng)); break;
            case 4: Any(all, rng, _ => true, (of, at) => { int to = rng.NextInt(of.Count); (of[at], of[to]) = (of[to], of[at]); }); break;
            case 5: Donate(all, donor, rng); break;
            case 6: Rename(all, rng); break;
            case 7: Any(all, rng, n => n.Kind == 2 && n.Fields is null, (of, at) => { List<byte> bytes = [.. of[at].Bytes]; ByteMutator.Change(bytes, rng); of[at].Bytes = [.. bytes]; }); break;
            case 8: Any(all, rng, n => n.Fields is { Count: > 0 }, (of, at) => of[at].Fields!.Add(of[at].Clone())); break;
            case 9: Any(all, rng, IsWord, (of, at) => of[at].Bytes = Bytes(words[rng.NextInt(words.Length)])); break;
            case 10: Any(all, rng, n => n.Kind == 2 && n.Fields is null, (of, at) => ChangePacked(of[at], rng)); break;
            default: Any(all, rng, n => n.Kind is 1 or 5, (of, at) => of[at].Value = BitConverter.SingleToUInt32Bits(Interesting.Real(rng))); break;
        }
    }

    private static void Collect(List<WireNode> fields, List<(List<WireNode>, int)> all)
    {
        for (int i = 0; i < fields.Count; i++)
        {
            all.Add((fields, i));
            if (fields[i].Fields is { } inner) Collect(inner, all);
        }
    }

    private static void Any(List<(List<WireNode> Of, int At)> all, Rng rng, Func<WireNode, bool> fits, Action<List<WireNode>, int> change)
    {
        List<(List<WireNode> Of, int At)> some = all.FindAll(p => fits(p.Of[p.At]));
        if (some.Count == 0) return;
        (List<WireNode> of, int at) = some[rng.NextInt(some.Count)];
        change(of, at);
    }

    private static void ChangeNumber(List<(List<WireNode> Of, int At)> all, Rng rng) =>
        Any(all, rng, n => n.Kind == 0, (of, at) => of[at].Value = (ulong)Interesting.Integer(rng, (long)of[at].Value));

    private static void Copy(List<WireNode> of, int at, Rng rng)
    {
        int copies = rng.NextInt(16) == 0 ? ManyCopies : 1 + rng.NextInt(3);
        for (int i = 0; i < copies; i++) of.Insert(rng.NextInt(of.Count + 1), of[at].Clone());
    }

    // A field of another file, of the same number and kind, in the place of one or beside it.
    private static void Donate(List<(List<WireNode> Of, int At)> all, List<WireNode> donor, Rng rng)
    {
        List<(List<WireNode> Of, int At)> foreign = [];
        Collect(donor, foreign);
        Any(all, rng, _ => true, (of, at) => Any(foreign, rng, f => f.Number == of[at].Number && f.Kind == of[at].Kind, (from, i) =>
        {
            if (rng.NextInt(2) == 0) of[at] = from[i].Clone();
            else of.Insert(at, from[i].Clone());
        }));
    }

    // One text becomes another of the file: values are read where they do not exist yet, defined twice, or by nobody.
    private static void Rename(List<(List<WireNode> Of, int At)> all, Rng rng) =>
        Any(all, rng, IsText, (of, at) => Any(all, rng, IsText, (from, i) => of[at].Bytes = [.. from[i].Bytes]));

    private static void ChangePacked(WireNode node, Rng rng)
    {
        if (WireNode.Unpack(node.Bytes) is not { Count: > 0 } numbers) return;
        int at = rng.NextInt(numbers.Count);
        if (rng.NextInt(4) == 0) numbers.Insert(at, numbers[at]);
        else numbers[at] = (ulong)Interesting.Integer(rng, (long)numbers[at]);
        node.Bytes = WireNode.Pack(numbers);
    }

    private bool IsWord(WireNode node) => IsText(node) && _words.Contains(System.Text.Encoding.UTF8.GetString(node.Bytes));

    private static bool IsText(WireNode node) => node is { Kind: 2, Fields: null } && Array.TrueForAll(node.Bytes, b => b is >= 0x20 and < 0x7F);

    private static byte[] Bytes(string word) => System.Text.Encoding.UTF8.GetBytes(word);
}
