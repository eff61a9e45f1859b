using Dyadic.Data;
using Dyadic.Nn;
using Dyadic.Ops;
using Dyadic.Optim;

namespace Dyadic.Recipes.FineTuning;

/// <summary>Training in float32 that fine-tuning starts from, and the loop that both share.</summary>
internal static class Pretraining
{
    private const double MaskedShare = 0.15;

    /// <summary>AdamW with a rate that falls linearly to 0, over epochs in orders of their own.</summary>
    /// <param name="model">What is trained.</param>
    /// <param name="loss">The loss of some rows at a step.</param>
    /// <param name="rows">Training rows.</param>
    /// <param name="batch">Rows a step.</param>
    /// <param name="epochs">Passes over the rows.</param>
    /// <param name="rate">The first learning rate.</param>
    /// <param name="rng">Of the orders.</param>
    /// <param name="progress">Hears the share that is done.</param>
    public static void Train(Module model, Func<int[], long, Tensor> loss, int rows, int batch, int epochs, double rate, Rng rng, Action<double> progress)
    {
        AdamW optimizer = new(model.NamedParameters(), rate, weightDecay: 0.01);
        int steps = Math.Max(1, rows / batch);
        long total = (long)epochs * steps;
        model.Train();
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            int[] order = [.. Enumerable.Range(0, rows)];
            rng.Split(epoch).Shuffle(order.AsSpan());
            foreach (int[] chosen in order.Chunk(batch).Take(steps))
            {
                optimizer.LearningRate = rate * (1 - (double)optimizer.Steps / total);
                model.ZeroGrad();
                loss(chosen, optimizer.Steps).Backward();
                optimizer.Step();
                progress((double)optimizer.Steps / total);
            }
        }
        model.Eval();
    }

    /// <summary>Guessing masked tokens: 15 % of the tokens, of which 80 % are replaced by the mask, 10 % by any token, and 10 % are left.</summary>
    /// <remarks>Devlin et al. 2019, §3.1.</remarks>
    public static Pretrained<BertOptions> Masked(BertOptions options, TokenSequences text, long mask, long firstWord, int batch, int epochs, double rate, Rng rng, Action<double> progress)
    {
        BertForMaskedTokens model = new(options, rng.Split("model"));
        Train(model, (rows, step) => MaskedLoss(model, text, rows, mask, firstWord, rng.Split("mask").Split(step)), text.Count, batch, epochs, rate, rng.Split("order"), progress);
        return Pretrained<BertOptions>.Of(options, "bert", model);
    }

    /// <summary>Classifying images of other classes.</summary>
    public static Pretrained<VitOptions> Images(VitOptions options, IDataset images, int classes, int batch, int epochs, double rate, Rng rng, Action<double> progress)
    {
        VitForClassification model = new(options, classes, rng.Split("model"));
        FineTuningTask task = FineTuningTask.Classify("", Pretrained<VitOptions>.Of(options, "vit", model), images, images, classes);
        Train(model, (rows, _) => task.Loss(model, rows), images.Count, batch, epochs, rate, rng.Split("order"), progress);
        return Pretrained<VitOptions>.Of(options, "vit", model);
    }

    internal static Tensor MaskedLoss(BertForMaskedTokens model, TokenSequences text, int[] rows, long mask, long firstWord, Rng rng)
    {
        (Tensor ids, Tensor present) = text.Inputs(rows);
        long[] seen = ids.ToArray<long>(), places = [.. Enumerable.Range(0, seen.Length).Where(i => seen[i] >= firstWord && rng.NextDouble() < MaskedShare).Select(i => (long)i)];
        if (places.Length == 0) places = [1];
        long[] wanted = [.. places.Select(p => seen[p])];
        int vocabulary = model.Bert.Embeddings.Words.Weight.Shape[0];
        foreach (long place in places)
        {
            double kind = rng.NextDouble();
            if (kind < 0.8) seen[place] = mask;
            else if (kind < 0.9) seen[place] = firstWord + rng.NextInt(vocabulary - (int)firstWord);
        }
        Tensor logits = model.ForwardAt(Tensor.From(seen, ids.Shape), present, Tensor.From(places, [places.Length]));
        return Losses.CrossEntropy(logits, Tensor.From(wanted, [wanted.Length]));
    }
}
