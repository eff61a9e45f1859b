using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Dyadic.Guards;

/// <summary>Takes one guard out of an assembly's file: its throw becomes a pop, and the code behind it goes on; a call of a helper that throws becomes pops of its arguments.</summary>
internal static class GuardPatch
{
    private const byte Pop = 0x26, Throw = 0x7A, Call = 0x28;
    private const int CallBytes = 5;

    private static readonly Dictionary<int, OpCode> s_codes = typeof(OpCodes).GetFields().Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => (int)(ushort)c.Value);

    /// <summary>The bytes of the assembly without the guard, or null where none was found.</summary>
    public static byte[]? Without(byte[] assembly, ThrowSite site)
    {
        using PEReader reader = new(new MemoryStream(assembly));
        MetadataReader metadata = reader.GetMetadataReader();
        MethodDefinition method = metadata.GetMethodDefinition((MethodDefinitionHandle)MetadataTokens.Handle(site.Token));
        byte[] il = reader.GetMethodBody(method.RelativeVirtualAddress).GetILBytes()!;
        List<(int At, OpCode Code)> code = [.. Decode(il)];
        int found = code.FindIndex(i => i.At >= site.Offset && (site.Helper == "-" ? i.Code == OpCodes.Throw : IsHelper(i)));
        if (found < 0) return null;
        byte[] patched = [.. assembly];
        Span<byte> at = patched.AsSpan(Start(reader, method.RelativeVirtualAddress) + code[found].At);
        if (site.Helper == "-") at[0] = at[0] == Throw ? Pop : throw new InvalidOperationException($"{site}: no throw there.");
        else
        {
            if (at[0] != Call) throw new InvalidOperationException($"{site}: no call there.");
            at[..CallBytes].Clear();      // no operations
            at[..(site.Helper[^1] - '0')].Fill(Pop);
        }
        return patched;

        bool IsHelper((int At, OpCode Code) i) => i.Code == OpCodes.Call && site.Helper.StartsWith(NameOf(metadata, BitConverter.ToInt32(il, i.At + 1)) + "/", StringComparison.Ordinal);
    }

    // Type and name of the method that is called.
    private static string NameOf(MetadataReader metadata, int token)
    {
        EntityHandle handle = MetadataTokens.EntityHandle(token);
        switch (handle.Kind)
        {
            case HandleKind.MemberReference when metadata.GetMemberReference((MemberReferenceHandle)handle) is { Parent.Kind: HandleKind.TypeReference } reference:
                return $"{metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)reference.Parent).Name)}.{metadata.GetString(reference.Name)}";
            case HandleKind.MethodDefinition:
                MethodDefinition definition = metadata.GetMethodDefinition((MethodDefinitionHandle)handle);
                return $"{metadata.GetString(metadata.GetTypeDefinition(definition.GetDeclaringType()).Name)}.{metadata.GetString(definition.Name)}";
            default:
                return "";
        }
    }

    // Where the code of a method begins in the file: behind a header of one byte, or of twelve.
    private static int Start(PEReader reader, int rva)
    {
        SectionHeader section = reader.PEHeaders.SectionHeaders[reader.PEHeaders.GetContainingSectionIndex(rva)];
        int at = rva - section.VirtualAddress + section.PointerToRawData;
        return at + ((reader.GetEntireImage().GetContent(at, 1)[0] & 3) == 2 ? 1 : 12);
    }

    private static IEnumerable<(int At, OpCode Code)> Decode(byte[] il)
    {
        for (int at = 0; at < il.Length;)
        {
            int value = il[at] == 0xFE ? 0xFE00 | il[at + 1] : il[at];
            OpCode code = s_codes[value];
            yield return (at, code);
            at += code.Size;
            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }
}
