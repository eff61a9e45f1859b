using System.Globalization;

namespace Dyadic.Cli.Framework;

/// <summary>Lists of whole numbers in an option, such as 1,2,8.</summary>
internal static class NumberList
{
    /// <summary>The numbers in their order.</summary>
    /// <param name="option">The option, for the message.</param>
    /// <param name="text">Numbers with commas between.</param>
    /// <param name="most">The greatest that is allowed; the least is 1.</param>
    /// <exception cref="UsageException">A part is no such number, or occurs twice.</exception>
    public static int[] Parse(string option, string text, int most = int.MaxValue)
    {
        List<int> numbers = [];
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int n) || n < 1 || n > most)
                throw new UsageException($"{option} is {text}: write whole numbers from 1{(most == int.MaxValue ? " on" : $" to {most}")}, with commas between several.");
            if (numbers.Contains(n)) throw new UsageException($"{option} is {text}: {n} is there twice.");
            numbers.Add(n);
        }
        return [.. numbers];
    }
}
