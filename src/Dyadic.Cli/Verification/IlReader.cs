using System.Buffers.Binary;
using System.Reflection;
using System.Reflection.Emit;

namespace Dyadic.Cli.Verification;

/// <summary>One IL instruction with what its operand refers to.</summary>
internal readonly record struct IlInstruction(OpCode OpCode, MethodBase? Method, FieldInfo? Field, Type? Type, Type? Constraint)
{
    private static readonly HashSet<short> FloatOpCodes = [.. new[]
    {
        OpCodes.Ldc_R4, OpCodes.Ldc_R8, OpCodes.Conv_R4, OpCodes.Conv_R8, OpCodes.Conv_R_Un, OpCodes.Ldind_R4, OpCodes.Ldind_R8, OpCodes.Stind_R4,
        OpCodes.Stind_R8, OpCodes.Ldelem_R4, OpCodes.Ldelem_R8, OpCodes.Stelem_R4, OpCodes.Stelem_R8, OpCodes.Ckfinite,
    }.Select(o => o.Value)];

    /// <summary>True for the opcodes that make, convert, load or store floating-point numbers.</summary>
    public bool IsFloat => FloatOpCodes.Contains(OpCode.Value);
}

/// <summary>Decodes method bodies (ECMA-335, partition III).</summary>
internal static class IlReader
{
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(f => (OpCode)f.GetValue(null)!).ToDictionary(o => o.Value);

    public static IEnumerable<IlInstruction> Read(MethodBase method, MethodBody body)
    {
        byte[] il = body.GetILAsByteArray() ?? [];
        Type[]? typeArguments = method.DeclaringType is { IsGenericType: true } declaring ? declaring.GetGenericArguments() : null;
        Type[]? methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        Type? constraint = null;
        for (int at = 0; at < il.Length;)
        {
            short value = il[at] == 0xFE ? unchecked((short)(0xFE00 | il[at + 1])) : il[at];
            OpCode code = Codes[value];
            at += code.Size;
            int operand = at;
            at += OperandSize(code, il, operand);
            int token = code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok
                ? BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(operand)) : 0;
            MemberInfo? member = token == 0 ? null : method.Module.ResolveMember(token, typeArguments, methodArguments);
            if (code == OpCodes.Constrained)
            {
                constraint = (Type)member!;
                continue;
            }
            yield return new(code, member as MethodBase, member as FieldInfo, member as Type, constraint);
            constraint = null;
        }
    }

    private static int OperandSize(OpCode code, byte[] il, int at) => code.OperandType switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BinaryPrimitives.ReadInt32LittleEndian(il.AsSpan(at))),
        _ => 4,
    };
}
