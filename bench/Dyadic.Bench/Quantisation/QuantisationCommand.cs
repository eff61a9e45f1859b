namespace Dyadic.Bench.Quantisation;

/// <summary>The options of <c>quantisation</c>.</summary>
internal static class QuantisationCommand
{
    /// <summary>Measures what is missing in docs/quantisation.json, or in that file of another folder, and writes docs/quantisation.md.</summary>
    /// <exception cref="ArgumentException">An option is unknown.</exception>
    public static int Run(string[] options, TextWriter log)
    {
        List<string> models = [];
        string docs = Path.Combine(Environment.CurrentDirectory, "docs");
        bool again = false;
        for (int i = 0; i < options.Length; i++)
        {
            switch (options[i])
            {
                case "--models" when i + 1 < options.Length: models.AddRange(options[++i].Split(',', StringSplitOptions.RemoveEmptyEntries)); break;
                case "--data" when i + 1 < options.Length: Environment.SetEnvironmentVariable("DYADIC_DATA", options[++i]); break;
                case "--docs" when i + 1 < options.Length: docs = options[++i]; break;
                case "--again": again = true; break;
                default: throw new ArgumentException($"quantisation: '{options[i]}' is no option or lacks a value. There are --models NAME,…, --data DIR, --docs DIR and --again.");
            }
        }
        if (!Directory.Exists(docs)) throw new ArgumentException($"quantisation: there is no folder '{docs}'. Run in a clone, or name one with --docs.");
        EvidenceTable.Update(docs, models, again, log);
        return 0;
    }
}
