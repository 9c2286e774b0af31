using System.Globalization;
using System.Security.Cryptography;

namespace Switchboard.Server;

/// <summary>Ports a firewall lets through, both ends included.</summary>
public sealed record PortRange(int First, int Last)
{
    public int Count => Last - First + 1;

    /// <summary><c>50000-50099</c>, or one port; null for anything else.</summary>
    public static PortRange? Parse(string text)
    {
        var ends = text.Split('-');
        return ends.Length <= 2 && Port(ends[0]) is { } first && Port(ends[^1]) is { } last && first <= last ? new PortRange(first, last) : null;
    }

    /// <summary>All of them, from a random one on: the next port cannot be guessed, nor is one tried while its last connection still lingers.</summary>
    public IEnumerable<int> Shuffled()
    {
        var start = RandomNumberGenerator.GetInt32(Count);
        return Enumerable.Range(0, Count).Select(i => First + ((start + i) % Count));
    }

    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";

    private static int? Port(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 ? port : null;
}
