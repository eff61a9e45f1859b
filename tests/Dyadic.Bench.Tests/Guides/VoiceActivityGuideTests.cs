using Dyadic.Data;
using Dyadic.Lowering;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Bench.Tests.Guides;

/// <summary>The code of docs/guides/voice-activity.md, run; the last test compares it with the page.</summary>
public sealed class VoiceActivityGuideTests
{
    private const string Page = "voice-activity.md";

    [Trait("speed", "slow")]
    [FixtureFact(Fixture.PublishedModels, Fixture.ExternalData)]
    public void Speech_is_found_where_it_is()
    {
        string model = Path.Combine(Fixtures.PublishedModels, "silero_vad_v5.onnx"), file = Path.Combine(Fixtures.ExternalData, "speech", "alexa_16k.wav");

        OnnxModel detector = OnnxModel.Import(model, new()
        {
            FixedInputs = new Dictionary<string, Tensor> { ["sr"] = Tensor.From<long>([16000], Shape.Scalar) },
            InputShapes = new Dictionary<string, Shape> { ["input"] = Shape.Of(1, 576), ["state"] = Shape.Of(2, 1, 128) },
        });
        Session session = new(detector.Graph.Compile());

        Tensor sound = Wav.Read(file).Mono.Pad([64, 0]), state = Tensor.Zeros(Shape.Of(2, 1, 128));
        List<(double Seconds, float Probability)> speech = [];
        for (int at = 0; at + 576 <= sound.Length; at += 512)
        {
            Tensor[] outputs = session.Run(sound.Slice(0, at, at + 576).Reshape(1, 576), state);
            speech.Add((at / 16000.0, outputs[0].ToArray<float>()[0]));
            state = outputs[1];
        }

        Assert.Contains(speech, s => s.Probability > 0.9);
        state = Tensor.Zeros(Shape.Of(2, 1, 128));
        for (int i = 0; i < 30; i++)
        {
            Tensor[] outputs = session.Run(Tensor.Zeros(Shape.Of(1, 576)), state);
            Assert.InRange(outputs[0].ToArray<float>()[0], 0, 0.1);
            state = outputs[1];
        }
    }

    [Fact]
    public void The_page_shows_this_code() => GuidePage.ShowsCodeOf(Page, "tests/Dyadic.Bench.Tests/Guides/VoiceActivityGuideTests.cs", 2);
}
