using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Ops;
using Dyadic.Testing;

namespace Dyadic.Core.Tests.Ir.Text;

public sealed class OpFormTests
{
    [Fact]
    public void Every_op_has_a_form()
    {
        IEnumerable<Type> ops = typeof(Op).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Op)) && !t.IsAbstract);
        Assert.Equal(ops.Select(t => t.Name).Order(StringComparer.Ordinal), OpForms.All.Select(f => f.Name).Order(StringComparer.Ordinal));
    }

    // What a text could not say would be lost.
    [Fact]
    public void Every_attribute_has_a_text() => Assert.All(OpForms.All.SelectMany(f => f.Attributes), a => Assert.True(HasText(a.Type), $"{a.Name}: {a.Type}"));

    [Fact]
    public void Every_property_of_an_op_that_can_be_set_is_an_attribute() => Assert.All(OpForms.All, f => Assert.Equal(
        f.Type.GetProperties().Where(p => p.SetMethod is not null).Select(p => p.Name).Order(StringComparer.Ordinal), f.Attributes.Select(a => a.Name).Order(StringComparer.Ordinal)));

    [Fact]
    public void Every_row_is_read_as_the_same_op()
    {
        foreach (OpCase row in OpCases.All)
        {
            Tensor[] inputs = row.Inputs(new Rng(5));
            GraphBuilder b = new("row");
            Value[] values = [.. inputs.Select((t, i) => b.Input($"x{i}", t.TensorType))];
            foreach (Value y in b.AddNode("op", row.Op, values, null).Outputs) b.Output(y);
            Graph graph = b.Build(), back = TextRoundTrip.Of(graph);
            Assert.Equal(row.Op, back.Nodes[0].Op);
            Assert.Equal(graph.ToText(), back.ToText());
        }
    }

    [Fact]
    public void An_op_of_one_s_own_needs_its_form()
    {
        GraphBuilder b = new("own");
        b.Output(b.Add("y", new Scaled(3, null), b.Input("x", new(DType.Float32, [2]))));
        Graph graph = b.Build();
        Assert.Contains("expected an op, found 'Scaled'", Assert.Throws<GraphTextException>(() => Graph.Parse(graph.ToText())).Message);
        GraphTextOptions options = new() { Ops = [OpForm.Of<Scaled>()] };
        string text = graph.ToText(options);
        Assert.Contains("Scaled(%x) { By = 3, Note = none }", text);
        Graph back = Graph.Parse(text, options);
        Assert.Equal(graph.Nodes[0].Op, back.Nodes[0].Op);
        Assert.Equal(text, back.ToText(options));
    }

    public sealed record Scaled(int By, long? Note) : UnaryOp
    {
        public override Runtime.Steps.Step Lower(ReadOnlySpan<TensorType> inputs) => throw new NotSupportedException();

        protected override Tensor Gradient(Tensor x, Tensor y, Tensor dy) => By * dy;
    }

    private static bool HasText(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        Type[] plain = [typeof(int), typeof(long), typeof(ulong), typeof(float), typeof(double), typeof(bool), typeof(string), typeof(Texts), typeof(Dims), typeof(Shape), typeof(DType), typeof(Graph)];
        return plain.Contains(type) || type.IsEnum || OpForms.Find(type, []) is { } form && form.Attributes.All(a => HasText(a.Type));
    }
}
