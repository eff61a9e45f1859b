using Dyadic.Kernels;
using Dyadic.Runtime;
using Dyadic.Testing;
using Xunit.Abstractions;

namespace Dyadic.Compression.Tests.EndToEnd;

/// <summary>The integer plan of the embedded network gives one answer: its definition's, whatever the threads, splits and vectors.</summary>
public class OneAnswerTests(ITestOutputHelper output)
{
    [Trait("speed", "slow")]
    [FixtureFact(Fixture.FashionMnist)]
    public void The_plan_equals_the_reference_interpreter_bit_for_bit_on_10_000_images()
    {
        FashionImages images = FashionModel.Test;
        sbyte[] fast = Run(new(FashionModel.IntegerPlan), images.Codes, images.Count), slow = new sbyte[fast.Length];
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        Parallel.For(0, images.Count / 50, chunk => Reference(images.Codes, slow, chunk * 50, 50));
        output.WriteLine($"reference: {System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
        Assert.Equal(100_000, slow.Length);
        Assert.True(fast.AsSpan().SequenceEqual(slow));
        Assert.True(fast.Distinct().Count() > 100);
    }

    [Fact]
    public void The_plan_equals_the_reference_interpreter_bit_for_bit_on_embedded_images()
    {
        byte[] codes = FashionModel.Sample.Codes[..(50 * FashionModel.Pixels)];
        sbyte[] slow = new sbyte[50 * FashionModel.Classes];
        Reference(codes, slow, 0, 50);
        Assert.Equal(slow, Run(new(FashionModel.IntegerPlan), codes, 50));
    }

    [Trait("speed", "slow")]
    [Fact]
    public void Outputs_are_equal_over_threads_batch_splits_and_vector_widths()
    {
        const int count = 512;
        byte[] codes = FashionModel.Sample.Codes[..(count * FashionModel.Pixels)];
        sbyte[] expected = Run(new(FashionModel.IntegerPlan, new(SimdWidth.Scalar, 1)), codes, count);
        List<string> wrong = [];
        Assert.True(expected.Distinct().Count() > 100);
        foreach (SimdWidth width in (SimdWidth[])[SimdWidth.V512, SimdWidth.V256, SimdWidth.V128, SimdWidth.Scalar])
        {
            foreach (int threads in (int[])[1, 2, 4])
            {
                Session session = new(FashionModel.IntegerPlan, new(width, threads));
                foreach (int split in (int[])[1, 7, 64, count])
                    if (!Run(session, codes, count, split).AsSpan().SequenceEqual(expected)) wrong.Add($"{width}, {threads} threads, batches of {split}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Nothing_is_allocated_by_a_run()
    {
        byte[] codes = FashionModel.Sample.Codes[..(64 * FashionModel.Pixels)];
        sbyte[] scores = new sbyte[64 * FashionModel.Classes];
        foreach (int batch in (int[])[1, 64])
        {
            Session session = new(FashionModel.IntegerPlan, ExecutionMode.Default with { Threads = 1 });
            for (int i = 0; i < 20; i++) Once(session, codes, scores, batch);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 100; i++) Once(session, codes, scores, batch);
            Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    [Fact]
    public void Eight_threads_at_once_get_the_same_bytes_from_one_session()
    {
        byte[] codes = FashionModel.Sample.Codes[..(96 * FashionModel.Pixels)];
        Session session = new(FashionModel.IntegerPlan);
        sbyte[] expected = Run(session, codes, 96);
        bool[] equal = new bool[8];
        using Barrier together = new(8);
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(t => new Thread(() =>
        {
            together.SignalAndWait();
            equal[t] = Enumerable.Range(0, 4).All(_ => Run(session, codes, 96, 13 + t).AsSpan().SequenceEqual(expected));
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.All(equal, Assert.True);
    }

    private static void Once(Session session, byte[] codes, sbyte[] scores, int batch) =>
        session.Run<byte, sbyte>(codes.AsSpan(0, batch * FashionModel.Pixels), scores.AsSpan(0, batch * FashionModel.Classes));

    private static void Reference(byte[] codes, sbyte[] scores, int first, int count) => ReferenceInterpreter.Run<byte, sbyte>(
        FashionModel.IntegerPlan, codes.AsSpan(first * FashionModel.Pixels, count * FashionModel.Pixels), scores.AsSpan(first * FashionModel.Classes, count * FashionModel.Classes));

    private static sbyte[] Run(Session session, byte[] codes, int count, int split = 500)
    {
        sbyte[] scores = new sbyte[count * FashionModel.Classes];
        for (int first = 0; first < count; first += split)
        {
            int n = Math.Min(split, count - first);
            session.Run<byte, sbyte>(codes.AsSpan(first * FashionModel.Pixels, n * FashionModel.Pixels), scores.AsSpan(first * FashionModel.Classes, n * FashionModel.Classes));
        }
        return scores;
    }
}
