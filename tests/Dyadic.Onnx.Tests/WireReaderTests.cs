using Dyadic.Ir;
using Dyadic.Onnx.Importing;
using Dyadic.Onnx.Wire;
using Google.Protobuf;

namespace Dyadic.Onnx.Tests;

public class WireReaderTests
{
    private static readonly Graph Matrices = Samples.TwoMatrices(16);
    private static readonly byte[] Bytes = OnnxModel.ToBytes(Matrices);

    private static float[][] Weights(Graph graph) => [.. graph.Nodes.Select(n => n.Inputs[1].Constant!.ToArray<float>())];

    [Fact]
    public void Data_of_initialisers_stay_in_the_file_until_they_are_read()
    {
        using ModelBytes bytes = ModelBytes.Of(Bytes);
        using LoadMeter meter = new(LoadBudget.Default, "m");
        ModelProto proto = WireReader.Read(bytes, "m", meter), whole = ModelProto.Parser.ParseFrom(Bytes);
        foreach ((TensorProto ours, TensorProto theirs) in proto.Graph.Initializer.Zip(whole.Graph.Initializer))
        {
            byte[] data = new byte[ours.RawRange!.Length];
            ours.RawRange.Read(data);
            Assert.False(ours.HasRawData);
            Assert.Equal(theirs.RawData.ToByteArray(), data);
            ours.RawData = ByteString.CopyFrom(data);
        }
        Assert.Equal(whole, proto);
    }

    [Fact]
    public void A_path_a_stream_and_bytes_give_the_same_weights()
    {
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, Bytes);
        Graph ofPath = OnnxModel.Import(path).Graph;
        File.Delete(path);
        using MemoryStream stream = new([1, 2, 3, .. Bytes]);
        stream.Position = 3;
        Assert.Equal(Weights(Matrices), Weights(ofPath));
        Assert.Equal(Weights(Matrices), Weights(OnnxModel.Import(stream).Graph));
        Assert.Equal(Weights(Matrices), Weights(OnnxModel.Import(Bytes).Graph));
    }

    [Fact]
    public void Tensors_outlive_the_bytes_they_came_from()
    {
        byte[] bytes = [.. Bytes];
        Graph graph = OnnxModel.Import(bytes).Graph;
        Array.Clear(bytes);
        Assert.Equal(Weights(Matrices), Weights(graph));
    }

    [Fact]
    public void A_file_cut_after_it_was_opened_is_named_so()
    {
        if (OperatingSystem.IsWindows()) return;      // a file that is read cannot be cut there
        string path = Path.GetTempFileName();
        File.WriteAllBytes(path, Bytes);
        using (ModelBytes bytes = ModelBytes.Open(path, int.MaxValue))
        {
            using LoadMeter meter = new(LoadBudget.Default, "m");
            ModelProto proto = WireReader.Read(bytes, "m", meter);
            using (FileStream cut = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) cut.SetLength(Bytes.Length / 2);
            using GraphImporter importer = new(proto.Graph, [], 17, new(), null, meter);
            OnnxException e = Assert.Throws<OnnxException>(() => importer.Import("m", []));
            Assert.Contains($"but had {Bytes.Length} when it was opened", e.Message);
        }
        File.Delete(path);
    }

    // Fields of a message may come in any order and more than once: repeated ones add up, the last of the others counts.
    [Fact]
    public void Graphs_in_two_parts_and_data_given_twice_are_merged()
    {
        ModelProto whole = ModelProto.Parser.ParseFrom(Bytes);
        TensorProto twice = whole.Graph.Initializer[1];
        whole.Graph.Initializer.RemoveAt(1);
        byte[] data = twice.RawData.ToByteArray(), other = new byte[data.Length];
        twice.RawData = ByteString.CopyFrom(other);
        byte[] tensor = [.. twice.ToByteArray(), .. new TensorProto { RawData = ByteString.CopyFrom(data) }.ToByteArray()];
        using MemoryStream graph = new();
        using (CodedOutputStream output = new(graph, leaveOpen: true))
        {
            output.WriteTag(5, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(tensor));
        }
        using MemoryStream model = new();
        using (CodedOutputStream output = new(model, leaveOpen: true))
        {
            output.WriteTag(7, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(graph.ToArray()));
        }
        Assert.Equal(Weights(Matrices), Weights(OnnxModel.Import([.. model.ToArray(), .. whole.ToByteArray()]).Graph));
    }
}
