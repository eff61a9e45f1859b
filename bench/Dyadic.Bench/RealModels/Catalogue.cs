using System.Text;
using Dyadic.Numerics;
using Dyadic.Ops;

namespace Dyadic.Bench.RealModels;

/// <summary>The published networks that tests and benchmarks run.</summary>
internal static class Catalogue
{
    private static readonly float[] ImagenetMean = [0.485f * 255, 0.456f * 255, 0.406f * 255], ImagenetDeviation = [0.229f * 255, 0.224f * 255, 0.225f * 255];

    /// <summary>What <c>fixtures/models</c> fetches.</summary>
    public static IReadOnlyList<RealModel> Fetched { get; } =
    [
        new("ch_PP-OCRv4_det_infer.onnx", "finds lines of text (PP-OCRv4)", (r, n, s) => One("x", Lines.Pages(r, n, s, ImagenetMean, ImagenetDeviation))) { Sizes = [320, 224, 416] },
        new("ch_PP-OCRv4_rec_infer.onnx", "reads a line of text (PP-OCRv4)", (r, n, s) => One("x", Lines.Batch(r, n, s))) { Sizes = [480, 320, 163], Answer = Answers.Text },
        new("ch_ppocr_mobile_v2.0_cls_infer.onnx", "is a line upside down?", (r, n, s) => One("x", Turned(Lines.Batch(r, n, s), r))) { Sizes = [192, 256], Answer = Answers.Class },
        new("silero_vad_v5.onnx", "is it speech? (Silero, version 5)", (r, n, s) => Voice(r, n, s, 128)) { Sizes = [512, 576], IsBound = true, Fixed = ["sr"], Carry = State("stateN", "state"), IsProbability = true },
        new("silero_vad_v6.onnx", "is it speech? (Silero, version 6)", (r, n, s) => Voice(r, n, s, 128)) { Sizes = [512, 576], IsBound = true, Fixed = ["sr"], Carry = State("stateN", "state"), IsProbability = true },
        new("silero_vad_legacy.onnx", "is it speech? (Silero, version 4)", OldVoice) { Sizes = [1536, 512, 1024], Carry = State("hn", "h", "cn", "c"), IsProbability = true },
        new("hello_deepa.onnx", "was the wake word said?", (r, _, _) => One("onnx::Flatten_0", Tensor.Normal(Shape.Of(1, 25, 96), r, 0, 20))) { Batches = false, IsProbability = true },
        new("hello_deepa_old.onnx", "was the wake word said?", (r, _, _) => One("onnx::Flatten_0", Tensor.Normal(Shape.Of(1, 24, 96), r, 0, 20))) { Batches = false, IsProbability = true },
        new("namaste_deepa.onnx", "was the wake word said?", (r, _, _) => One("onnx::Flatten_0", Tensor.Normal(Shape.Of(1, 24, 96), r, 0, 20))) { Batches = false, IsProbability = true },
        new("face_detection_back_256x256_barracuda.onnx", "finds faces (BlazeFace, 256 px)", (r, _, _) => One("input:0", ChannelsLast(Photos.Faces(r, 1, 256, 256, [127.5f], [127.5f])))) { Batches = false, Answer = BlazeFace },
        new("face_detection_front_128x128_barracuda.onnx", "finds faces (BlazeFace, 128 px)", (r, _, _) => One("input:0", ChannelsLast(Photos.Faces(r, 1, 128, 128, [127.5f], [127.5f])))) { Batches = false, Answer = BlazeFace },
    ];

    /// <summary>Those of the folder of external data.</summary>
    public static IReadOnlyList<RealModel> External { get; } =
    [
        Cifar("cifar10/resnet20_cifar10.onnx", "CIFAR-10, ResNet-20", ImagenetMean, ImagenetDeviation),
        Cifar("cifar10/resnet56_cifar10.onnx", "CIFAR-10, ResNet-56", ImagenetMean, ImagenetDeviation),
        Cifar("cifar10/resnet8_cifar10_f32.onnx", "CIFAR-10, ResNet-8", [0], [1]),
        Cifar("cifar10/resnet8_cifar10_qdq.onnx", "the same in int8", [0], [1]),
        Classes("imagenet/mobilenetv2_1.0_224_f32.onnx", "ImageNet, MobileNetV2", 224),
        Classes("imagenet/mobilenetv2_1.0_224_qdq.onnx", "the same in uint8", 224),
        Classes("imagenet/mobilenetv1_0.25_128_f32.onnx", "ImageNet, MobileNetV1 0.25", 128),
        Classes("imagenet/mobilenetv1_0.25_128_qdq.onnx", "the same in uint8", 128),
        new("vision/vww_mobilenetv1_f32.onnx", "is there a person?", (r, n, _) => One("input", Photos.Faces(r, n, 96, 96, [0], [255]))) { Answer = Answers.Class },
        new("vision/vww_mobilenetv1_qdq.onnx", "the same in int8", (r, n, _) => One("input", Photos.Faces(r, n, 96, 96, [0], [255]))) { Answer = Answers.Class },
        new("vision/ultraface_rfb_320.onnx", "finds faces (UltraFace)", (r, _, _) => One("input", Photos.Faces(r, 1, 240, 320, [127], [128])))
        {
            Batches = false, Answer = Answers.Detection(o => o[0].Slice(2, 1, 2).Reshape(1, -1)),
        },
        new("vision/yunet_n_320.onnx", "finds faces (YuNet)", (r, _, _) => One("input", Photos.Faces(r, 1, 320, 320, [0], [1], blueFirst: true)))
        {
            Batches = false, Answer = Answers.Detection(o => Tensor.Concat(1, [.. Enumerable.Range(0, 3).Select(i => (o[i] * o[i + 3]).Sqrt())]).Reshape(1, -1)),
        },
        new("vision/fastestdet.onnx", "finds 80 kinds of things (FastestDet)", (r, _, _) => One("input.1", Photos.Things(r, 1, 352, 352, [0], [255])))
        {
            Batches = false, Answer = Answers.Detection(o => o[0].Slice(1, 0, 1).Reshape(1, -1)),
        },
        new("audio/gtcrn_simple.onnx", "removes noise from speech (GTCRN)", Gtcrn)
        {
            Batches = false, Carry = State("conv_cache_out", "conv_cache", "tra_cache_out", "tra_cache", "inter_cache_out", "inter_cache"),
        },
        new("audio/dtln_1.onnx", "removes noise from speech (DTLN, first half)", (r, _, _) => new() { ["input_2"] = Sounds.Magnitudes(r), ["input_3"] = Tensor.Zeros(Shape.Of(1, 2, 128, 2)) })
        {
            Batches = false, Carry = State("tf_op_layer_stack_2", "input_3"),
        },
        new("audio/dtln_2.onnx", "removes noise from speech (DTLN, second half)", (r, _, _) => new() { ["input_4"] = Sounds.Frames(r, 1, 512).Reshape(1, 1, 512), ["input_5"] = Tensor.Zeros(Shape.Of(1, 2, 128, 2)) })
        {
            Batches = false, Carry = State("tf_op_layer_stack_5", "input_5"),
        },
        new("audio/basic_pitch.onnx", "writes music down", (r, n, _) => One("serving_default_input_2:0", Sounds.Frames(r, n, 43844).Reshape(n, 43844, 1))),
        new("files/magika_v3_3.onnx", "what kind of file is it?", (r, n, _) => One("bytes", Bytes(r, n))) { Answer = Answers.Class },
        new("text/use_lite_en.onnx", "the meaning of a sentence as a vector", Sentences) { Sizes = [16, 7, 40] },
        Policy("rl/rl_cartpole_ppo.onnx", "balances a pole (PPO)", 4),
        Policy("rl/rl_cartpole_dqn.onnx", "balances a pole (DQN)", 4),
        Policy("rl/rl_mountaincar_dqn.onnx", "drives up a mountain (DQN)", 2),
        new("rl/rl_pendulum_sac.onnx", "swings a pendulum up (SAC)", (r, n, _) => One("obs", Tensor.Normal(Shape.Of(n, 3), r))),
        new("kws/kws_dscnn_f32.onnx", "which of twelve words was said?", (r, n, _) => One("input", Tensor.Normal(Shape.Of(n, 1, 49, 10), r, 0, 3))) { Answer = Answers.Class },
        new("kws/kws_dscnn_qdq.onnx", "the same in int8", (r, n, _) => One("input", Tensor.Normal(Shape.Of(n, 1, 49, 10), r, 0, 3))) { Answer = Answers.Class },
    ];

    /// <summary>All of them.</summary>
    public static IEnumerable<RealModel> All => Fetched.Concat(External);

    private static RealModel Cifar(string file, string task, float[] mean, float[] deviation) =>
        new(file, task, (r, n, _) => One("input", Photos.Small(r, n, mean, deviation))) { Answer = Answers.Class };

    private static RealModel Classes(string file, string task, int size) =>
        new(file, task, (r, n, _) => One("input", Photos.Things(r, n, size, size, [128], [128]))) { Answer = Answers.Class };

    private static RealModel Policy(string file, string task, int observations) =>
        new(file, task, (r, n, _) => One("obs", Tensor.Normal(Shape.Of(n, observations), r, 0, 0.5f))) { Answer = Answers.Class };

    // Dense, as the peer's copy is: no run starts by turning a view into an array.
    private static Dictionary<string, Tensor> One(string name, Tensor x) => new() { [name] = x.Contiguous() };

    private static Dictionary<string, string> State(params string[] pairs) => pairs.Chunk(2).ToDictionary(p => p[0], p => p[1]);

    private static int[] BlazeFace(Tensor[] outputs) => Answers.Detection(o => Tensor.Concat(1, o[0], o[1]).Reshape(1, -1).Sigmoid())(outputs);

    private static Tensor ChannelsLast(Tensor x) => x.Permute(0, 2, 3, 1);

    // Half of the lines by 180 degrees.
    private static Tensor Turned(Tensor lines, Rng rng) => rng.NextInt(2) == 0 ? lines : lines.Slice(2, -1, int.MinValue, -1).Slice(3, -1, int.MinValue, -1);

    private static Dictionary<string, Tensor> Voice(Rng rng, int n, int size, int hidden) => new()
    {
        ["input"] = Sounds.Frames(rng, n, size), ["state"] = Tensor.Zeros(Shape.Of(2, n, hidden)), ["sr"] = Tensor.From<long>([16000], Shape.Scalar),
    };

    private static Dictionary<string, Tensor> OldVoice(Rng rng, int n, int size) => new()
    {
        ["input"] = Sounds.Frames(rng, n, size), ["sr"] = Tensor.From<long>([16000], Shape.Scalar), ["h"] = Tensor.Zeros(Shape.Of(2, n, 64)), ["c"] = Tensor.Zeros(Shape.Of(2, n, 64)),
    };

    private static Dictionary<string, Tensor> Gtcrn(Rng rng, int n, int size) => new()
    {
        ["mix"] = Sounds.Spectrum(rng).Reshape(1, 257, 1, 2),
        ["conv_cache"] = Tensor.Zeros(Shape.Of(2, 1, 16, 16, 33)), ["tra_cache"] = Tensor.Zeros(Shape.Of(2, 3, 1, 1, 16)), ["inter_cache"] = Tensor.Zeros(Shape.Of(2, 1, 33, 16)),
    };

    private static Dictionary<string, Tensor> Sentences(Rng rng, int n, int length) => new()
    {
        ["input_ids"] = Tensor.From<long>([.. Enumerable.Range(0, n * length).Select(_ => (long)rng.NextInt(8, 8000))], Shape.Of(n, length)),
        ["attention_mask"] = Tensor.Ones(Shape.Of(n, length), DType.Int64),
    };

    // The beginning and the end of a text of words, as the model's authors cut files: 1024 bytes each.
    private static Tensor Bytes(Rng rng, int n) => Tensor.From<int>(
        [.. Enumerable.Range(0, n).SelectMany(_ => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 400).Select(i => i % 9 == 8 ? ";\n" : $"int x{rng.NextInt(100)} = {rng.NextInt(1000)}; ")))[..2048].Select(b => (int)b))],
        Shape.Of(n, 2048));
}
