using System.Collections;
using System.Reflection;
using Dyadic.Ir;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Architecture.Tests;

/// <summary>What every op record must have.</summary>
public class OpTests
{
    private static readonly Type[] Ops = [.. typeof(Op).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Op)) && !t.IsAbstract)];

    [Fact]
    public void Every_op_has_a_row_in_OpCases()
    {
        Assert.NotEmpty(Ops);
        string[] without = [.. Ops.Where(HasKnownSizes).Except(OpCases.All.Select(c => c.Op.GetType())).Select(t => t.Name).Order(StringComparer.Ordinal)];
        Assert.True(without.Length == 0, $"No row in tests/Dyadic.Testing/OpCases for {string.Join(", ", without)}. Add one.");
    }

    // What depends on data has no step, no gradient of its own and no sizes that can be inferred: such ops have tests of their own.
    private static bool HasKnownSizes(Type op) => !op.IsAssignableTo(typeof(CountingOp)) && !op.IsAssignableTo(typeof(DataDrivenOp));

    [Fact]
    public void Every_op_is_sealed_and_lives_in_Ops_or_with_the_graphs_that_it_runs() =>
        Assert.Empty(Ops.Where(t => !t.IsSealed || t.Namespace != (t.IsAssignableTo(typeof(ControlFlowOp)) ? "Dyadic.Ir" : "Dyadic.Ops")).Select(t => t.FullName));

    [Fact]
    public void Every_op_record_equals_its_copy() => Assert.All(OpCases.All, c => Assert.Equal(c.Op, c.Op with { }));

    // Two arrays of the same values are not equal, so records that hold them would never be.
    [Fact]
    public void Attributes_of_ops_compare_by_value() =>
        Assert.Empty(Ops.SelectMany(t => t.GetFields(BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public))
            .Where(f => !f.FieldType.IsValueType && f.FieldType.IsAssignableTo(typeof(IEnumerable)) && !ComparesByValue(f.FieldType))
            .Select(f => $"{f.DeclaringType!.Name}.{f.Name} is {f.FieldType.Name}; use Dims or Shape"));

    private static bool ComparesByValue(Type t) => t.GetInterfaces().Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEquatable<>));
}
