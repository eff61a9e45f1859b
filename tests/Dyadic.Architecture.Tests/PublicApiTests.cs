using System.Reflection;
using Dyadic.Testing;

namespace Dyadic.Architecture.Tests;

/// <summary>The public members of each library, so that a review sees what a change does to its users.</summary>
public class PublicApiTests
{
    public static TheoryData<string> Libraries => [.. Layers.Libraries];

    [Theory, MemberData(nameof(Libraries))]
    public void The_public_members_are_those_of_the_golden_listing(string library) =>
        Golden.Check($"api/{library}.txt", ApiListing.Of(Assembly.Load(library)));
}
