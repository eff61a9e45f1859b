using Dyadic.Ir;
using Dyadic.Numerics;
using Dyadic.Onnx.Wire;
using Dyadic.Ops;
using Google.Protobuf;

namespace Dyadic.Onnx.Tests;

public class OnnxModelTests
{
    // y = DQ(Q(x)), x [N, 3], with one scale for each column.
    internal static Graph Quantised()
    {
        GraphBuilder b = new("quantised");
        Value x = b.Input("x", new(DType.Float32, [Dim.Symbol("N"), 3]));
        Value scale = b.Constant("scale", Dyadic.Tensor.Vector(0.5f, 0.25f, 2f)), zero = b.Constant("zero", Dyadic.Tensor.Vector<sbyte>(0, 1, -2));
        Value q = b.Add("q", new QuantizeLinear(-1), x, scale, zero);
        b.Output(b.Add("y", new DequantizeLinear(1), q, scale, zero));
        b.Metadata("classes", "a,b");
        return b.Build();
    }

    private static ModelProto Proto(Graph graph, int opset = 17) => ModelProto.Parser.ParseFrom(OnnxModel.ToBytes(graph, new() { Opset = opset }));

    private static OnnxException Refused(ModelProto proto, OnnxImportOptions? options = null) =>
        Assert.Throws<OnnxException>(() => OnnxModel.Import(proto.ToByteArray(), options, "m.onnx"));

    [Fact]
    public void A_graph_survives_export_and_import()
    {
        Graph graph = Quantised();
        OnnxModel model = OnnxModel.Import(OnnxModel.ToBytes(graph, new() { Opset = 13, Metadata = new Dictionary<string, string> { ["b"] = "2" } }));
        Assert.Equal((13, 7, "dyadic"), (model.Opset, model.IrVersion, model.ProducerName));
        Assert.Equal(graph.TextHash(), model.Graph.TextHash());
        Assert.Equal("a,b", model.Graph.Metadata["classes"]);
        Assert.Equal("2", model.Graph.Metadata["b"]);
        Dictionary<string, Tensor> x = new() { ["x"] = Dyadic.Tensor.From([0.3f, 7f, -5f, 100f, -100f, 0f], Shape.Of(2, 3)) };
        Assert.Equal(graph.Run(x)["y"].ToArray<float>(), model.Graph.Run(x)["y"].ToArray<float>());
    }

    [Fact]
    public void The_same_graph_gives_the_same_bytes() => Assert.Equal(OnnxModel.ToBytes(Quantised()), OnnxModel.ToBytes(Quantised()));

    [Fact]
    public void A_file_says_the_hash_of_the_graph_that_is_read_from_it()
    {
        byte[] bytes = OnnxModel.ToBytes(Quantised());
        OnnxModel model = OnnxModel.Import(bytes);
        Assert.Equal(Quantised().TextHash(), model.Hash);
        Assert.Equal(model.Hash, model.Graph.TextHash());
        Assert.DoesNotContain(OnnxModel.HashKey, model.Graph.Metadata.Keys);
        Assert.Equal(bytes, OnnxModel.ToBytes(model.Graph));
        Assert.Null(OnnxModel.Import(OnnxModel.ToBytes(Quantised(), new() { WithHash = false })).Hash);

        ModelProto changed = ModelProto.Parser.ParseFrom(bytes);
        TensorProto scale = changed.Graph.Initializer.Single(t => t.Name == "scale");
        scale.RawData = ByteString.CopyFrom([.. scale.RawData.Take(scale.RawData.Length - 1), 1]);
        OnnxModel other = OnnxModel.Import(changed.ToByteArray());
        Assert.Equal(model.Hash, other.Hash);
        Assert.NotEqual(other.Hash, other.Graph.TextHash());
        Assert.Equal(other.Graph.TextHash(), OnnxModel.Import(OnnxModel.ToBytes(other.Graph)).Hash);       // what is written again says its own
    }

    // Of graphs, too, that an import gives back in other words.
    [Fact]
    public void The_hash_fits_whatever_becomes_of_a_graph_in_a_file()
    {
        GraphBuilder b = new("codes");
        b.Output(b.Add("y", new DequantizeLinear(0), b.Input("x", new(DType.Int8, [2])), b.Constant("scale", Dyadic.Tensor.Scalar(0.5)), b.Constant("zero", Dyadic.Tensor.Scalar(0, DType.Int8))));
        b.Metadata(OnnxModel.HashKey, "stale");
        foreach (int opset in (int[])[13, 17, 21])
        {
            OnnxModel model = OnnxModel.Import(OnnxModel.ToBytes(b.Build(), new() { Opset = opset, Metadata = new Dictionary<string, string> { [OnnxModel.HashKey] = "stale" } }));
            Assert.Equal(model.Graph.TextHash(), model.Hash);
        }
        OnnxModel network = OnnxModel.Import(OnnxModel.ToBytes(Samples.Network()));
        Assert.Equal(network.Graph.TextHash(), network.Hash);
    }

    [Fact]
    public void A_file_is_written_whole_or_not_at_all()
    {
        string folder = Directory.CreateTempSubdirectory("dyadic").FullName, path = Path.Combine(folder, "m.onnx");
        OnnxModel.Export(Quantised(), path);
        OnnxModel.Export(Quantised(), path);
        Assert.Equal(Quantised().ToString(), OnnxModel.Import(path).Graph.ToString());
        Assert.Throws<OnnxException>(() => OnnxModel.Export(Unknown(), path));
        Assert.Equal([path], Directory.GetFiles(folder));
        Assert.Equal(OnnxModel.ToBytes(Quantised()), File.ReadAllBytes(path));
        Directory.Delete(folder, true);
    }

    [Fact]
    public void An_op_without_an_operator_is_refused_by_name()
    {
        OnnxException e = Assert.Throws<OnnxException>(() => OnnxModel.ToBytes(Unknown()));
        Assert.Contains("'strange' Strange (opset 17, no operator of ONNX)", e.Message);
    }

    [Fact]
    public void Every_problem_is_listed_once_with_node_operator_and_opset()
    {
        ModelProto proto = Proto(Quantised());
        NodeProto unknown = new() { Name = "enc/Step", OpType = "NoSuchOperator" }, after = new() { Name = "after", OpType = "QuantizeLinear" };
        unknown.Input.Add("x");
        unknown.Output.Add("g");
        after.Input.Add(["g", "scale", "zero"]);
        after.Output.Add("h");
        NodeProto odd = proto.Graph.Node[0].Clone();
        (odd.Name, odd.Output[0]) = ("odd", "o");
        odd.Attribute.Add(new AttributeProto { Name = "colour", I = 1, Type = AttributeProto.Types.AttributeType.Int });
        proto.Graph.Node.Add([unknown, after, odd]);
        proto.Graph.Initializer.Add(new TensorProto { Name = "text", DataType = 8 });
        OnnxException e = Refused(proto);
        Assert.Equal(["text", "enc/Step", "odd"], e.Problems.Select(p => p.Node));
        Assert.Contains("onnx: m.onnx: 3 nodes cannot be imported:", e.Message);
        Assert.Contains("'enc/Step' NoSuchOperator (opset 17, no rule)", e.Message);
        Assert.Contains("attribute 'colour' is unknown", e.Message);
        Assert.EndsWith("See docs/onnx.md.", e.Message);
    }

    [Fact]
    public void A_shape_that_does_not_fit_names_the_node()
    {
        ModelProto proto = Proto(Quantised());
        proto.Graph.Input[0].Type.TensorType.Shape.Dim[1].DimValue = 4;
        OnnxException e = Refused(proto);
        Assert.Equal("q", Assert.Single(e.Problems).Node);
        Assert.Contains("3 scales for axis 1 of [N, 4]", e.Message);

        proto = Proto(Quantised());
        proto.Graph.Output[0].Type.TensorType.Shape.Dim[1].DimValue = 7;
        Assert.Contains("'y' is declared [N, 7], but float32[N, 3] is computed", Refused(proto).Message);
    }

    [Fact]
    public void Unnamed_dimensions_get_names_and_options_bind_them()
    {
        ModelProto proto = Proto(Quantised());
        proto.Graph.Input[0].Type.TensorType.Shape.Dim[0].ClearValue();
        Assert.Equal("[batch, 3]", OnnxModel.Import(proto.ToByteArray(), new() { BatchName = "batch" }).Graph.Inputs[0].Shape.ToString());
        Assert.Equal("[5, 3]", OnnxModel.Import(proto.ToByteArray(), new() { Sizes = new Dictionary<string, int> { ["N"] = 5 } }).Graph.Inputs[0].Shape.ToString());
    }

    [Fact]
    public void Versions_that_are_not_supported_are_named()
    {
        ModelProto proto = Proto(Quantised());
        proto.OpsetImport[0].Version = 99;
        Assert.Contains("opset 99 is not supported", Refused(proto).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new OnnxExportOptions { Opset = 12 });
    }

    [Fact]
    public void External_data_that_share_bytes_become_tensors_of_their_own()
    {
        string folder = Directory.CreateTempSubdirectory("dyadic").FullName, path = Path.Combine(folder, "m.onnx");
        ModelProto proto = Proto(Samples.TwoMatrices(16));
        File.WriteAllBytes(Path.Combine(folder, "w.bin"), proto.Graph.Initializer[0].RawData.ToByteArray());
        foreach (TensorProto weight in proto.Graph.Initializer)
        {
            weight.ClearRawData();
            weight.DataLocation = TensorProto.Types.DataLocation.External;
            weight.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "w.bin" });
        }
        File.WriteAllBytes(path, proto.ToByteArray());
        Graph graph = OnnxModel.Import(path, new() { AllowExternalData = true }).Graph;
        Directory.Delete(folder, true);
        Tensor[] weights = [.. graph.Nodes.Select(n => n.Inputs[1].Constant!)];
        weights[0].AsSpan<float>().Clear();
        Assert.All(weights[0].ToArray<float>(), w => Assert.Equal(0, w));
        Assert.All(weights[1].ToArray<float>(), w => Assert.NotEqual(0, w));
    }

    [Fact]
    public void External_data_need_permission_and_stay_in_the_folder()
    {
        string folder = Directory.CreateTempSubdirectory("dyadic").FullName, path = Path.Combine(folder, "m.onnx");
        ModelProto proto = Proto(Quantised());
        TensorProto scale = proto.Graph.Initializer.Single(t => t.Name == "scale");
        File.WriteAllBytes(Path.Combine(folder, "w.bin"), [.. new byte[4], .. scale.RawData]);
        scale.ClearRawData();
        scale.DataLocation = TensorProto.Types.DataLocation.External;
        scale.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "w.bin" });
        scale.ExternalData.Add(new StringStringEntryProto { Key = "offset", Value = "4" });
        Assert.Contains("allow external data", Write().Message);
        OnnxImportOptions allow = new() { AllowExternalData = true };
        Assert.Equal(Quantised().ToString(), OnnxModel.Import(path, allow).Graph.ToString());
        foreach (string outside in (string[])["../w.bin", "/etc/hostname", "a/../../w.bin"])
        {
            scale.ExternalData[0].Value = outside;
            Assert.Contains("outside the model's folder", Write(allow).Message);
        }
        scale.ExternalData[0].Value = "absent.bin";
        Assert.Contains("cannot be read", Write(allow).Message);
        (scale.ExternalData[0].Value, scale.ExternalData[1].Value) = ("w.bin", "9999");
        Assert.Contains("ends before", Write(allow).Message);
        Directory.Delete(folder, true);

        OnnxException Write(OnnxImportOptions? options = null)
        {
            File.WriteAllBytes(path, proto.ToByteArray());
            return Assert.Throws<OnnxException>(() => OnnxModel.Import(path, options));
        }
    }

    // Those of 8-bit weights stay: ONNX Runtime 1.30 fails on them where it turns int8 weights to uint8.
    [Fact]
    public void Zero_points_of_biases_are_left_to_the_default()
    {
        GraphBuilder b = new("symmetric");
        Value scale = b.Constant("scale", Dyadic.Tensor.Scalar(0.5)), none = b.Constant("none", Dyadic.Tensor.Scalar(0, DType.Int32));
        Value zero = b.Constant("zero", Dyadic.Tensor.Scalar(0, DType.Int8)), one = b.Constant("one", Dyadic.Tensor.Scalar(1, DType.Int8));
        Value codes = b.Constant("codes", Dyadic.Tensor.Vector<sbyte>(3, -4)), bias = b.Constant("bias", Dyadic.Tensor.Vector(70000, -5)), x = b.Input("x", new(DType.Int8, [2]));
        foreach ((string name, Value q, Value z) in new[] { ("bias_real", bias, none), ("symmetric", codes, zero), ("asymmetric", codes, one), ("activation", x, zero) })
            b.Output(b.Add(name, new DequantizeLinear(0), q, scale, z));
        Graph graph = b.Build();
        Assert.Equal([2, 3, 3, 3], Proto(graph).Graph.Node.Select(n => n.Input.Count));
        Dictionary<string, Tensor> given = new() { ["x"] = Dyadic.Tensor.Vector<sbyte>(7, 8) }, read = OnnxModel.Import(OnnxModel.ToBytes(graph)).Graph.Run(given);
        foreach ((string name, Tensor expected) in graph.Run(given)) Assert.Equal(expected.ToArray<float>(), read[name].ToArray<float>());
    }

    private static Graph Unknown()
    {
        GraphBuilder b = new("unknown");
        b.Output(b.Add("strange", new Strange(), b.Input("x", new(DType.Float32, [3]))));
        return b.Build();
    }

    private sealed record Strange : Op
    {
        public override TensorType[] Infer(ReadOnlySpan<TensorType> inputs) => [inputs[0]];

        public override Runtime.Steps.Step Lower(ReadOnlySpan<TensorType> inputs) => throw new NotSupportedException();
    }
}
