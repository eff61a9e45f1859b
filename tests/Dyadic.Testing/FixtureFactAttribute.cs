using Xunit;

namespace Dyadic.Testing;

/// <summary>A fact that is skipped, loudly and with the command that installs them, where fixtures are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FixtureFactAttribute : FactAttribute
{
    public FixtureFactAttribute(params Fixture[] fixtures) => Skip = Fixtures.Missing(fixtures);
}

/// <summary>A theory that is skipped, loudly and with the command that installs them, where fixtures are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FixtureTheoryAttribute : TheoryAttribute
{
    public FixtureTheoryAttribute(params Fixture[] fixtures) => Skip = Fixtures.Missing(fixtures);
}
