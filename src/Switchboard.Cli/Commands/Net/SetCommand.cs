using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using Switchboard.Addresses;
using Switchboard.Cli.Output;
using Switchboard.Cli.Parsing;

namespace Switchboard.Cli.Commands.Net;

/// <summary><c>net set</c>: networks, addresses and ranges as a set.</summary>
internal static class SetCommand
{
    // Each is compared with each for overlaps.
    private const int MostWords = 1024;

    private static readonly Flag s_minus = new("minus", ("Take this away", "从中减去")) { Value = "NET", Repeats = true };
    private static readonly Flag s_overlap = new("overlap", ("Keep only what is in this too", "只保留与它重叠的部分")) { Value = "NET", Repeats = true };
    private static readonly Flag s_contains = new("contains", ("Is all of this inside?", "是否完全包含它？")) { Value = "NET", Repeats = true };

    public static Command Build() => new("set", ("Networks as a set: union, difference, overlap, cover", "网络的集合运算：并、差、交、覆盖"))
    {
        Arguments = [new("NET", ("A network, an address, or a range FIRST-LAST", "网络、地址，或范围 起-止")) { Many = true }],
        Flags = [s_minus, s_overlap, s_contains],
        Details = (
            "Joins all of them, keeps what --overlap names, takes away what --minus names, and writes the result as the fewest networks. The cover is the smallest single network around it, and says how much it has too many.",
            "先求并集，再保留 --overlap 的部分，减去 --minus 的部分，结果写成最少的网络。覆盖是能包住它的最小单个网络，并说明多出多少地址。"),
        Examples =
        [
            new("switchboard net set 10.0.0.0/24 10.0.1.0/24", ("Two that are one", "两个合为一个")),
            new("switchboard net set 10.0.0.0/24 --minus 10.0.0.64/26", ("One without a part", "去掉一部分")),
            new("switchboard net set 192.168.1.10-192.168.1.99", ("A range as networks", "范围转为网络")),
        ],
        Run = call => Task.FromResult(Run(call)),
    };

    private static int Run(Invocation call)
    {
        (string Text, AddressRange Range)[] given = [.. call.Words.Select(text => (text, AddressText.ReadRange(text)))];
        AddressFamily family = given[0].Range.Family;
        if (given.Length > MostWords)
        {
            throw new UsageException(($"A set is made of {MostWords} networks at most, not {given.Length}.", $"一次最多 {MostWords} 个网络，而不是 {given.Length} 个。"));
        }
        AddressSet set = Union(family, given);
        (string Text, AddressSet Set)[] asked = [.. call.Values(s_contains).Select(text => (text, Union(family, [(text, AddressText.ReadRange(text))])))];
        AddressSet result = Narrowed(call, set);
        OverlapLine[] overlaps = Overlaps(given);
        ContainsLine[] contains = [.. asked.Select(one => new ContainsLine(one.Text, result.Contains(one.Set)))];
        if (call.Printer.IsJson)
        {
            call.Printer.Json(LineOf(result, overlaps, contains), NetJson.Default.SetLine);
            return ExitCode.Done;
        }
        Print(call.Printer, result, overlaps, contains);
        return ExitCode.Done;
    }

    private static AddressSet Narrowed(Invocation call, AddressSet set)
    {
        foreach (string text in call.Values(s_overlap))
        {
            set = set.Intersect(Union(set.Family, [(text, AddressText.ReadRange(text))]));
        }
        return set.Subtract(Union(set.Family, [.. call.Values(s_minus).Select(text => (text, AddressText.ReadRange(text)))]));
    }

    private static AddressSet Union(AddressFamily family, (string Text, AddressRange Range)[] given)
    {
        string? stranger = given.FirstOrDefault(one => one.Range.Family != family).Text;
        return stranger is null ? AddressSet.Of(family, given.Select(one => one.Range))
            : throw new AddressFormatException(AddressFault.FamiliesDiffer, stranger, 0, stranger.Length);
    }

    private static OverlapLine[] Overlaps((string Text, AddressRange Range)[] given)
    {
        List<OverlapLine> found = [];
        for (int a = 0; a < given.Length; a++)
        {
            for (int b = a + 1; b < given.Length; b++)
            {
                AddressSet common = Union(given[a].Range.Family, [given[a]]).Intersect(Union(given[a].Range.Family, [given[b]]));
                if (!common.IsEmpty)
                {
                    found.Add(new(given[a].Text, given[b].Text, [.. common.ToNetworks().Select(IPv6Text.Short)]));
                }
            }
        }
        return [.. found];
    }

    private static void Print(Printer printer, AddressSet result, OverlapLine[] overlaps, ContainsLine[] contains)
    {
        foreach (IPNetwork network in result.ToNetworks())
        {
            printer.Line(printer.Styled(Style.Name, IPv6Text.Short(network)));
        }
        if (!result.IsEmpty)
        {
            printer.Line();
        }
        PrintFacts(printer, result);
        PrintWorking(printer, result);
        if (overlaps.Length + contains.Length > 0)
        {
            printer.Line();
        }
        foreach (OverlapLine overlap in overlaps)
        {
            string common = string.Join(", ", overlap.Common);
            printer.Line(($"{overlap.A} and {overlap.B} overlap in {common}", $"{overlap.A} 与 {overlap.B} 重叠于 {common}"));
        }
        foreach (ContainsLine one in contains)
        {
            Words words = one.Inside ? ($"yes: all of {one.Network} is inside", $"是：完全包含 {one.Network}") : ($"no: not all of {one.Network} is inside", $"否：未完全包含 {one.Network}");
            printer.Line(printer.Styled(one.Inside ? Style.Good : Style.Bad, printer.In(words)));
        }
    }

    private static void PrintFacts(Printer printer, AddressSet result)
    {
        if (result.Cover() is not { } cover)
        {
            printer.Line(("The set is empty.", "集合为空。"));
            return;
        }
        BigInteger more = cover.Range().Count - result.Count;
        var facts = new FactSheet(printer);
        facts.Row(("addresses", "地址数"), result.Count.ToString(CultureInfo.InvariantCulture));
        facts.Row(("ranges", "范围"), string.Join(", ", result.Ranges.Select(range => $"{IPv6Text.Short(range.FirstAddress)}-{IPv6Text.Short(range.LastAddress)}")));
        facts.Row(("cover", "最小覆盖"), more.IsZero ? ($"{IPv6Text.Short(cover)}, exactly", $"{IPv6Text.Short(cover)}，正好") : ($"{IPv6Text.Short(cover)}, with {more} addresses too many", $"{IPv6Text.Short(cover)}，多出 {more} 个地址"));
        facts.Print();
    }

    // The cover's prefix is as long as the first and the last address agree.
    private static void PrintWorking(Printer printer, AddressSet result)
    {
        if (result.Cover() is not { } cover)
        {
            return;
        }
        printer.Line();
        var bits = new BitSheet(printer, result.Family, cover.PrefixLength);
        bits.Row(' ', ("first", "最小"), result.Ranges[0].FirstAddress);
        bits.Row(' ', ("last", "最大"), result.Ranges[^1].LastAddress);
        bits.Row('=', ("cover", "覆盖"), cover.BaseAddress);
        bits.Print();
    }

    private static SetLine LineOf(AddressSet set, OverlapLine[] overlaps, ContainsLine[] contains) => new()
    {
        Networks = [.. set.ToNetworks().Select(IPv6Text.Short)],
        Ranges = [.. set.Ranges.Select(range => new RangeLine(IPv6Text.Short(range.FirstAddress), IPv6Text.Short(range.LastAddress)))],
        Addresses = set.Count,
        Cover = set.Cover() is { } cover ? IPv6Text.Short(cover) : null,
        Overlaps = overlaps,
        Contains = contains.Length > 0 ? contains : null,
    };
}
