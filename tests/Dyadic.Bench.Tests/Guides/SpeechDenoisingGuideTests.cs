using Dyadic.Data;
using Dyadic.Lowering;
using Dyadic.Onnx;
using Dyadic.Ops;
using Dyadic.Runtime;
using Dyadic.Testing;

namespace Dyadic.Bench.Tests.Guides;

/// <summary>The code of docs/guides/speech-denoising.md, run; the last test compares it with the page.</summary>
public sealed class SpeechDenoisingGuideTests
{
    private const string Page = "speech-denoising.md";

    [Trait("speed", "slow")]
    [FixtureFact(Fixture.ExternalData)]
    public void Noise_goes_and_speech_stays()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("dyadic-guide-");
        string model = Path.Combine(Fixtures.ExternalData, "models", "audio", "gtcrn_simple.onnx"), noisy = Path.Combine(Fixtures.ExternalData, "speech", "gtcrn_noisy_mix_16k.wav");
        string clean = Path.Combine(folder.FullName, "clean.wav");

        const int size = 512, hop = 256, bins = 257;
        double Window(int i) => Math.Sin(Math.PI * i / size);
        double Angle(int k, int i) => 2 * Math.PI * (k * i % size) / size;
        // Column 2k of the first matrix is the real part of bin k, column 2k + 1 its imaginary part; the second one goes back.
        float[] forward = new float[size * 2 * bins], back = new float[2 * bins * size];
        for (int i = 0; i < size; i++)
        {
            for (int k = 0; k < bins; k++)
            {
                double twice = k is 0 or bins - 1 ? 1 : 2, cos = Window(i) * Math.Cos(Angle(k, i)), sin = Window(i) * Math.Sin(Angle(k, i));
                (forward[(i * 2 * bins) + (2 * k)], forward[(i * 2 * bins) + (2 * k) + 1]) = ((float)cos, (float)-sin);
                (back[(2 * k * size) + i], back[(((2 * k) + 1) * size) + i]) = ((float)(twice * cos / size), (float)(-twice * sin / size));
            }
        }
        Tensor spectrum = Tensor.From(forward, Shape.Of(size, 2 * bins)), wave = Tensor.From(back, Shape.Of(2 * bins, size));

        Session session = new(OnnxModel.Import(model).Graph.Compile());
        Tensor[] state = [Tensor.Zeros(Shape.Of(2, 1, 16, 16, 33)), Tensor.Zeros(Shape.Of(2, 3, 1, 1, 16)), Tensor.Zeros(Shape.Of(2, 1, 33, 16))];
        Tensor Frame(Tensor samples)
        {
            Tensor mix = samples.Reshape(1, size).MatMul(spectrum).Reshape(1, bins, 1, 2);
            Tensor[] outputs = session.Run(mix, state[0], state[1], state[2]);
            state = outputs[1..];
            return outputs[0].Reshape(1, 2 * bins).MatMul(wave).Reshape(size);
        }

        Sound sound = Wav.Read(noisy);
        Tensor heard = sound.Mono;
        float[] result = new float[heard.Length];
        for (int at = 0; at + size <= result.Length; at += hop)
        {
            float[] frame = Frame(heard.Slice(0, at, at + size)).ToArray<float>();
            for (int i = 0; i < size; i++) result[at + i] += frame[i];
        }
        Wav.Write(clean, new(Tensor.From(result, Shape.Of(1, result.Length)), sound.Rate));

        (double quietBefore, double loudBefore) = Levels(heard.ToArray<float>());
        (double quietAfter, double loudAfter) = Levels(Wav.Read(clean).Mono.ToArray<float>());
        folder.Delete(recursive: true);
        Assert.True(quietAfter < quietBefore - 10, $"pauses: {quietBefore:F1} dB before, {quietAfter:F1} dB after");
        Assert.InRange(loudAfter, loudBefore - 6, loudBefore + 1);
    }

    // The level in decibels that a tenth of all frames stays below, and the one that a tenth exceeds.
    private static (double Quiet, double Loud) Levels(float[] x)
    {
        double[] levels = [.. x.Chunk(512).Select(f => 10 * Math.Log10(f.Average(v => (double)v * v) + 1e-12)).Order()];
        return (levels[levels.Length / 10], levels[levels.Length * 9 / 10]);
    }

    [Fact]
    public void The_page_shows_this_code() => GuidePage.ShowsCodeOf(Page, "tests/Dyadic.Bench.Tests/Guides/SpeechDenoisingGuideTests.cs", 3);
}
