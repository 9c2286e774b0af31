namespace Switchboard.Framing.TestKit;

/// <summary>Where a stream is split: an endless row of lengths in bytes. No read ever sees bytes of two pieces for the first time.</summary>
/// <remarks>Boundaries depend on the offset in the stream alone, not on who was faster; so the same pieces always split the same bytes apart.</remarks>
public sealed class Pieces
{
    private readonly Func<IEnumerable<long>> _lengths;

    private Pieces(string description, Func<IEnumerable<long>> lengths)
    {
        Description = description;
        _lengths = lengths;
    }

    /// <summary>What to print when a test fails, the seed included.</summary>
    public string Description { get; }

    /// <summary>Not split: a read sees all that has arrived.</summary>
    public static Pieces Whole { get; } = new("whole", () => [long.MaxValue]);

    /// <summary>These lengths, over and over: <c>Of(1)</c> is one byte at a time.</summary>
    /// <exception cref="ArgumentException">None given, or one below 1.</exception>
    public static Pieces Of(params int[] lengths)
    {
        if (lengths.Length == 0 || lengths.Any(length => length < 1))
            throw new ArgumentException("Pieces have 1 byte or more.", nameof(lengths));
        return new Pieces($"of {string.Join(",", lengths)}", () => Repeat(lengths));
    }

    /// <summary>Split at these offsets of the stream (ascending, from 1) and nowhere else.</summary>
    /// <exception cref="ArgumentException">Not ascending from 1.</exception>
    public static Pieces SplitAt(params long[] offsets)
    {
        long[] lengths = [.. offsets.Select((offset, i) => offset - (i == 0 ? 0 : offsets[i - 1]))];
        if (lengths.Any(length => length < 1))
            throw new ArgumentException("Offsets ascend, from 1.", nameof(offsets));
        return new Pieces($"split at {string.Join(",", offsets)}", () => lengths.Append(long.MaxValue));
    }

    /// <summary>Lengths of 1 to <paramref name="longest"/> bytes, the same for the same seed.</summary>
    public static Pieces Random(int seed, int longest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, 1);
        return new Pieces($"random (seed {seed}, to {longest})", () => Draw(new Random(seed), longest));
    }

    /// <inheritdoc/>
    public override string ToString() => Description;

    internal IEnumerator<long> Begin() => _lengths().GetEnumerator();

    private static IEnumerable<long> Repeat(int[] lengths)
    {
        while (true)
        {
            foreach (var length in lengths)
                yield return length;
        }
    }

    private static IEnumerable<long> Draw(Random random, int longest)
    {
        while (true)
            yield return random.Next(1, longest + 1);
    }
}
