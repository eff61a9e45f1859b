using System.Diagnostics;
using Dyadic.Ir;
using Dyadic.Onnx.Wire;
using Dyadic.Runtime;

namespace Dyadic.Onnx.Tests.Hostile;

/// <summary>Models whose data lie in other files: what they may name, and what they may not.</summary>
public sealed class HostileExternalTests : IDisposable
{
    private readonly string _outside = Directory.CreateTempSubdirectory("dyadic-hostile-").FullName;
    private readonly string _folder;

    public HostileExternalTests()
    {
        _folder = Directory.CreateDirectory(Path.Combine(_outside, "model")).FullName;
        File.WriteAllBytes(Path.Combine(_outside, "secret.bin"), new byte[16]);
        File.WriteAllBytes(Path.Combine(_folder, "w.bin"), new byte[16]);
        Directory.CreateDirectory(Path.Combine(_folder, "sub"));
        File.WriteAllBytes(Path.Combine(_folder, "sub", "w.bin"), new byte[16]);
    }

    public void Dispose() => Directory.Delete(_outside, recursive: true);

    private string At(string name) => Path.Combine(_folder, name);

    // w [4] lies elsewhere, where the entries say.
    private Graph Import(params (string Key, string Value)[] entries)
    {
        File.WriteAllBytes(At("m.onnx"), HostileWire.Of(m =>
        {
            TensorProto w = m.Graph.Initializer[0];
            w.ClearRawData();
            w.DataLocation = TensorProto.Types.DataLocation.External;
            foreach ((string key, string value) in entries) w.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
        }));
        return OnnxModel.Import(At("m.onnx"), new() { AllowExternalData = true }).Graph;
    }

    private void Refused(string text, params (string, string)[] entries) => Assert.Contains(text, Assert.Throws<OnnxException>(() => Import(entries)).Message);

    [Theory]
    [InlineData("w.bin")]
    [InlineData("sub/w.bin")]
    [InlineData("./w.bin")]
    public void A_file_below_the_folder_is_read(string location) => Assert.Equal(4, Import(("location", location)).Constants.Single().Constant!.Length);

    [Theory]
    [InlineData("../secret.bin")]
    [InlineData("sub/../../secret.bin")]
    [InlineData("sub/../w.bin")]
    [InlineData("..\\secret.bin")]
    [InlineData("/etc/hostname")]
    [InlineData("//etc/hostname")]
    [InlineData(".")]
    [InlineData("")]
    public void A_path_out_of_the_folder_is_refused(string location) => Refused("outside the model's folder", ("location", location));

    [Theory]
    [InlineData("absent.bin", "cannot be read")]
    [InlineData("sub", "are in no regular file")]
    [InlineData("file:///etc/hostname", "cannot be read")]
    public void What_is_no_file_is_refused(string location, string sentence) => Refused(sentence, ("location", location));

    [Fact]
    public void A_symbolic_link_is_refused_in_each_part_of_the_path()
    {
        File.CreateSymbolicLink(At("link.bin"), Path.Combine(_outside, "secret.bin"));
        File.CreateSymbolicLink(At("inner.bin"), At("w.bin"));
        Directory.CreateSymbolicLink(At("up"), _outside);
        Refused("symbolic link 'link.bin'", ("location", "link.bin"));
        Refused("symbolic link 'inner.bin'", ("location", "inner.bin"));
        Refused("symbolic link 'up'", ("location", "up/secret.bin"));
    }

    [Fact]
    public void A_hard_link_is_refused()
    {
        if (!OperatingSystem.IsLinux()) return;
        Run("ln", Path.Combine(_outside, "secret.bin"), At("hard.bin"));
        Refused("2 names (hard links)", ("location", "hard.bin"));
    }

    [Fact]
    public void A_pipe_is_refused_and_not_waited_for()
    {
        if (!OperatingSystem.IsLinux()) return;
        Run("mkfifo", At("pipe.bin"));
        Refused("no regular file", ("location", "pipe.bin"));
    }

    [Theory]
    [InlineData("offset", "-4", "offset is '-4'")]
    [InlineData("offset", "4", "ends before its data do")]
    [InlineData("offset", "9223372036854775807", "ends before its data do")]
    [InlineData("offset", "9223372036854775808", "offset is '9223372036854775808'")]
    [InlineData("length", "-16", "length is '-16'")]
    [InlineData("length", "17", "17 bytes of external data, 16 are needed")]
    [InlineData("length", "9223372036854775807", "16 are needed")]
    public void An_offset_or_a_length_outside_of_the_file_is_refused(string key, string value, string text) => Refused(text, ("location", "w.bin"), (key, value));

    [Fact]
    public void No_location_is_refused() => Refused("without a location", ("offset", "0"));

    [Fact]
    public void Bytes_that_many_tensors_share_are_counted_for_each()
    {
        File.WriteAllBytes(At("large.bin"), new byte[1 << 20]);
        File.WriteAllBytes(At("m.onnx"), HostileWire.Of(m =>
        {
            for (int i = 0; i < 5; i++)
            {
                TensorProto w = new() { Name = $"v{i}", DataType = 1, DataLocation = TensorProto.Types.DataLocation.External };
                w.Dims.Add(1 << 18);
                w.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "large.bin" });
                m.Graph.Initializer.Add(w);
            }
        }));
        OnnxImportOptions Options(long bytes) => new() { AllowExternalData = true, Budget = new() { Bytes = bytes } };
        OnnxModel.Import(At("m.onnx"), Options(5 << 20));
        Assert.Equal("LoadBudget.Bytes", Assert.Throws<BudgetException>(() => OnnxModel.Import(At("m.onnx"), Options((5 << 20) - 1))).Limit);
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
