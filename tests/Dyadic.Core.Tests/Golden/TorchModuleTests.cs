using Dyadic.Nn;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Core.Tests.Golden;

/// <summary>Attention, encoders and recurrent layers, and the gradients of all inputs and parameters, against those of torch.nn 1.13 in float64.</summary>
public sealed class TorchModuleTests
{
    public static TheoryData<string> Cases => [.. TorchCase.All("modules").Select(c => c.ToString())];

    [Theory, MemberData(nameof(Cases))]
    public void Outputs_and_gradients_equal_those_of_torch(string name)
    {
        TorchCase c = TorchCase.All("modules").Single(one => one.ToString() == name);
        Dictionary<string, Tensor> inputs = c.Inputs(DType.Float32).ToDictionary(i => i.Name, i => i.Value);
        Module module = Make(c, inputs);
        foreach ((string key, Tensor value) in inputs.Where(i => Own(module, i.Key).Length > 0))
        {
            Tensor[] own = Own(module, key), parts = value.Split(0, [.. own.Select(o => o.Shape[0].Size)]);
            for (int i = 0; i < own.Length; i++) own[i].CopyFrom(parts[i]);
        }
        foreach ((string key, _) in c.Gradients) inputs[key].RequiresGrad = true;
        Tensor y = Forward(module, c, inputs);
        TorchCase.AssertClose($"{c}: y", c.Y, y, 1e-5);
        y.Backward(c.Dy(DType.Float32));
        Assert.Equal(module.Parameters().Length, inputs.Keys.Sum(key => Own(module, key).Length));
        foreach ((string key, double[] expected) in c.Gradients)
        {
            Tensor[] own = Own(module, key);
            Tensor gradient = own.Length == 0 ? inputs[key].Grad! : Tensor.Concat(0, [.. own.Select(o => o.Grad!)]);
            TorchCase.AssertClose($"{c}: gradient of {key}", expected, gradient, 1e-5);
        }
    }

    private static Module Make(TorchCase c, Dictionary<string, Tensor> inputs)
    {
        Rng rng = new(1);
        int features = inputs["x"].Shape[2];
        if (c.Op is "lstm" or "gru")
        {
            (int hidden, int layers, bool both, bool bias) = (c.Int("hidden"), c.Int("layers"), c.Flag("bidirectional"), c.Flag("bias"));
            return c.Op == "lstm" ? new Lstm(features, hidden, rng, layers, both, bias: bias) : new Gru(features, hidden, rng, layers, both, bias: bias);
        }
        if (c.Op == "attention")
        {
            Tensor? memory = inputs.GetValueOrDefault("memory"), values = inputs.GetValueOrDefault("values");
            return new MultiHeadAttention(
                features, c.Int("heads"), rng, bias: inputs.ContainsKey("in_proj_bias"), keyFeatures: memory?.Shape[2].Size, valueFeatures: (values ?? memory)?.Shape[2].Size);
        }
        TransformerOptions options = new(features, c.Int("heads"), c.Int("hidden"))
        {
            Layers = c.Int("layers"), PreNorm = c.Flag("pre_norm"), Activation = c.Flag("gelu") ? Activation.Gelu : Activation.Relu,
            Dropout = 0, AttentionDropout = 0, HiddenDropout = 0,
        };
        return c.Op == "encoder" ? new TransformerEncoder(options, rng) : new TransformerEncoderLayer(options, rng);
    }

    private static Tensor Forward(Module module, TorchCase c, Dictionary<string, Tensor> inputs)
    {
        Tensor x = inputs["x"];
        Tensor? mask = inputs.TryGetValue("visible", out Tensor? visible) ? AttentionMask.OfKeys(visible) : inputs.GetValueOrDefault("added");
        switch (module)
        {
            case Lstm lstm:
                (Tensor y, Tensor h, Tensor cells) = lstm.Forward(x, inputs["h"], inputs["c"]);
                return Tensor.Concat(0, y.Reshape(-1), h.Reshape(-1), cells.Reshape(-1));
            case Gru gru:
                (Tensor z, Tensor last) = gru.Forward(x, inputs["h"]);
                return Tensor.Concat(0, z.Reshape(-1), last.Reshape(-1));
            case MultiHeadAttention attention:
                Tensor memory = inputs.GetValueOrDefault("memory") ?? x;
                return attention.Forward(x, memory, inputs.GetValueOrDefault("values") ?? memory, mask, c.ToString().Contains("causal", StringComparison.Ordinal)).Reshape(-1);
            case TransformerEncoderLayer layer:
                return layer.Forward(x, mask).Reshape(-1);
            default:
                return module.Forward(x).Reshape(-1);
        }
    }

    // The parameters of ours that, one below the other, are the one that torch.nn calls by this name.
    private static Tensor[] Own(Module module, string torch)
    {
        Dictionary<string, Tensor> own = module.NamedParameters().ToDictionary(p => p.Name, p => p.Tensor);
        string path = torch.Replace("self_attn.", "attention.", StringComparison.Ordinal).Replace("layers.", "", StringComparison.Ordinal).Replace("out_proj.", "out.", StringComparison.Ordinal);
        string[] names = ["query", "key", "value"];
        IEnumerable<string> paths = path switch
        {
            _ when path.Contains("in_proj_", StringComparison.Ordinal) => names.Select(n => path.Replace("in_proj_", n + ".", StringComparison.Ordinal)),
            "q_proj_weight" => ["query.weight"],
            "k_proj_weight" => ["key.weight"],
            "v_proj_weight" => ["value.weight"],
            _ => [path],
        };
        return [.. paths.Where(own.ContainsKey).Select(p => own[p])];
    }
}
