using System.Reflection;
using System.Reflection.Emit;
using Dyadic.Kernels;
using Dyadic.Runtime.Steps;
using Dyadic.Runtime.Steps.Integer;

namespace Dyadic.Cli.Verification;

/// <summary>What the scan of a step's code found.</summary>
/// <param name="Methods">Methods of Dyadic whose IL was read.</param>
/// <param name="External">Platform methods that they call, all on the list of integer-only ones.</param>
/// <param name="Violations">Every trace of floating point: "method: what".</param>
internal sealed record IntegerProofResult(IReadOnlyList<string> Methods, IReadOnlyList<string> External, IReadOnlyList<string> Violations);

/// <summary>
/// Reads the IL of everything that integer steps can execute: their Run, and all methods of Dyadic that can be reached from it, through
/// generics, interfaces, delegates and overrides. It finds no floating-point opcode, and no parameter, result, local, field or generic
/// argument of a floating-point type; calls that leave Dyadic must go to platform types on a short list.
/// </summary>
internal sealed class IntegerProof
{
    // Function pointers are called here only: of a loop's body, which is read where it is taken, of managed tiles, which are read by themselves, and of
    // generated kernels, which are disassembled.
    private static readonly HashSet<string> KnownPointers = ["ParallelJob", "PackedOperands", "GeneratedKernel"];

    private readonly Queue<MethodBase> _pending = new();
    private readonly HashSet<string> _seen = [];
    private readonly SortedSet<string> _methods = new(StringComparer.Ordinal), _external = new(StringComparer.Ordinal), _violations = new(StringComparer.Ordinal);
    private readonly Lazy<Type[]> _types = new(() => [.. AppDomain.CurrentDomain.GetAssemblies().Where(IsOurs).SelectMany(a => a.GetTypes())]);

    /// <summary>Scans the code of the given steps. A step that is no <see cref="IntStep"/> is a violation by itself.</summary>
    public static IntegerProofResult Of(IEnumerable<Step> steps)
    {
        IntegerProof proof = new();
        foreach (Type type in steps.Select(s => s.GetType()).Distinct())
        {
            if (!type.IsSubclassOf(typeof(IntStep))) proof._violations.Add($"{type.Name}: it is a floating-point step");
            else proof.Enqueue(type.GetMethod(nameof(Step.Run))!);
        }
        foreach (MethodInfo tile in IntegerContraction.ManagedTiles) proof.Enqueue(tile);
        return proof.Finish();
    }

    /// <summary>Scans single methods and what they reach.</summary>
    public static IntegerProofResult Of(params ReadOnlySpan<MethodBase> roots)
    {
        IntegerProof proof = new();
        foreach (MethodBase root in roots) proof.Enqueue(root);
        return proof.Finish();
    }

    private IntegerProofResult Finish()
    {
        while (_pending.TryDequeue(out MethodBase? method)) Scan(method);
        return new([.. _methods], [.. _external], [.. _violations]);
    }

    private void Scan(MethodBase method)
    {
        string name = MethodNames.Of(method);
        if (FloatTypes.InSignature(method) is { } why) Report(name, why);
        if (method.GetMethodBody() is not { } body) return;
        _methods.Add(name);
        foreach (LocalVariableInfo local in body.LocalVariables)
        {
            if (FloatTypes.Contains(local.LocalType)) Report(name, $"local {local.LocalIndex} of type {local.LocalType.Name}");
        }
        foreach (IlInstruction instruction in IlReader.Read(method, body))
        {
            if (instruction.IsFloat) Report(name, $"opcode {instruction.OpCode.Name}");
            if (instruction.Field is { } field && FloatTypes.Contains(field.FieldType)) Report(name, $"field {field.DeclaringType?.Name}.{field.Name} of type {field.FieldType.Name}");
            if (instruction.Type is { } type && FloatTypes.Contains(type)) Report(name, $"type {type.Name}");
            if (instruction.OpCode == OpCodes.Calli && !KnownPointers.Contains(method.DeclaringType!.Name)) Report(name, "call through a function pointer whose target is not known");
            if (instruction.Method is { } callee) Follow(name, callee, instruction.Constraint);
        }
    }

    private void Follow(string caller, MethodBase callee, Type? constraint)
    {
        if (constraint is not null) callee = Implementations.OnType(callee, constraint) ?? callee;
        if (callee.DeclaringType is null || !IsOurs(callee.DeclaringType.Assembly))
        {
            if (FloatTypes.InSignature(callee) is { } why) Report(caller, $"call of {MethodNames.Of(callee)} with {why}");
            else if (!PlatformAllowList.Allows(callee)) Report(caller, $"call of {MethodNames.Of(callee)}, which is not known to be integer-only");
            else _external.Add(MethodNames.Of(callee));
            return;
        }
        Enqueue(callee);
        if (callee.IsVirtual && callee is MethodInfo slot)
        {
            foreach (MethodBase implementation in Implementations.Of(slot, _types.Value)) Enqueue(implementation);
        }
    }

    private void Enqueue(MethodBase method)
    {
        string key = $"{method.Module.ModuleVersionId}/{method.MetadataToken}/{MethodNames.Of(method)}";
        if (_seen.Add(key)) _pending.Enqueue(method);
    }

    private void Report(string method, string what) => _violations.Add($"{method}: {what}");

    private static bool IsOurs(Assembly assembly) => assembly.GetName().Name is { } name && (name == "dyadic" || name.StartsWith("Dyadic.", StringComparison.Ordinal));
}
