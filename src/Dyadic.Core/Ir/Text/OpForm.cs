using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Dyadic.Ir;

/// <summary>A record as text: its name, and the parameters of its primary constructor, which are its attributes.</summary>
/// <remarks>The one place that looks at members of ops at run time: the type argument of <see cref="Of"/> keeps them when an application is trimmed.</remarks>
public sealed class OpForm
{
    internal const DynamicallyAccessedMemberTypes Kept = DynamicallyAccessedMemberTypes.PublicConstructors | DynamicallyAccessedMemberTypes.PublicProperties;

    [DynamicallyAccessedMembers(Kept)] private readonly Type _type;
    private readonly Lazy<ConstructorInfo> _constructor;
    private readonly Lazy<Attribute[]> _attributes;

    private OpForm([DynamicallyAccessedMembers(Kept)] Type type)
    {
        _type = type;
        _constructor = new(FindConstructor);
        _attributes = new(FindAttributes);
    }

    /// <summary>The name of the record, which stands in the text.</summary>
    public string Name => _type.Name;

    /// <summary>The record.</summary>
    internal Type Type => _type;

    /// <summary>The attributes, in the order of the constructor.</summary>
    internal IReadOnlyList<Attribute> Attributes => _attributes.Value;

    /// <summary>The form of an op: a record with one public constructor, each of whose parameters has a property of its name.</summary>
    /// <typeparam name="T">The op.</typeparam>
    public static OpForm Of<[DynamicallyAccessedMembers(Kept)] T>() where T : Op => new(typeof(T));

    /// <summary>The form of a value that an attribute holds.</summary>
    internal static OpForm OfValue<[DynamicallyAccessedMembers(Kept)] T>() where T : struct => new(typeof(T));

    /// <summary>The record with these attributes.</summary>
    internal object Create(object?[] values) => _constructor.Value.Invoke(BindingFlags.DoNotWrapExceptions, null, values, null);

    private ConstructorInfo FindConstructor()
    {
        ConstructorInfo[] all = _type.GetConstructors();
        return all.Length == 1 ? all[0] : throw new NotSupportedException($"{_type.Name} has {all.Length} public constructors; the text of a graph needs a record with one.");
    }

    private Attribute[] FindAttributes() => [.. _constructor.Value.GetParameters().Select(p => new Attribute(
        p.Name!, p.ParameterType, p.HasDefaultValue, p.HasDefaultValue ? p.DefaultValue : null,
        _type.GetProperty(p.Name!) ?? throw new NotSupportedException($"{_type.Name} has no property '{p.Name}' for the parameter of its constructor.")))];

    /// <summary>One attribute.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Type">Its type.</param>
    /// <param name="IsOptional">Whether it has a default.</param>
    /// <param name="Default">The default; null stands for that of a value.</param>
    /// <param name="Property">What reads it.</param>
    internal sealed record Attribute(string Name, Type Type, bool IsOptional, object? Default, PropertyInfo Property);
}
