using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using Switchboard.Addresses;

namespace Switchboard.EndToEnd.Net;

/// <summary>Ten thousand random questions of each kind, answered by ours and by Python's ipaddress. <c>SWITCHBOARD_SEED=n</c> asks others; a failure names the question.</summary>
public sealed class AddressAgreementTests
{
    private const int Questions = 10_000;
    private const string Refused = "refused";

    private readonly Random _random = new(int.TryParse(Environment.GetEnvironmentVariable("SWITCHBOARD_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int seed) ? seed : 1);

    [Fact]
    public Task Addresses_right_and_wrong() => AgreeAsync("address", () => [Damaged(AddressWord())], words => AddressText.ReadAddress(words[0]).ToNumber().ToString(CultureInfo.InvariantCulture));

    [Fact]
    public Task Networks_right_and_wrong() => AgreeAsync("network", () => [NetworkWord()], words => Listed([AddressText.ReadNetwork(words[0])]));

    [Fact]
    public Task Ends_masks_and_sizes() => AgreeAsync("facts", () => [$"{AddressWord()}/{Prefix()}"], words =>
    {
        IPNetwork network = AddressText.ReadInterface(words[0]).Network;
        AddressRange range = network.Range();
        BigInteger[] numbers = [range.First, range.Last, network.Mask().ToNumber(), network.Wildcard().ToNumber(), range.Count];
        return string.Join(' ', numbers);
    });

    [Fact]
    public Task Masks_with_and_without_holes() => AgreeAsync("mask", () => [MaskWord()], words => AddressText.ReadMask(words[0], AddressFamily.InterNetwork).ToString(CultureInfo.InvariantCulture));

    [Fact]
    public Task Who_overlaps_and_who_contains() => AgreeAsync("relation", () => Pair(), words =>
    {
        IPNetwork a = AddressText.ReadNetwork(words[0]), b = AddressText.ReadNetwork(words[1]);
        AddressSet one = AddressSet.Of(a), other = AddressSet.Of(b);
        return $"{one.Overlaps(other)} {other.Contains(one)} {one.Contains(other)} {a.Has(b.BaseAddress)}";
    });

    [Fact]
    public Task Ranges_as_networks() => AgreeAsync("range", () => Ends(), words => Listed(AddressText.ReadRange($"{words[0]}-{words[1]}").ToNetworks()));

    [Fact]
    public Task Unions() => AgreeAsync("union", () => [string.Join(' ', Near(_random.Next(1, 8)))], words => Listed(SetOf(words[0]).ToNetworks()));

    [Fact]
    public Task Differences() => AgreeAsync("minus", () => Pair(), words => Listed(SetOf(words[0]).Subtract(SetOf(words[1])).ToNetworks()));

    [Fact]
    public Task Smallest_covers() => AgreeAsync("cover", () => [string.Join(' ', Near(_random.Next(1, 5)))], words => Listed([SetOf(words[0]).Cover()!.Value]));

    [Fact]
    public Task Forms_and_bytes() => AgreeAsync("forms", () => [AddressWord()], words =>
    {
        IPAddress address = AddressText.ReadAddress(words[0]);
        string full = address.AddressFamily == AddressFamily.InterNetwork ? IPv6Text.Short(address) : IPv6Text.Full(address);
        byte[] bytes = address.GetAddressBytes();
        Assert.Equal(address, NumberText.ReadPacked(Convert.ToHexString(bytes)));
        Assert.Equal(address, AddressText.ReadAddress(IPv6Text.Short(address)));
        return $"{IPv6Text.Short(address)} {full} {IPv6Text.ReverseName(address)} {Convert.ToHexStringLower(bytes)}";
    });

    [Fact]
    public Task Kinds_that_Python_knows() => AgreeAsync("kind", () => [AddressWord()], words =>
    {
        AddressKind kind = SpecialRegistry.BlocksOf(AddressText.ReadAddress(words[0]))[0].Kind;
        return $"{kind == AddressKind.Multicast} {kind == AddressKind.Loopback} {kind == AddressKind.LinkLocal} {kind == AddressKind.Unspecified} {kind == AddressKind.SiteLocal}";
    });

    [Fact]
    public Task Plans() => AgreeAsync("plan", () => PlanWords(), words =>
    {
        IPNetwork whole = AddressText.ReadNetwork(words[0]);
        SizeWanted[] sizes = [.. words[1..].Select(word => NumberText.ReadSize("/" + word, whole))];
        return SubnetPlan.Make(whole, sizes) is { } plan ? $"{Listed(plan.Placed.Select(part => part.Network))}|{Listed(plan.Left.ToNetworks())}" : Refused;
    });

    [Fact]
    public Task Byte_orders() => AgreeAsync("order", () => [(unchecked((ulong)_random.NextInt64(long.MinValue, long.MaxValue)) >> _random.Next(64)).ToString(CultureInfo.InvariantCulture), Pick("16", "32", "64")], words =>
        ByteOrders.Of(NumberText.ReadNumber(words[0]), int.Parse(words[1], CultureInfo.InvariantCulture)) is { } orders
            ? $"{Convert.ToHexStringLower(orders.Big)} {Convert.ToHexStringLower(orders.Little)} {orders.Swapped}" : Refused);

    [Fact]
    public async Task The_C_library_writes_addresses_alike()
    {
        Assert.SkipUnless(Oracle.Getent is not null, "skipped: getent is not installed");
        // inet_ntop of glibc still writes dots into ::/96, which RFC 5952 leaves to mapped addresses.
        IPAddress[] addresses = [.. Enumerable.Range(0, Questions).Select(_ => AddressNumberOf(128).ToAddress(AddressFamily.InterNetworkV6)).Where(one => one.ToNumber() >> 32 != 0)];
        List<string> lines = await Oracle.GetentAsync("ahostsv6", [.. addresses.Select(IPv6Text.Full)]);
        string[] told = [.. lines.Where(line => line.Contains("STREAM", StringComparison.Ordinal)).Select(line => line.Split(' ')[0])];
        Assert.Equal(addresses.Select(IPv6Text.Short), told);
    }

    [Fact]
    public async Task The_system_s_own_table_of_services_is_read_alike()
    {
        Assert.SkipUnless(Oracle.Getent is not null && File.Exists("/etc/services"), "skipped: there is no getent, or no /etc/services");
        var table = new ServiceTable(File.ReadLines("/etc/services"));
        string[] names = [.. table.Services.SelectMany(service => service.Aliases.Prepend(service.Name))];
        string[] keys = [.. Enumerable.Range(0, Questions).Select(_ => _random.Next(3) switch { 0 => Pick(names), 1 => Pick(names) + "x", _ => _random.Next(1, 10_000).ToString(CultureInfo.InvariantCulture) })];
        string[] expected = [.. keys.Select(key => (char.IsAsciiDigit(key[0]) && key.All(char.IsAsciiDigit) ? table.At(NumberText.ReadPort(key)) : table.Named(key)).FirstOrDefault())
            .OfType<Service>().Select(service => string.Join(' ', [service.Name, $"{service.Port}/{service.Protocol}", .. service.Aliases]))];
        List<string> told = await Oracle.GetentAsync("services", keys);
        Assert.Equal(expected, told.Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    private static async Task AgreeAsync(string kind, Func<string[]> question, Func<string[], string> ours)
    {
        Assert.SkipUnless(Oracle.Python is not null, "skipped: python3 is not installed");
        string[][] questions = [.. Enumerable.Range(0, Questions).Select(_ => question())];
        string[] answers = await Oracle.AskAsync([.. questions.Select(words => $"{kind}\t{string.Join('\t', words)}")]);
        for (int i = 0; i < Questions; i++)
        {
            string own = Answer(() => ours(questions[i]));
            Assert.True(own == answers[i], $"{kind} {string.Join(' ', questions[i])}\nours:   {own}\nPython: {answers[i]}");
        }
        // A generator that made only wrong input, or only right, would prove half.
        Assert.Contains(answers, answer => answer != Refused);
    }

    private static string Answer(Func<string> ask)
    {
        try
        {
            return ask();
        }
        catch (AddressFormatException)
        {
            return Refused;
        }
    }

    private static string Listed(IEnumerable<IPNetwork> networks) => string.Join(' ', networks.Select(network => $"{network.BaseAddress.ToNumber()}/{network.PrefixLength}"));

    private static AddressSet SetOf(string text)
    {
        AddressRange[] ranges = [.. text.Split(' ').Select(AddressText.ReadRange)];
        return AddressSet.Of(ranges[0].Family, ranges);
    }

    private string Pick(params string[] words) => words[_random.Next(words.Length)];

    private int Width() => _random.Next(2) == 0 ? 32 : 128;

    private string Prefix() => _random.Next(33).ToString(CultureInfo.InvariantCulture);

    // Runs of zeros and ones as real addresses have them, not only noise.
    private UInt128 AddressNumberOf(int width)
    {
        UInt128 number = 0;
        for (int group = 0; group < width / 16; group++)
        {
            number = (number << 16) | (uint)(_random.Next(5) switch { 0 or 1 => 0, 2 => _random.Next(16), 3 => 0xffff, _ => _random.Next(0x10000) });
        }
        return _random.Next(4) == 0 ? Special(number, width) : number;
    }

    // A quarter in the blocks of the registries, where kinds differ.
    private UInt128 Special(UInt128 number, int width)
    {
        AddressFamily family = width == 32 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        IReadOnlyList<SpecialBlock> blocks = SpecialRegistry.Of(family);
        IPNetwork block = blocks[_random.Next(blocks.Count)].Network;
        return block.BaseAddress.ToNumber() | (number & block.Wildcard().ToNumber());
    }

    private string AddressWord()
    {
        int width = Width();
        UInt128 number = AddressNumberOf(width);
        if (width == 32)
        {
            return number.ToAddress(AddressFamily.InterNetwork).ToString();
        }
        IPAddress address = number.ToAddress(AddressFamily.InterNetworkV6);
        return _random.Next(4) switch { 0 => IPv6Text.Full(address), 1 => IPv6Text.Full(address).ToUpperInvariant(), 2 => IPv6Text.Mixed(address), _ => IPv6Text.Short(address) };
    }

    private string Damaged(string word)
    {
        for (int times = _random.Next(3); times > 0 && word.Length > 0; times--)
        {
            int at = _random.Next(word.Length);
            word = _random.Next(3) switch
            {
                0 => word.Remove(at, 1),
                1 => word.Insert(at, Pick("0", "1", "9", "a", "f", "g", ".", ":", "::", "-", " ", "00")),
                _ => word[..at] + Pick("0", "5", "f", ".", ":") + word[(at + 1)..],
            };
        }
        return word;
    }

    private string NetworkWord()
    {
        InterfaceAddress at = AddressText.ReadInterface($"{AddressWord()}/{Prefix()}");
        IPAddress address = _random.Next(3) == 0 ? at.Address : at.Network.BaseAddress;
        bool masked = address.AddressFamily == AddressFamily.InterNetwork && _random.Next(3) == 0;
        string behind = masked ? IPv6Text.Short(at.Network.Mask()) : _random.Next(10) == 0 ? _random.Next(33, 200).ToString(CultureInfo.InvariantCulture) : at.Prefix.ToString(CultureInfo.InvariantCulture);
        return _random.Next(8) == 0 ? IPv6Text.Short(address) : $"{IPv6Text.Short(address)}/{behind}";
    }

    private string MaskWord() => (_random.Next(3) == 0 ? AddressNumberOf(32) : AddressNumber.Mask(_random.Next(33), 32)).ToAddress(AddressFamily.InterNetwork).ToString();

    private string[] Ends()
    {
        int width = Width();
        AddressFamily family = width == 32 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        UInt128 one = AddressNumberOf(width), other = _random.Next(2) == 0 ? AddressNumberOf(width) : one ^ (uint)_random.Next(4096);
        UInt128[] ends = _random.Next(20) == 0 ? [one, other] : [UInt128.Min(one, other), UInt128.Max(one, other)];
        return [.. ends.Select(end => IPv6Text.Short(end.ToAddress(family)))];
    }

    private string[] Pair() => [.. Near(2)];

    // Networks of one family in one narrow place, so that they meet.
    private string[] Near(int count)
    {
        int width = Width();
        AddressFamily family = width == 32 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        UInt128 place = AddressNumberOf(width);
        return [.. Enumerable.Range(0, count).Select(_ => IPv6Text.Short((place ^ (uint)_random.Next(256)).ToAddress(family).NetworkOf(_random.Next(width - 12, width + 1))))];
    }

    private string[] PlanWords()
    {
        int width = Width();
        AddressFamily family = width == 32 ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        IPNetwork whole = AddressNumberOf(width).ToAddress(family).NetworkOf(_random.Next(width - 20, width - 1));
        return [IPv6Text.Short(whole), .. Enumerable.Range(0, _random.Next(1, 7)).Select(_ => _random.Next(whole.PrefixLength + 1, width + 1).ToString(CultureInfo.InvariantCulture))];
    }
}
