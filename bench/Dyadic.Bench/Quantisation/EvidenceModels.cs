using Dyadic.Bench.RealModels;
using Dyadic.Data;
using Dyadic.Ops;

namespace Dyadic.Bench.Quantisation;

/// <summary>The networks of docs/quantisation.md.</summary>
internal static class EvidenceModels
{
    private static readonly float[] Mean = [0.485f, 0.456f, 0.406f], Deviation = [0.229f, 0.224f, 0.225f];

    /// <summary>All of them; those whose file is absent are left out of a run.</summary>
    public static IReadOnlyList<EvidenceModel> All { get; } =
    [
        Images("resnet8-fashion", "ResNet-8, Fashion-MNIST, 10,000 test images", () => DataSpec.FindAsset("resnet8-fashion-mnist.onnx"), () => FashionMnist.Load(train: true), () => FashionMnist.Load(train: false), x => x) with { Get = "assets/ of a clone" },
        Images("vit-tiny", "ViT of 0.2 M parameters, Fashion-MNIST, 10,000 test images", () => RealModelFiles.Find("vit-tiny.onnx"), () => FashionMnist.Load(train: true), () => FashionMnist.Load(train: false), x => x)
            with { Get = "dyadic train vit-tiny --data 'fashion-mnist:train[0:30000]' --test fashion-mnist:test --epochs 4 --no-augment -o .fixtures/models/vit-tiny.onnx" },
        Images("resnet8-cifar", "ResNet-8 (MLPerf Tiny), CIFAR-10, 10,000 test images", () => RealModelFiles.Find("cifar10/resnet8_cifar10_f32.onnx"), () => Cifar("train_first5000.bin"), () => Cifar("test_batch.bin"), x => x * 255f),
        Images("resnet20-cifar", "ResNet-20, CIFAR-10, 10,000 test images", () => RealModelFiles.Find("cifar10/resnet20_cifar10.onnx"), () => Cifar("train_first5000.bin"), () => Cifar("test_batch.bin"), Standard),
        Images("resnet56-cifar", "ResNet-56, CIFAR-10, 10,000 test images", () => RealModelFiles.Find("cifar10/resnet56_cifar10.onnx"), () => Cifar("train_first5000.bin"), () => Cifar("test_batch.bin"), Standard),
        Photographs.Model("mobilenetv1", "MobileNetV1 0.25, 44 photos of caltech101-imagenet", "imagenet/mobilenetv1_0.25_128_f32.onnx", 128),
        Photographs.Model("mobilenetv2", "MobileNetV2 1.0, 44 photos of caltech101-imagenet", "imagenet/mobilenetv2_1.0_224_f32.onnx", 224),
        Sentences.Model(),
        Policies.Discrete("cartpole-ppo", "CartPole, PPO policy", "rl/rl_cartpole_ppo.onnx", [1f, 1.5f, 0.12f, 1.5f]),
        Policies.Discrete("cartpole-dqn", "CartPole, DQN policy", "rl/rl_cartpole_dqn.onnx", [1f, 1.5f, 0.12f, 1.5f]),
        Policies.Discrete("mountaincar-dqn", "MountainCar, DQN policy", "rl/rl_mountaincar_dqn.onnx", [0.5f, 0.035f]),
        Policies.Pendulum(),
    ];

    /// <summary>Samples [from, to) of a data set as a batch, as a network reads them.</summary>
    public static (Tensor X, int[] Labels) Batch(IDataset data, int from, int to, Func<Tensor, Tensor> prepare)
    {
        float[] values = new float[(to - from) * data.SampleShape.Length];
        int[] labels = new int[to - from];
        for (int i = from; i < to; i++) labels[i - from] = data.Read(i, values.AsSpan((i - from) * data.SampleShape.Length, data.SampleShape.Length));
        using (Autograd.NoGrad()) return (prepare(Tensor.From(values, Shape.Of([to - from, .. data.SampleShape.ToArray()]))).Contiguous(), labels);
    }

    private static EvidenceModel Images(string name, string task, Func<string?> file, Func<IDataset> train, Func<IDataset> test, Func<Tensor, Tensor> prepare)
    {
        const int Calibrated = 512, Step = 64, Judged = 200;
        return new(name, task, "top-1, %")
        {
            File = file, IsClassifier = true,
            Calibration = () =>
            {
                IDataset data = train();
                return [.. Enumerable.Range(0, Calibrated / Step).Select(b => Named(Batch(data, b * Step, (b + 1) * Step, prepare).X))];
            },
            Judge = (run, _) =>
            {
                IDataset data = test();
                int right = 0;
                for (int i = 0; i < data.Count; i += Judged)
                {
                    (Tensor x, int[] labels) = Batch(data, i, Math.Min(data.Count, i + Judged), prepare);
                    right += Answers.Class(run(Named(x))).Zip(labels).Count(p => p.First == p.Second);
                }
                return new(100.0 * right / data.Count, data.Count);
            },
        };
    }

    private static Dictionary<string, Tensor> Named(Tensor x) => new() { ["input"] = x };

    private static ImageDataset Cifar(string file) => Cifar10.Read(Path.Combine(RealModelFiles.Data, "cifar10", file));

    private static Tensor Standard(Tensor x) => (x - Tensor.Vector<float>(Mean).Reshape(1, 3, 1, 1)) / Tensor.Vector<float>(Deviation).Reshape(1, 3, 1, 1);
}
