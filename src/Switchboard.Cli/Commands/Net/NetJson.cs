using System.Globalization;
using System.Net;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;
using Switchboard.Addresses;

namespace Switchboard.Cli.Commands.Net;

/// <summary>Counts of addresses as JSON numbers, which have no limit of their own: all of IPv6 is 2^128.</summary>
internal sealed class WholeNumberConverter : JsonConverter<BigInteger>
{
    public override BigInteger Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, BigInteger value, JsonSerializerOptions options) => writer.WriteRawValue(value.ToString(CultureInfo.InvariantCulture));
}

/// <summary>What <c>net mask --json</c> tells.</summary>
internal sealed record MaskLine
{
    public required string Address { get; init; }
    public required int Prefix { get; init; }
    public required string Mask { get; init; }
    public required string Wildcard { get; init; }
    public required string Network { get; init; }
    public string? Broadcast { get; init; }
    public required string FirstHost { get; init; }
    public required string LastHost { get; init; }
    public required BigInteger Hosts { get; init; }
    public required BigInteger Addresses { get; init; }
    public string? Other { get; init; }
    public bool? OtherInside { get; init; }

    public static MaskLine Of(InterfaceAddress given, IPAddress? other)
    {
        IPNetwork network = given.Network;
        AddressRange hosts = network.Hosts();
        return new()
        {
            Address = IPv6Text.Short(given.Address),
            Prefix = given.Prefix,
            Mask = IPv6Text.Short(network.Mask()),
            Wildcard = IPv6Text.Short(network.Wildcard()),
            Network = IPv6Text.Short(network),
            Broadcast = network.HasBroadcast() ? IPv6Text.Short(network.Last()) : null,
            FirstHost = IPv6Text.Short(hosts.FirstAddress),
            LastHost = IPv6Text.Short(hosts.LastAddress),
            Hosts = hosts.Count,
            Addresses = network.Range().Count,
            Other = other is null ? null : IPv6Text.Short(other),
            OtherInside = other is null ? null : network.Has(other),
        };
    }
}

/// <summary>What <c>net same --json</c> tells: one view under one mask, two where each has its own.</summary>
internal sealed record SameLine
{
    public required string A { get; init; }
    public required string B { get; init; }
    public required bool Same { get; init; }
    public required bool Agree { get; init; }
    public required SameView[] Views { get; init; }

    public static SameLine Of(InterfaceAddress a, InterfaceAddress b, bool own)
    {
        SameView[] views = own ? [View(a, b), View(b, a)] : [View(a, b) with { By = null }];
        return new()
        {
            A = IPv6Text.Short(a.Address),
            B = IPv6Text.Short(b.Address),
            Same = views.All(view => view.Same),
            Agree = views.All(view => view.Same == views[0].Same),
            Views = views,
        };
    }

    private static SameView View(InterfaceAddress from, InterfaceAddress to) => new()
    {
        By = IPv6Text.Short(from.Address),
        Prefix = from.Prefix,
        Own = IPv6Text.Short(from.Network),
        Other = IPv6Text.Short(to.Address.NetworkOf(from.Prefix)),
        Same = from.Network.Has(to.Address),
    };
}

internal sealed record SameView
{
    /// <summary>Whose mask this is; null where both have one.</summary>
    public string? By { get; init; }
    public required int Prefix { get; init; }
    public required string Own { get; init; }
    public required string Other { get; init; }
    public required bool Same { get; init; }
}

/// <summary>What <c>net plan --json</c> tells.</summary>
internal sealed record PlanLine
{
    public required string Network { get; init; }
    public required PlanPart[] Placed { get; init; }
    public required string[] Left { get; init; }
    public required BigInteger LeftAddresses { get; init; }
}

internal sealed record PlanPart
{
    /// <summary>The place of the size among those asked for, from 1.</summary>
    public required int Order { get; init; }
    public BigInteger? Wanted { get; init; }
    public required string Network { get; init; }
    public required string Mask { get; init; }
    public string? Broadcast { get; init; }
    public required string FirstHost { get; init; }
    public required string LastHost { get; init; }
    public required BigInteger Hosts { get; init; }
}

/// <summary>What <c>net set --json</c> tells.</summary>
internal sealed record SetLine
{
    public required string[] Networks { get; init; }
    public required RangeLine[] Ranges { get; init; }
    public required BigInteger Addresses { get; init; }
    public string? Cover { get; init; }
    public required OverlapLine[] Overlaps { get; init; }
    public ContainsLine[]? Contains { get; init; }
}

internal sealed record RangeLine(string First, string Last);

internal sealed record OverlapLine(string A, string B, string[] Common);

internal sealed record ContainsLine(string Network, bool Inside);

/// <summary>What <c>net kind IP --json</c> tells.</summary>
internal sealed record KindLine
{
    public required string Address { get; init; }
    public required string Kind { get; init; }
    public required BlockLine[] Blocks { get; init; }
    public string? Embedding { get; init; }
    public string? Embedded { get; init; }
    public string? Mac { get; init; }
}

internal sealed record BlockLine
{
    public required string Network { get; init; }
    public required string Name { get; init; }
    public required string Rfc { get; init; }
    public bool? Source { get; init; }
    public bool? Destination { get; init; }
    public bool? Forwardable { get; init; }
    public bool? GloballyReachable { get; init; }
    public bool? ReservedByProtocol { get; init; }
}

/// <summary>What <c>net kind PORT --json</c> tells.</summary>
internal sealed record PortLine
{
    public required int Port { get; init; }
    /// <summary><c>system</c>, <c>user</c> or <c>dynamic</c>.</summary>
    public required string Class { get; init; }
    public required ServiceLine[] Services { get; init; }
    public required ListenerLine[] Listeners { get; init; }
}

internal sealed record ServiceLine
{
    public required string Name { get; init; }
    public required int Port { get; init; }
    public required string Protocol { get; init; }
    public required string[] Aliases { get; init; }
}

internal sealed record ListenerLine
{
    public required string Protocol { get; init; }
    public required string Address { get; init; }
    public int? Pid { get; init; }
    public string? Program { get; init; }
}

/// <summary>What <c>net host --json</c> tells.</summary>
internal sealed record HostLine
{
    public required string Name { get; init; }
    /// <summary>As it was asked, where the name has letters beyond ASCII.</summary>
    public string? Asked { get; init; }
    public required AnswerLine[] Answers { get; init; }
    public required double TimeMs { get; init; }
}

internal sealed record AnswerLine
{
    /// <summary><c>ipv4</c> or <c>ipv6</c>.</summary>
    public required string Family { get; init; }
    public required string[] Addresses { get; init; }
    public required double TimeMs { get; init; }
    /// <summary><c>no_such_name</c>, <c>no_data</c>, <c>try_again</c> or <c>failed</c>.</summary>
    public string? Error { get; init; }
}

/// <summary>What <c>net addr --json</c> tells.</summary>
internal sealed record AddrLine
{
    public required string Address { get; init; }
    public required string ReverseName { get; init; }
    public required string[] Names { get; init; }
    /// <summary>Where the first name leads.</summary>
    public required string[] Forward { get; init; }
    public required bool Confirmed { get; init; }
    public required double TimeMs { get; init; }
}

/// <summary>One probe of <c>net ping --json</c>.</summary>
internal sealed record ProbeLine
{
    public required int Number { get; init; }
    public required string Address { get; init; }
    /// <summary><c>icmp</c> or <c>tcp</c>.</summary>
    public required string Method { get; init; }
    /// <summary><c>reply</c>, <c>accepted</c>, <c>refused</c>, <c>late</c> or <c>unreachable</c>.</summary>
    public required string Result { get; init; }
    public double? TimeMs { get; init; }
}

/// <summary>The last line of <c>net ping --json</c>.</summary>
internal sealed record PingLine
{
    public required string Address { get; init; }
    public required string Method { get; init; }
    public int? Port { get; init; }
    public required int Sent { get; init; }
    public required int Received { get; init; }
    public required double LossPercent { get; init; }
    public double? MinMs { get; init; }
    public double? AverageMs { get; init; }
    public double? MaxMs { get; init; }
}

/// <summary>What <c>net order --json</c> tells, once per width.</summary>
internal sealed record OrderLine
{
    public required ulong Number { get; init; }
    public required int Bits { get; init; }
    public required string Big { get; init; }
    public required string Little { get; init; }
    public required ulong Swapped { get; init; }
}

/// <summary>What <c>net pack --json</c> and <c>net unpack --json</c> tell.</summary>
internal sealed record PackLine
{
    public required string Address { get; init; }
    public required int Length { get; init; }
    public required string Hex { get; init; }
    public required UInt128 Number { get; init; }
}

/// <summary>What <c>net form --json</c> tells.</summary>
internal sealed record FormLine
{
    public string? Mac { get; init; }
    public string? InterfaceId { get; init; }
    public required string Short { get; init; }
    public string? Full { get; init; }
    public string? Mixed { get; init; }
    public string? Mapped { get; init; }
    public string? Nat64 { get; init; }
    public string? SixToFour { get; init; }
    public required string ReverseName { get; init; }
    public string? Embedded { get; init; }
}

/// <summary>One interface of <c>net info --json</c>.</summary>
internal sealed record InterfaceLine
{
    public required string Interface { get; init; }
    public required string State { get; init; }
    public string? Mac { get; init; }
    public int? Mtu { get; init; }
    public required InterfaceAddressLine[] Addresses { get; init; }
    public required string[] Gateways { get; init; }
    public required string[] Dns { get; init; }
    public required NeighbourLine[] Neighbours { get; init; }
}

internal sealed record InterfaceAddressLine
{
    public required string Address { get; init; }
    public required int Prefix { get; init; }
    public required string Network { get; init; }
    /// <summary>How it came: <c>dhcp</c>, <c>dynamic</c>, <c>autoconfigured</c>, <c>temporary</c>, <c>manual</c>, <c>kernel</c>, or null where nothing says so.</summary>
    public string? Origin { get; init; }
    public uint? ValidSeconds { get; init; }
    public string? DhcpServer { get; init; }
    public string? DhcpLifetime { get; init; }
}

internal sealed record NeighbourLine
{
    public required string Address { get; init; }
    public string? Mac { get; init; }
    public string? State { get; init; }
}

/// <summary>JSON of <c>net</c>, by source generation.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters = [typeof(WholeNumberConverter)])]
[JsonSerializable(typeof(MaskLine))]
[JsonSerializable(typeof(SameLine))]
[JsonSerializable(typeof(PlanLine))]
[JsonSerializable(typeof(SetLine))]
[JsonSerializable(typeof(KindLine))]
[JsonSerializable(typeof(PortLine))]
[JsonSerializable(typeof(ServiceLine))]
[JsonSerializable(typeof(HostLine))]
[JsonSerializable(typeof(AddrLine))]
[JsonSerializable(typeof(ProbeLine))]
[JsonSerializable(typeof(PingLine))]
[JsonSerializable(typeof(OrderLine))]
[JsonSerializable(typeof(PackLine))]
[JsonSerializable(typeof(FormLine))]
[JsonSerializable(typeof(InterfaceLine))]
internal sealed partial class NetJson : JsonSerializerContext;
