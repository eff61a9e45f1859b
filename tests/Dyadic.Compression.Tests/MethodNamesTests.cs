using Dyadic.Ir;

namespace Dyadic.Compression.Tests;

public class MethodNamesTests
{
    [Fact]
    public void Names_joined_by_plus_are_a_configuration_and_back()
    {
        QuantizeConfig config = new QuantizeConfig().WithMethods("bias-correction+percentile + gptq+equalize");
        Assert.Equal(CalibrationMethod.Percentile, config.Calibrator);
        Assert.Equal("percentile+equalize+gptq+bias-correction", config.MethodText());
        Assert.Equal("minmax", new QuantizeConfig().MethodText());
        Assert.Equal(CalibrationMethod.Mse, new QuantizeConfig { Calibrator = CalibrationMethod.Mse }.WithMethods("gptq").Calibrator);
        Assert.All(MethodNames.Methods, n => Assert.Equal(n, MethodNames.Find(n).Name));
        Assert.All(MethodNames.Calibrators, n => Assert.Equal(n, new QuantizeConfig().WithMethods(n).MethodText()));
    }

    [Theory]
    [InlineData("gptq+magic", "'magic'")]
    [InlineData("magic", "moving-average")]
    [InlineData("", "bias-correction")]
    [InlineData("mse+minmax", "mse and minmax exclude each other")]
    [InlineData("equalize+equalize", "name it once")]
    [InlineData("gptq+gptq", "codes of weights")]
    [InlineData("adaround+mse+gptq", "adaround and gptq exclude each other")]
    [InlineData("smooth+awq", "factors between activations and weights")]
    [InlineData("bias-correction+bias-correction-analytic", "each chooses the biases")]
    public void What_cannot_be_says_why_and_what_there_is(string names, string message) =>
        Assert.Contains(message, Assert.Throws<CompressionException>(() => new QuantizeConfig().WithMethods(names)).Message);

    [Fact]
    public void Parameters_are_part_of_json_and_equality()
    {
        QuantizeConfig config = new() { Methods = [new Gptq(Damping: 0.05, ActivationOrder: true), new BiasCorrection()] };
        QuantizeConfig again = QuantizeConfig.Parse(config.ToJson());
        Assert.Equal(config, again);
        Assert.Equal(config.Methods, again.Methods);
        Assert.NotEqual(config, new() { Methods = [new Gptq(), new BiasCorrection()] });
        Assert.Equal([new Gptq(), new CrossLayerEqualization()], QuantizeConfig.Parse("""{"methods":["gptq",{"name":"equalize"}]}""").Methods);
        Assert.Equal([new Gptq(ActivationOrder: true)], QuantizeConfig.Parse("""{"methods":[{"name":"gptq","activationOrder":true}]}""").Methods);
    }

    [Theory]
    [InlineData("""{"methods":["magic"]}""", "equalize")]
    [InlineData("""{"methods":[3]}""", "write its name")]
    [InlineData("""{"methods":[{"damping":0.1}]}""", "write its name")]
    [InlineData("""{"methods":[{"name":"gptq","dampening":0.1}]}""", "dampening")]
    public void Json_that_is_no_method_is_refused(string json, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => QuantizeConfig.Parse(json)).Message);

    [Fact]
    public void Impossible_parameters_are_refused_before_anything_runs()
    {
        (Graph graph, _) = MethodGraphs.Make("dense");
        Assert.Contains("damping", Assert.Throws<CompressionException>(() => graph.Quantize(new() { Methods = [new Gptq(Damping: -1)] }, Array.Empty<Tensor>())).Message);
        Assert.Contains("exclude", Assert.Throws<CompressionException>(() => graph.Quantize(new() { Methods = [new Gptq(), new Gptq(0.1)] }, Array.Empty<Tensor>())).Message);
    }

    [Fact]
    public void The_graph_and_its_file_say_which_methods_made_it()
    {
        (Graph graph, Tensor data) = MethodGraphs.Make("image");
        QuantizeConfig config = new() { Bits = 4, Calibrator = CalibrationMethod.Mse, Methods = [new BiasCorrection(), new Gptq(0.02), new CrossLayerEqualization()] };
        QuantizeResult q = graph.Quantize(config, [data]);
        Assert.Equal("mse+equalize+gptq+bias-correction", q.Graph.Metadata["dyadic.quantize.method"]);
        Assert.Equal(config, QuantizeConfig.Parse(q.Graph.Metadata["dyadic.quantize.config"]));
    }
}
